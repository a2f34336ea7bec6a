"""Secrets of many shapes are planted in an exchange; none of them is left when it is scrubbed."""

from __future__ import annotations

import base64
import json
import time

import pytest

from mockserver.contracts import Exchange, Request, Response
from mockserver.recording.redact import REDACTED, Redactor, key_in_use

PLANTED = "PlantedSecret0123456789"
"""What stands wherever only the name, or what is around, tells that it is a secret."""

HEADERS = {
    "Authorization": f"Bearer {PLANTED}",
    "Proxy-Authorization": f"Basic {PLANTED}",
    "Cookie": f"session={PLANTED}; theme=dark",
    "Set-Cookie": f"__cf_bm={PLANTED}; HttpOnly",
    "X-Api-Key": PLANTED,
    "api-key": PLANTED,
    "X-Auth-Token": PLANTED,
    "X-Amz-Security-Token": PLANTED,
    "X-Amz-Credential": PLANTED,
    "X-Hub-Signature-256": f"sha256={PLANTED}",
    "X-Account-Id": PLANTED,
    "X-User-Id": PLANTED,
    "OpenAI-Organization": PLANTED,
    "X-Client-Secret": PLANTED,
    "Location": f"https://cdn.test/a.png?sig={PLANTED}",
    "Link": f'<https://cdn.test/a.png?token={PLANTED}>; rel="next"',
    "WWW-Authenticate": f'Digest nonce="1", signature="{PLANTED}"',
}
URLS = [
    f"https://cdn.test/a.png?st=2025&se=2026&sp=r&sig={PLANTED}",
    f"https://cdn.test/a.png?X-Amz-Signature={PLANTED}&X-Amz-Expires=60",
    f"https://cdn.test/a.png?X-Amz-Credential={PLANTED}%2Fregion",
    f"https://cdn.test/a.png?Signature={PLANTED}&Key-Pair-Id={PLANTED}&Policy={PLANTED}",
    f"https://cdn.test/a.png?skoid={PLANTED}&sktid={PLANTED}",
    f"https://cdn.test/a.png?access_token={PLANTED}",
    f"https://cdn.test/a.png?accessToken={PLANTED}",
    f"https://cdn.test/a.png?api_key={PLANTED}",
    f"https://cdn.test/a.png?key={PLANTED}",
    f"https://cdn.test/a.png#access_token={PLANTED}",
    f"https://someone:{PLANTED}@cdn.test/a.png",
    f"https://{PLANTED}@cdn.test/a.png",
    f"/v1/images/generations?apikey={PLANTED}",
    f"https://cdn.test/go?to=https%3A%2F%2Fcdn.test%2F%3Fsig%3D{PLANTED}",
]
FIELDS = [
    *("api_key", "apiKey", "access_token", "refreshToken", "token", "secret", "client_secret"),
    *("password", "signature", "sig", "cookie", "accountId", "account_id", "userId", "org_id"),
    *("customerId", "email", "privateKey", "sessionId", "credentials", "AWSAccessKeyId"),
]
SHAPES = [
    "sk-" + "Abc123" * 6,
    "sk-proj-" + "Abc123" * 6,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0." + "a1b2c3" * 4,
    "AKIA" + "ABCDEFGH12345678",
    "ghp_" + "Abc123" * 6,
    "xoxb-" + "Abc123" * 4,
    "hf_" + "Abc123" * 5,
    "npm_" + "Abc123" * 6,
    "xai-" + "Abc123" * 6,
    "org-" + "Abc123" * 3,
    "acct_" + "Abc123" * 3,
    "0123456789abcdef" * 2,
    "someone@example.test",
    "-----BEGIN PRIVATE KEY-----\nAbc123\n-----END PRIVATE KEY-----",
]
SENTENCES = [
    f"The header was Authorization: Bearer {PLANTED}",
    f"the bearer token Bearer {PLANTED} was refused",
    f"curl -H 'X-Api-Key: {PLANTED}'",
    f"api_key={PLANTED} was refused",
    f'{{"token": "{PLANTED}"',
    f"see https://cdn.test/a.png?sig={PLANTED}, it has expired",
    f"Cookie: session={PLANTED}",
    f"password: '{PLANTED}'",
    f"user 7 (account_id={PLANTED}) has no credits",
]
IMAGE = base64.b64encode(bytes(range(256)) * 40).decode()


@pytest.mark.parametrize("name", HEADERS)
def test_no_secret_is_left_in_a_header(name: str) -> None:
    cleaned = Redactor().headers({name: HEADERS[name]})
    assert PLANTED not in cleaned[name]
    assert REDACTED in cleaned[name] or "%5Bredacted%5D" in cleaned[name]


