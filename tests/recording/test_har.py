"""HAR files of browsers and proxies are read as recordings."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.contracts import Exchange, Response
from mockserver.errors import RecordingError
from mockserver.recording.loading import load_recordings
from mockserver.strict_json import JSON
from tests.http import BEARER, PATH, Generate, MakeClient
from tests.recording.test_recording import run

LINKS = "dall-e-2@2026-01-16"
FOX = {"model": "dall-e-2", "prompt": "A red fox"}
KEY = "sk-" + "planted0123456789abcdef"


@pytest.fixture
def exchange(make_client: MakeClient) -> Exchange:
    client = make_client(contracts=(LINKS,))
    headers = {"Authorization": f"Bearer {KEY}"}
    return Generate(client, headers).exchange(**FOX, n=2, size="256x256", response_format="url")


def listed(headers: dict[str, str]) -> list[JSON]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def content(response: Response, *, encoded: bool = False) -> dict[str, JSON]:
    about = {"size": len(response.body), "mimeType": response.media_type}
    if encoded:
        return {**about, "text": base64.b64encode(response.body).decode(), "encoding": "base64"}
    return {**about, "text": response.body.decode()}


def entry(exchange: Exchange) -> dict[str, Any]:
    """The entry of an exchange as a proxy writes it."""
    request, response = exchange.request, exchange.response
    return {
        "startedDateTime": "2026-01-16T12:00:00.000Z",
        "time": 1250.0,
        "request": {
            "method": "POST",
            "url": f"https://api.aimlapi.com{PATH}",
            "headers": [*listed(dict(request.headers)), {"name": "Cookie", "value": "a=planted"}],
            "postData": {"mimeType": "application/json", "text": request.body.decode()},
        },
        "response": {
            "status": response.status,
            "headers": listed(dict(response.headers)),
            "content": content(response),
        },
    }


def download(url: str, response: Response) -> dict[str, Any]:
    return {
        "request": {"method": "GET", "url": url, "headers": []},
        "response": {"status": 200, "headers": [], "content": content(response, encoded=True)},
    }


def other(url: str = "https://page.test/", method: str = "GET") -> dict[str, Any]:
    return {
        "request": {"method": method, "url": url},
        "response": {"status": 200, "content": {"size": 3, "text": "<p>"}},
    }


def har(folder: Path, *entries: JSON, bom: bytes = b"") -> Path:
    file = folder / "session.har"
    data = {"log": {"version": "1.2", "creator": {}, "entries": entries}}
    file.write_bytes(bom + json.dumps(data).encode())
    return file


def in_browser(exchange: Exchange) -> list[JSON]:
    """What a browser writes: no key, pseudo-headers, members of its own, the page's other URLs."""
    posted = entry(exchange)
    posted["request"]["headers"] = [{"name": ":authority", "value": "api.aimlapi.com"}]
    posted["response"]["headers"] = []
    posted["_initiator"] = {"type": "script"}
    images = [
        download(url, image)
        for url, image in exchange.downloads.items()
        if isinstance(image, Response)
    ]
    return [
        other(),
        other("https://[", "GET"),
        other(f"https://a.test{PATH}", "OPTIONS"),
        posted,
        *images,
    ]


def by_proxy(exchange: Exchange) -> list[JSON]:
    """What some proxies write: the body as it was sent."""
    posted = entry(exchange)
    body = gzip.compress(exchange.response.body)
    posted["response"]["headers"].append({"name": "Content-Encoding", "value": "gzip"})
    posted["response"]["content"] = content(Response(200, {}, body), encoded=True)
    return [posted]


def decoded_with_header(exchange: Exchange) -> list[JSON]:
    """What other proxies write: the decoded body with the header of the coding."""
    posted = entry(exchange)
    posted["response"]["headers"].append({"name": "Content-Encoding", "value": "br"})
    return [posted]


