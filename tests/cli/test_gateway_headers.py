"""``-H`` of the commands: a gateway gets its headers, nobody else does, and they stay secret."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

from mockserver.app.factory import create_app
from mockserver.app.proxy.relay import create_proxy
from mockserver.app.proxy.summary import ProxySummary
from mockserver.app.proxy.upstream import Upstream
from mockserver.cli.main import cli
from mockserver.contracts import Response
from mockserver.errors import SettingsError
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.target import KEYS, header_secrets, parse_headers
from mockserver.recording.writer import Recorder
from mockserver.server import background, base_url, listen
from mockserver.settings import Settings
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.admin_transport import over_http
from tests.http import PATH
from tests.servers.running import run_suite

SECRET = "correct horse battery staple"
HEADERS = {"X-Pass": f"Basic {SECRET}"}
OPTION = f"X-Pass: Basic {SECRET}"

Serve = Callable[[Any], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves a WSGI application, and returns its base URL."""
    with ExitStack() as stack:

        def serve(application: Any) -> str:  # noqa: ANN401
            listener = listen("127.0.0.1", 0)
            stack.enter_context(background(application, listener))
            return base_url(listener.getsockname())

        yield serve


@pytest.fixture
def gateway(serve: Serve) -> str:
    """A gateway before a mock, which repeats in every field what it was sent."""
    application: Any = create_app(Settings())

    def respond(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401
        if environ.get("HTTP_X_PASS") != HEADERS["X-Pass"]:
            start_response("403 Forbidden", [])
            return [b"who are you?"]
        head: list[Any] = []
        body = b"".join(application(environ, lambda *given: head.extend(given)))
        status, headers = head[:2]
        if environ["PATH_INFO"] == PATH:
            body = json.dumps(dict.fromkeys(json.loads(body), f"You are {SECRET}.")).encode()
        kept = [(name, value) for name, value in headers if name != "Content-Length"]
        start_response(status, [*kept, ("X-Echo", SECRET)])
        return [body]

    return serve(respond)


def run(*arguments: str | Path) -> Result:
    variables = {**dict.fromkeys(KEYS), "AIMLAPI_KEY": "mock-key"}
    return CliRunner().invoke(cli, [*map(str, arguments)], env=variables)


def written(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.rglob("*") if file.is_file())


@pytest.mark.nightly
def test_verify_sends_them_and_writes_them_nowhere(gateway: str, tmp_path: Path) -> None:
    reports = [f"--report={tmp_path / name}" for name in ("r.json", "r.html", "r.md", "r.xml")]
    options = ["verify", "--target", gateway, *reports, f"--record={tmp_path / 'recorded'}"]
    assert run(*options).exit_code == 3
    result = run(*options, "-H", OPTION)
    assert result.exit_code == 1
    assert "You are [redacted]" in written(tmp_path)
    assert SECRET not in result.output + written(tmp_path)


def test_the_suite_sends_them_and_prints_no_value(gateway: str) -> None:
    outcome = run_suite("--target", gateway, "--header", OPTION, "-k", "response or field")
    assert outcome.status == 1
    assert "received: 'You are [redacted].'" in outcome.output
    assert '-H "X-Pass: [redacted]"' in outcome.output
    assert SECRET not in outcome.output


def test_record_sends_them_and_writes_them_nowhere(gateway: str, tmp_path: Path) -> None:
    result = run("record", "--target", gateway, "--out", tmp_path, "--header", OPTION)
    assert result.exit_code == 0
    assert "201" in result.output
    assert SECRET not in result.output + written(tmp_path)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_identify_sends_them_and_prints_no_value(gateway: str, options: list[str]) -> None:
    result = run("identify", "--target", gateway, "-H", OPTION, *options)
    assert result.exit_code == 1
    assert "/response/body" in result.output
    assert SECRET not in result.output


def test_the_proxy_sends_them_and_writes_them_nowhere(
    gateway: str, serve: Serve, tmp_path: Path
) -> None:
    secrets = header_secrets(HEADERS)
    summary = ProxySummary(*secrets)
    upstream = Upstream(gateway, 10, HEADERS)
    recorder = Recorder(tmp_path, *secrets)
    with closing(HTTPClient(10)) as http_client:
        url = serve(create_proxy(Settings(), upstream, summary, http_client, recorder))
        headers = {"Authorization": "Bearer mock-key", "X-Pass": "the client's own"}
        response = requests.post(url + PATH, json={"prompt": "x"}, headers=headers, timeout=10)
    assert SECRET in response.text
    api = AdminClient(over_http(url))
    shown = [*summary.lines, str(api.requests), response.headers["X-Mock-Findings"]]
    assert "[redacted]" in str(api.requests[0].findings)
    assert SECRET not in "\n".join([*shown, written(tmp_path)])


def test_links_and_redirects_elsewhere_do_not_get_them(serve: Serve) -> None:
    received: list[dict[str, Any]] = []

    def elsewhere(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401
        received.append(environ)
        start_response("200 OK", [])
        return [b"image"]

    other = serve(elsewhere)

    def redirect(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401
        received.append(environ)
        start_response("302 Found", [("Location", f"{other}/b")])
        return []

    target = serve(redirect)
    with closing(HTTPClient(10)) as client:
        client.add_headers(f"{target}/v1", HEADERS)
        for url in (f"{target}/a", f"{other}/c"):
            response = client.fetch(url)
            assert isinstance(response, Response)
            assert response.body == b"image"
    assert ["HTTP_X_PASS" in environ for environ in received] == [True, False, False]


@pytest.mark.parametrize(
    "text",
    [
        *("", "X-Pass", "X-Pass:", "X-Pass: ", ": planted", "X Pass: planted", "X-Pass: plänted"),
        *("X-Pass: planted\r\nX: 1", "X-Pass: planted\0", "authorization: planted"),
    ],
)
def test_a_header_that_cannot_be_sent_is_an_error_without_its_value(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^--header: ") as raised:
        parse_headers([text])
    assert "pl" not in str(raised.value)
    outcome = run_suite("--header", text)
    assert outcome.status == 4
    assert "planted" not in outcome.output


def test_a_header_is_parsed_as_by_curl() -> None:
    assert parse_headers(["A:1", "b-C :  2: 3 "]) == {"A": "1", "b-C": "2: 3"}
