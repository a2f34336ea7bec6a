"""Links to images lead where the caller is, last as long as they say, and cannot be changed."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app.factory import create_app
from mockserver.app.signed_urls import PREFIX, ImageRef, Links
from mockserver.contracts import Response, error_catalog
from mockserver.images.inspect import inspect
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.http import BEARER, NOW, PATH, FrozenClock, MakeClient

LINKED = "dall-e-2@2026-01-16"
BODY = {"model": "dall-e-2", "prompt": "A red fox in the snow", "size": "256x256"}
HOUR = 3600


@pytest.fixture
def linked(make_client: MakeClient) -> FlaskClient:
    return make_client(contracts=(LINKED,))


@pytest.fixture
def link(linked: FlaskClient) -> str:
    return link_from(linked)


def link_from(client: FlaskClient, **request: JSON) -> str:
    reply = client.post(PATH, **{"json": BODY, "headers": BEARER, **request})
    return str(reply.json["data"][0]["url"]) if reply.json else ""


def origin(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc}"


def refused(reply: TestResponse, words: str) -> None:
    response = Response(reply.status_code, dict(reply.headers), reply.data)
    assert error_catalog().findings(response) == []
    assert reply.status_code == 403
    assert reply.json is not None
    first, second = reply.json["message"].splitlines()
    assert first == "This link to an image is not valid."
    assert words in second


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("http://localhost", "http://localhost"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://mock.test", "https://mock.test"),
        ("https://mock.test:8443", "https://mock.test:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_link_is_absolute_and_of_the_requests_own_origin(
    linked: FlaskClient, base: str, expected: str
) -> None:
    link = link_from(linked, base_url=base)
    assert origin(link) == expected
    assert linked.get(link).status_code == 200


def test_a_public_url_replaces_the_origin(make_client: MakeClient) -> None:
    client = make_client(contracts=(LINKED,), public_url="https://images.test/mock")
    assert link_from(client).startswith("https://images.test/mock/generated/")


FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "mock.test",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Prefix": "/images",
}


def test_forwarded_headers_are_not_believed_from_just_anybody(linked: FlaskClient) -> None:
    link = link_from(linked, headers={**BEARER, **FORWARDED})
    assert origin(link) == "http://localhost"


def test_forwarded_headers_of_a_trusted_proxy_make_the_origin(make_client: MakeClient) -> None:
    client = make_client(contracts=(LINKED,), trust_proxy=True)
    link = link_from(client, headers={**BEARER, **FORWARDED})
    assert link.startswith("https://mock.test:8443/images/generated/")


def test_a_link_leads_to_the_image(linked: FlaskClient, link: str) -> None:
    reply = linked.get(link)
    image = inspect(reply.data)
    assert (image.media_type, image.width, image.height) == ("image/png", 256, 256)
    assert reply.content_type == "image/png"
    assert reply.content_length == len(reply.data)
    assert reply.headers["Accept-Ranges"] == "bytes"


def test_a_link_carries_start_expiry_permission_and_signature(link: str) -> None:
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert list(query) == ["st", "se", "sp", "sig"]
    assert (query["st"], query["se"]) == ("2025-05-29T06:11:33Z", "2025-05-29T08:11:33Z")
    assert query["sp"] == "r"


@pytest.mark.parametrize("headers", [{}, BEARER, {"Authorization": "Bearer other-key"}])
def test_a_link_needs_no_key_and_ignores_one(
    make_client: MakeClient, headers: dict[str, str]
) -> None:
    client = make_client(contracts=(LINKED,), api_keys=("mock-key",))
    assert client.get(link_from(client), headers=headers).status_code == 200


def test_head_says_what_get_would_send(linked: FlaskClient, link: str) -> None:
    head, full = linked.head(link), linked.get(link)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Accept-Ranges"):
        assert head.headers[name] == full.headers[name]


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-99", slice(0, 100)),
        ("bytes=20-60", slice(20, 61)),
        ("bytes=1000-", slice(1000, None)),
        ("bytes=-50", slice(-50, None)),
        ("bytes=100-99999999", slice(100, None)),
    ],
)
def test_a_part_can_be_asked_for(linked: FlaskClient, link: str, asked: str, part: slice) -> None:
    full, reply = linked.get(link).data, linked.get(link, headers={"Range": asked})
    start, stop, _ = part.indices(len(full))
    assert (reply.status_code, reply.data) == (206, full[part])
    assert reply.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(full)}"
    assert reply.content_length == stop - start


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=5-1"])
def test_a_part_that_is_not_there_gets_416(linked: FlaskClient, link: str, asked: str) -> None:
    reply = linked.get(link, headers={"Range": asked})
    response = Response(reply.status_code, dict(reply.headers), reply.data)
    assert reply.status_code == 416
    assert error_catalog().findings(response) == []


def test_a_known_image_is_not_sent_again(linked: FlaskClient, link: str) -> None:
    etag = linked.get(link).headers["ETag"]
    reply = linked.get(link, headers={"If-None-Match": etag})
    assert (reply.status_code, reply.data) == (304, b"")
    assert linked.get(link, headers={"If-None-Match": '"another"'}).status_code == 200


def test_another_image_has_another_etag(linked: FlaskClient) -> None:
    reply = linked.post(PATH, json={**BODY, "n": 2}, headers=BEARER)
    links = [item["url"] for item in (reply.json or {})["data"]]
    assert len({linked.get(link).headers["ETag"] for link in links}) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (".png?st", "A.png?st"),
        (".png?st", ".jpg?st"),
        ("st=2025", "st=2024"),
        ("se=2025", "se=2035"),
        ("sp=r", "sp=w"),
        ("&sp=r", ""),
        ("&se=2025-05-29T08%3A11%3A33Z", ""),
        ("sig=", "sig=A"),
        ("&sig=", "&other="),
        ("?", "?sig=AAAA&"),
        ("/generated/", "/generated/W"),
    ],
)
def test_a_changed_or_stripped_link_is_refused(
    linked: FlaskClient, link: str, old: str, new: str
) -> None:
    assert link.count(old) == 1
    refused(linked.get(link.replace(old, new)), "Expected it as it was given")


@pytest.mark.parametrize("query", ["", "?", "?sig=", "?sig=%FF%00", "?st=%F0%9F%A6%96&sig=%20"])
def test_a_link_without_its_query_is_refused(linked: FlaskClient, link: str, query: str) -> None:
    refused(linked.get(link.partition("?")[0] + query), "Expected it as it was given")


@pytest.mark.parametrize("token", ["a", "🦖", "%00", "WyJhIl0", "a.png.png"])
def test_a_made_up_link_is_refused(linked: FlaskClient, link: str, token: str) -> None:
    query = link.partition("?")[2]
    refused(linked.get(f"/generated/{token}.png?{query}"), "Expected it as it was given")


def test_a_link_lives_one_hour_to_the_second(
    linked: FlaskClient, link: str, clock: FrozenClock
) -> None:
    clock.now = NOW + HOUR - 0.001
    assert linked.get(link).status_code == 200
    clock.now = NOW + HOUR
    refused(linked.get(link), "It expired at 2025-05-29T08:11:33Z; ask for a new image.")
    refused(linked.get(link, headers=BEARER), "It expired")


def test_the_life_of_a_link_can_be_set(make_client: MakeClient, clock: FrozenClock) -> None:
    client = make_client(contracts=(LINKED,), url_ttl=10)
    link = link_from(client)
    clock.now += 9
    assert client.get(link).status_code == 200
    clock.now += 1
    refused(client.get(link), "It expired")


def test_any_process_with_the_secret_serves_the_link(make_client: MakeClient, link: str) -> None:
    assert make_client(seed=5).get(link).status_code == 200
    refused(make_client(url_secret="mock-other").get(link), "Expected it as it was given")


def test_without_a_secret_every_mock_makes_its_own() -> None:
    one, other = (create_app(Settings(contracts=(LINKED,))).test_client() for _ in range(2))
    link = link_from(one)
    assert one.get(link).status_code == 200
    refused(other.get(link), "Expected it as it was given")


def test_many_can_follow_a_link_at_once(linked: FlaskClient, link: str) -> None:
    def fetch(_: int) -> bytes:
        return bytes(linked.application.test_client().get(link).data)

    with ThreadPoolExecutor(8) as pool:
        images = set(pool.map(fetch, range(24)))
    assert images == {linked.get(link).data}


def test_a_link_may_name_a_file_whose_name_is_no_utf_8() -> None:
    links = Links("secret", ttl=60)
    image_ref = ImageRef("flux/schnell@2025", "0" * 64, 0, os.fsdecode(b"caf\xe9.png"), 64, 64)
    link = urlsplit(links.write(image_ref, NOW))
    token = link.path.removeprefix(PREFIX).removesuffix(".png")
    assert links.read(token, dict(parse_qsl(link.query))) == image_ref


def test_the_time_in_a_link_is_utc(link: str) -> None:
    start = parse_qs(urlsplit(link).query)["st"][0]
    assert (
        datetime.strptime(start, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp() == NOW - HOUR
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_an_image_can_only_be_fetched(linked: FlaskClient, link: str, method: str) -> None:
    reply = linked.open(link, method=method, headers=BEARER)
    assert reply.status_code == 405
    assert reply.json is not None
    assert reply.json["message"].splitlines()[1].startswith("Expected GET, received ")


@pytest.mark.parametrize(
    "host", ["", "a b", "[::1", "a/b?c", "a@b", "a:b:c", "a:99999", ".", "a..b"]
)
def test_a_request_that_names_no_host_to_lead_to_gets_400(linked: FlaskClient, host: str) -> None:
    reply = linked.post(PATH, json=BODY, headers={**BEARER, "Host": host})
    response = Response(reply.status_code, dict(reply.headers), reply.data)
    assert reply.status_code == 400
    assert error_catalog().findings(response) == []


@pytest.mark.parametrize(("name", "value"), [("Proto", "ftp"), ("Port", "a"), ("Prefix", ":1:2")])
def test_a_proxy_that_names_no_origin_gets_400(
    make_client: MakeClient, name: str, value: str
) -> None:
    client = make_client(contracts=(LINKED,), trust_proxy=True)
    reply = client.post(PATH, json=BODY, headers={**BEARER, f"X-Forwarded-{name}": value})
    assert reply.status_code == 400


def test_a_host_of_another_alphabet_makes_an_ascii_link(linked: FlaskClient) -> None:
    link = link_from(linked, headers={**BEARER, "Host": "xn--bcher-kva.test"})
    assert link.startswith("http://xn--bcher-kva.test/generated/")