@pytest.mark.parametrize("write", [in_browser, by_proxy, decoded_with_header])
def test_an_exchange_is_read_whoever_writes_it(
    write: Callable[[Exchange], list[JSON]], exchange: Exchange, tmp_path: Path
) -> None:
    file = har(tmp_path, *write(exchange), bom=b"\xef\xbb\xbf")
    (recording,) = load_recordings([file])
    read = recording.exchange()
    assert json.loads(read.request.body) == json.loads(exchange.request.body)
    assert (read.response.status, read.response.seconds) == (200, 1.25)
    links = [item["url"] for item in json.loads(read.response.body)["data"]]
    assert [link.partition("&sig=")[2] for link in links] == ["[redacted]"] * 2
    assert run("verify", "--recording", file, "--contract", LINKS)[0] == 0


def test_images_of_the_file_belong_to_their_exchange(
    exchange: Exchange, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = har(tmp_path, *in_browser(exchange))
    (recording,) = load_recordings([file])
    found = recording.exchange().downloads.values()
    assert [image.body for image in found if isinstance(image, Response)] == [
        image.body for image in exchange.downloads.values() if isinstance(image, Response)
    ]
    assert caplog.messages == [f"{file}: left out: 3 with other URLs"]


@pytest.mark.parametrize("missing", ["request body", "response body", "response"])
def test_an_entry_without_a_body_or_a_response_is_left_out(
    missing: str, exchange: Exchange, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    posted = entry(exchange)
    if missing == "response":
        posted["response"] = {"status": 0, "headers": [], "content": {"size": 0}}
    elif missing == "request body":
        del posted["request"]["postData"]
    else:
        posted["response"]["content"] = {"size": 9, "mimeType": "application/json"}
    file = har(tmp_path, posted)
    assert list(load_recordings([file])) == []
    assert caplog.messages == [f"{file}: left out: 1 without a response, or without a body"]
    assert run("verify", "--recording", file)[0] == 3
    assert run("identify", file)[0] == 3


def test_secrets_do_not_come_in(exchange: Exchange, tmp_path: Path) -> None:
    (recording,) = load_recordings([har(tmp_path, entry(exchange))])
    assert "planted" not in str(recording)
    assert recording.request.headers["authorization"] == "Bearer [redacted]"


def test_a_refused_key_stays_refused(exchange: Exchange, tmp_path: Path) -> None:
    posted = entry(exchange)
    posted["request"]["headers"] = []
    posted["response"]["status"] = 401
    (recording,) = load_recordings([har(tmp_path, posted)])
    assert "authorization" not in recording.request.headers


def test_verify_and_identify_name_the_entry(exchange: Exchange, tmp_path: Path) -> None:
    file = har(tmp_path, other(), entry(exchange))
    status, output = run("verify", "--recording", file)
    assert (status, output.splitlines()[-1]) == (1, "1 exchange, 1 with findings")
    assert f"{file}#1  dall-e-2@2025-08-19" in output
    status, output = run("identify", file, "--contract", LINKS)
    assert status == 0
    assert output.startswith(f"{file}#1\n{LINKS}\n")
    status, output = run("identify", file, "--json")
    (found,) = json.loads(output)["exchanges"]
    assert (status, found["file"]) == (1, f"{file}#1")


@pytest.mark.parametrize("in_folder", [True, False])
def test_a_har_file_is_replayed_with_its_images(
    in_folder: bool, exchange: Exchange, make_client: MakeClient, tmp_path: Path
) -> None:
    file = har(tmp_path, *in_browser(exchange))
    client = make_client(replay=str(tmp_path if in_folder else file), replay_only=True)
    reply = client.post(PATH, json=json.loads(exchange.request.body), headers=BEARER)
    assert (reply.status_code, reply.headers["X-Mock-Recording"]) == (200, "session.har%233")
    links = [item["url"] for item in (reply.json or {})["data"]]
    received = [client.get(link).data for link in links]
    assert received == [d.body for d in exchange.downloads.values() if isinstance(d, Response)]


def test_a_password_in_a_url_is_removed(exchange: Exchange, tmp_path: Path) -> None:
    posted = entry(exchange)
    posted["request"]["url"] = f"https://someone:planted@api.test{PATH}"
    (recording,) = load_recordings([har(tmp_path, posted)])
    assert recording.request.url == f"https://%5Bredacted%5D@api.test{PATH}"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"[]", "session.har#: [] is not of type 'object'"),
        (b"{", "session.har: Expected JSON, but at line 1"),
        (b'{"log": {}}', "session.har#/log: 'entries' is a required property"),
        (
            b'{"log": {"entries": [{"request": {"method": "GET", "url": 5}, "response": {}}]}}',
            "session.har#/log/entries/0/request/url: 5 is not of type 'string'",
        ),
        (
            b'{"log": {"entries": [{"time": 1e300, "request": {"method": "GET", "url": ""}}]}}',
            "session.har#/log/entries/0/time: 1e+300 is greater than the maximum of 86400000",
        ),
        (
            f"""{{"log": {{"entries": [{{
                "request": {{"method": "POST", "url": "{PATH}", "postData": {{"size": 0}}}},
                "response": {{"status": 200, "content": {{"text": "é", "encoding": "base64"}}}}
            }}]}}}}""".encode(),
            "session.har#/log/entries/0/response/content/text: string argument should contain",
        ),
    ],
)
def test_a_malformed_file_is_an_error_with_a_pointer(
    data: bytes, problem: str, tmp_path: Path
) -> None:
    file = tmp_path / "session.har"
    file.write_bytes(data)
    with pytest.raises(RecordingError) as raised:
        list(load_recordings([file]))
    assert str(raised.value).startswith(f"{tmp_path}/{problem}")


