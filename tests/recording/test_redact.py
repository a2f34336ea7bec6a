"""The redactor removes secrets of many shapes from an exchange, and changes nothing else."""

from __future__ import annotations

import base64
import json
import re
from difflib import SequenceMatcher
from urllib.parse import quote

import pytest

from mockserver.contracts import Exchange, Request, Response
from mockserver.recording.redact import REDACTED, Redactor, key_in_use

PLANTED = "PlantedSecret0123456789"
"""A secret that only its name, or the text around it, can give away."""

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
    "X-Auth-Key": PLANTED,
    "Ocp-Apim-Subscription-Key": PLANTED,
    "x-functions-key": PLANTED,
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
    f"https://cdn.test/a.png?code={PLANTED}",
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
KNOWN = b"plain-words_and?more-of-them"
TINY_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
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
def test_a_secret_is_recognized_by_its_shape(shape: str) -> None:
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


ENCODED = {
    "base64": base64.b64encode(KNOWN).decode(),
    "base64 after 1 byte": base64.b64encode(b"x" + KNOWN + b"y").decode(),
    "base64 after 2 bytes": base64.b64encode(b"xx" + KNOWN + b"yy").decode(),
    "base64 for URLs": base64.urlsafe_b64encode(b"?" + KNOWN).decode(),
    "hex": KNOWN.hex(),
    "upper-case hex": KNOWN.hex().upper(),
    "percent-encoding": quote(KNOWN, safe=""),
    "lower-case percent-encoding": quote(KNOWN, safe="").replace("%3F", "%3f"),
    "percent-encoding of every byte": "".join(f"%{byte:02x}" for byte in KNOWN),
    "percent-encoding of punctuation": quote(KNOWN, safe="")
    .replace("-", "%2D")
    .replace("_", "%5F"),
    "percent-encoding twice": quote(quote(KNOWN, safe=""), safe=""),
}


@pytest.mark.parametrize("encoding", ENCODED)
@pytest.mark.parametrize("around", ["{}", "/v1/{}/images", "https://a.test/{}/b?c={}", "x='{}'"])
def test_a_known_secret_is_found_in_every_encoding(encoding: str, around: str) -> None:
    text = around.replace("{}", ENCODED[encoding])
    cleaned = Redactor(KNOWN.decode()).text(text)
    assert REDACTED in cleaned or "%5Bredacted%5D" in cleaned
    assert longest_common_part(ENCODED[encoding], cleaned) < 6


def longest_common_part(one: str, other: str) -> int:
    return SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size


RANDOM = "q7Rt2VbX9mKzLp4WcYd8HsJf3GnT6aQe5UxBiO1v"


@pytest.mark.parametrize(
    "text", [RANDOM, f"is {RANDOM}.", f"foo={RANDOM}", f"https://a.test/?b={RANDOM}"]
)
def test_a_secret_of_an_unknown_kind_is_found_by_its_randomness(text: str) -> None:
    assert RANDOM not in Redactor().text(text)


@pytest.mark.parametrize(
    "text",
    [
        "Alibaba-Cloud-Qwen-Image-2-0-Pro-Text-To-Image",
        "My-Holiday-Photo-of-2025-08-19-in-Barcelona-Spain",
        "00000000-1a2b-4c3d-8e4f-5a6b7c8d9e0f",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "V1StGXR8Z5jdHi6BmyT8k",
        "https://cdn.test/files/V1StGXR8Z5jdHi6BmyT8k_image_of_2025.png?width=1024&fit=contain",
        TINY_PNG,
        f"data:image/png;base64,{TINY_PNG}",
    ],
)
def test_ids_names_and_images_are_no_secrets(text: str) -> None:
    assert Redactor().json([text]) == [text]


def test_only_harmless_headers_keep_their_values_in_an_exchange() -> None:
    kept = {
        "content-type": "image/png",
        "retry-after": "7",
        "x-ratelimit-limit": "10",
        "x-aimlapi-credits-used": "120000",
        "x-documented": "1",
    }
    headers = {**kept, "x-seed": "7", "x-unheard-of": PLANTED}
    exchange = Exchange(Request("GET", "/", headers, b""), Response(200, headers, b""))
    cleaned = Redactor(documented={"x-documented"}).exchange(exchange)
    expected = {**kept, "x-seed": REDACTED, "x-unheard-of": REDACTED}
    assert cleaned.request.headers == cleaned.response.headers == expected


def test_a_short_key_is_removed_where_it_stands_alone_but_not_from_an_image() -> None:
    cleaned = Redactor("A").json({"prompt": "my key is A, keep it", "b64_json": IMAGE})
    assert cleaned == {"prompt": f"my key is {REDACTED}, keep it", "b64_json": IMAGE}


def test_the_pattern_of_short_keys_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_ = re.compile

    def count(pattern: str) -> re.Pattern[str]:
        compiled.append(pattern)
        return compile_(pattern)

    redactor = Redactor("k1", "k2")
    monkeypatch.setattr(re, "compile", count)
    assert [redactor.text(f"{key} is a key") for key in ("k1", "k2")] == [
        f"{REDACTED} is a key"
    ] * 2
    assert len(compiled) == 1


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
def test_the_key_in_use_is_read_from_any_scheme(header: str, key: str) -> None:
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


def test_the_bytes_of_a_response_without_secrets_stay() -> None:
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


def test_an_image_is_not_read_as_text() -> None:
    image = Response(200, {"Content-Type": "image/png"}, b"sk-" + b"Abc123" * 6)
    assert Redactor().response(image) == image


def test_an_invalid_url_is_removed() -> None:
    assert Redactor().url("https://[half") == REDACTED


def test_a_link_in_a_link_is_read_and_one_nested_more_deeply_is_removed() -> None:
    plain = "https://a.test/?b=https://c.test/?d=1"
    assert Redactor().text(plain) == plain
    nested = "https://a.test/?b=" * 3
    assert Redactor().text(nested + "x").endswith(REDACTED)
    assert len(Redactor().url(nested * 10_000)) < 100


def test_json_of_any_depth_is_redacted() -> None:
    body = b'{"a":' * 900 + json.dumps({"token": PLANTED}).encode() + b"}" * 900
    assert PLANTED.encode() not in Redactor().body(body)


WORDS = [
    *("a_b-", "eyJ", "eyJ-", "eyJ.", "sk-", "org-", "a.b+", "x@", "0a", "-----BEGIN ", "…"),
    *("key=", 'a="', "a=  ", "Bearer ", "Token ", "https://a.test/?b=", "http%3A%2F%2Fa%3Fb%3D"),
    *("mock", "mock-key…", "data:;base64,", "A" * 76 + "\n", "A" * 2047 + " "),
]


@pytest.mark.parametrize("value", ["0" * 32, "user-12345678", "key-abcdefghijklmnop"])
@pytest.mark.parametrize("name", ["X-Inference-Id", "X-Client-Request-Id"])
def test_a_documented_id_stays_whatever_it_looks_like(name: str, value: str) -> None:
    assert Redactor(PLANTED).headers({name: value}) == {name: value}
    assert Redactor(PLANTED).headers({name: PLANTED}) == {name: REDACTED}