def test_the_scheme_of_a_key_is_kept() -> None:
    headers = Redactor().headers({"Authorization": f"Bearer {PLANTED}"})
    assert headers == {"Authorization": f"Bearer {REDACTED}"}


@pytest.mark.parametrize("url", URLS)
def test_no_secret_is_left_in_a_link(url: str) -> None:
    assert PLANTED not in Redactor().url(url)


@pytest.mark.parametrize("field", FIELDS)
def test_no_secret_is_left_in_a_field(field: str) -> None:
    value = Redactor().json({"data": [{field: PLANTED, "model": "dall-e-2"}]})
    assert value == {"data": [{field: REDACTED, "model": "dall-e-2"}]}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_secret_is_known_by_its_shape(shape: str) -> None:
    assert Redactor().text(f"before {shape} after") == f"before {REDACTED} after"


@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_secret_is_left_in_a_sentence(sentence: str) -> None:
    assert PLANTED not in Redactor().text(sentence)


def test_a_known_secret_is_found_in_every_spelling() -> None:
    secret = 'a "key"/1'
    spelled = [
        secret,
        "a%20%22key%22%2F1",
        'a \\"key\\"/1',
        base64.b64encode(b'a "key"/1:').decode(),
    ]
    cleaned = Redactor(secret).text(" ; ".join(spelled))
    assert cleaned == " ; ".join([REDACTED] * 4)


def test_a_short_key_is_found_where_it_stands_alone_and_spoils_no_image() -> None:
    cleaned = Redactor("A").json({"prompt": "my key is A, keep it", "b64_json": IMAGE})
    assert cleaned == {"prompt": f"my key is {REDACTED}, keep it", "b64_json": IMAGE}


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer abc", "abc"),
        ("abc", "abc"),
        ("ApiKey abc", "abc"),
        (" Bearer  abc ", "abc"),
        ("Bearer", ""),
        ("", ""),
    ],
)
def test_the_key_in_use_is_known_whatever_its_scheme(header: str, key: str) -> None:
    assert key_in_use(header) == key


def test_a_known_secret_is_found_even_within_base64() -> None:
    assert "mock-key" not in Redactor("mock-key").text("mock-key" + IMAGE)


def planted_exchange() -> Exchange:
    links = {url: Response(200, {"Set-Cookie": PLANTED}, b"\x89PNG") for url in URLS}
    body = {"data": [{"url": url} for url in URLS], **dict.fromkeys(FIELDS, PLANTED)}
    form = f"grant=1&client_secret={PLANTED}".encode() + b"&raw=\xff"
    return Exchange(
        Request("POST", URLS[0], HEADERS, form),
        Response(200, HEADERS, json.dumps({**body, "message": " ".join(SENTENCES)}).encode()),
        {**links, f"https://x.test/?sig={PLANTED}": f"no answer from {URLS[0]}"},
    )


def test_no_secret_is_left_in_a_whole_exchange() -> None:
    planted = planted_exchange()
    assert repr(planted).count(PLANTED) > 80
    assert PLANTED not in repr(Redactor().exchange(planted))


def test_what_is_no_secret_stays_to_the_byte() -> None:
    body = {
        "created": 1,
        "data": [{"b64_json": IMAGE, "url": "https://cdn.aimlapi.com/a/1.png?width=3&h=%20"}],
        "meta": {"usage": {"tokens_used": 120000, "credits_used": 1}},
        "requestId": "00000000-0000-4000-8000-000000000000",
        "message": "Invalid enum value. Expected 'a' | 'b', received 'c': see /image/1",
        "prompt": ["a T-Rex, 1:1, size=256x256"],
        "token": None,
    }
    text = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "ETag": '"abc"', "X-Amz-Date": "20250819"}
    kept = Redactor("mock-key").response(Response(200, headers, text))
    assert kept == Response(200, headers, text)


def test_a_image_is_not_read_as_text() -> None:
    image = Response(200, {"Content-Type": "image/png"}, b"sk-" + b"Abc123" * 6)
    assert Redactor().response(image) == image


def test_a_link_that_is_none_is_dropped() -> None:
    assert Redactor().url("https://[half") == REDACTED


@pytest.mark.parametrize("word", ["a_b-", "eyJ", "sk-", "a.b+", "key=", 'a="', "Bearer ", "x@"])
def test_long_texts_take_no_longer_than_their_length_asks_for(word: str) -> None:
    redactor = Redactor("mock-key")
    started = time.process_time()
    redactor.text(word * 50_000)
    assert time.process_time() - started < 5