def test_invalid_base64_is_an_error_with_a_pointer(exchange: Exchange, tmp_path: Path) -> None:
    posted = entry(exchange)
    posted["response"]["content"] = {"text": "a", "encoding": "base64"}
    with pytest.raises(RecordingError, match=r"#/log/entries/0/response/content/text: "):
        list(load_recordings([har(tmp_path, posted)]))


def test_the_journal_is_exported_without_secrets(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client(contracts=(LINKS,), headers="on")
    client.post(
        f"{PATH}?a=1",
        json={**FOX, "user": KEY},
        headers={"Authorization": f"Bearer {KEY}", "Cookie": "a=planted", "X-Other": "planted"},
    )
    client.get("/v1/models")
    exported = client.get("/__admin/journal.har", query_string={"model": "dall-e-2"})
    assert "planted" not in exported.text
    (found,) = (exported.json or {})["log"]["entries"]
    assert found["startedDateTime"].endswith("Z")
    request, response = found["request"], found["response"]
    assert (request["method"], request["url"]) == ("POST", f"http://localhost{PATH}")
    assert json.loads(request["postData"]["text"]) == {**FOX, "user": "[redacted]"}
    assert (response["status"], response["statusText"]) == (200, "OK")
    assert response["content"]["size"] == response["bodySize"] > 0
    assert "x-inference-id" in [each["name"] for each in response["headers"]]
    file = tmp_path / "journal.har"
    file.write_text(exported.text)
    (recording,) = load_recordings([file])
    assert json.loads(recording.exchange().response.body)["data"]


def test_a_body_with_images_is_not_exported(make_client: MakeClient) -> None:
    client = make_client()
    Generate(client, BEARER).exchange(**FOX, response_format="b64_json")
    (found,) = (client.get("/__admin/journal.har").json or {})["log"]["entries"]
    assert "text" not in found["response"]["content"]
    assert "no images" in found["response"]["content"]["comment"]


def test_a_status_without_a_phrase_is_exported(make_client: MakeClient) -> None:
    client = make_client()
    client.post(PATH, json=FOX, headers={**BEARER, "Prefer": "code=599"})
    exported = client.get("/__admin/journal.har").json or {}
    response = exported["log"]["entries"][0]["response"]
    assert (response["status"], response["statusText"]) == (599, "")
