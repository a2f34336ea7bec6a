"""Documents are read from files and URLs, as JSON or YAML, within bounds."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from mockserver.errors import DocumentError, UnreachableError
from mockserver.openapi import Listing, import_document
from mockserver.openapi.yaml12 import YAMLError, parse_yaml
from mockserver.strict_json import JSON
from tests.documents import TODAY, document

YAML: list[tuple[str, JSON]] = [
    ("16:9", "16:9"),
    ("2025-08-19", "2025-08-19"),
    ("no", "no"),
    ("True", True),
    ("~", None),
    ("'1'", "1"),
    ("1", 1),
    ("-1.5e3", -1500.0),
    ("0x10", "0x10"),
    ("1e999", "1e999"),
    ("[a, 1, {b: }]", ["a", 1, {"b": None}]),
    ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
    ("|\n  a\n  b", "a\nb"),
    ("", None),
]


@pytest.mark.parametrize(("text", "value"), YAML)
def test_yaml_has_the_types_of_json(text: str, value: JSON) -> None:
    assert repr(parse_yaml(text)) == repr(value)


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\na: 2", "line 2: expected a key that is text, and no key twice"),
        ("? [a]\n: 1", "no key twice"),
        ("!!str 1", "expected no tag, received tag:yaml.org,2002:str"),
        ("&a [*a]", "line 1: found unconstructable recursive node"),
        ("a: b: c", "mapping values are not allowed here"),
        ("a\n---\nb", "line 2: but found another document"),
        ("[" * 3000, "expected fewer levels of nesting|found"),
    ],
)
def test_other_yaml_is_refused(text: str, words: str) -> None:
    with pytest.raises(YAMLError, match=words):
        parse_yaml(text)


def test_without_pyyaml_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(YAMLError, match=r"pip install 'aimlapi-mockserver\[import\]'"):
        parse_yaml("a: 1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "Expected JSON, but at line 1"),
        (b'{"openapi": NaN}', "received NaN"),
        (b"\xff\xfe", "expected UTF-8"),
        (b"a: b: c", "mapping values"),
        (b"[]", "expected 3.0.x or 3.1.x"),
        (b"<html>", "expected 3.0.x or 3.1.x"),
        (b" " * 6_000_000, "expected at most 5242880 bytes"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "document"
    file.write_bytes(content)
    with pytest.raises(DocumentError, match=words):
        import_document(Listing(str(file)), None, TODAY)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="missing: cannot be read: No such file"):
        import_document(Listing(str(tmp_path / "missing")), None, TODAY)


MOVED = {
    "/moved": "/docs/one.json",
    "/away": "http://localhost:1/docs/one.json",
    "/file": "ftp://127.0.0.1/docs/one.json",
}
"""Where a redirect leads to."""


class DocumentServer(BaseHTTPRequestHandler):
    """Serves a document, whole and cut."""

    def do_GET(self) -> None:
        if self.path == "/gone":
            self.send_error(404)
            return
        if self.path in MOVED:
            self.send_response(302)
            self.send_header("Location", MOVED[self.path])
            self.end_headers()
            return
        if self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                while self.wfile.write(b" "):
                    time.sleep(0.01)
            return
        if self.path == "/slow-headers":
            with contextlib.suppress(OSError):
                for _ in range(100):
                    self.wfile.write(b"H")
                    time.sleep(0.01)
            return
        body = json.dumps(document()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + (self.path == "/cut")))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the log quiet."""


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), DocumentServer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_url_is_fetched_past_a_proxy(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    (contract_files,) = import_document(
        Listing(f"{server_url}/docs/one.json"), None, TODAY
    ).contracts
    source = contract_files.files["contract.json"]["source"]
    assert source["repository"] == server_url.removeprefix("http://")
    assert source["file"] == "/docs/one.json"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/gone", "cannot be fetched: status 404"),
        ("/cut", "whole: 1 bytes are missing"),
        ("/away", "cannot be fetched: status 302"),
        ("/file", "cannot be fetched: status 302"),
    ],
)
def test_a_url_without_a_document_is_named(server_url: str, path: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        import_document(Listing(server_url + path), None, TODAY)


def test_a_redirect_to_the_same_host_is_followed(server_url: str) -> None:
    assert import_document(Listing(f"{server_url}/moved"), None, TODAY).contracts


@pytest.mark.parametrize("path", ["/slow", "/slow-headers"])
def test_a_document_that_does_not_end_is_given_up(
    server_url: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("mockserver.openapi.document._SECONDS", 0.3)
    with pytest.raises(UnreachableError, match="it had not ended after"):
        import_document(Listing(server_url + path), None, TODAY)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/a", "http://127.0.0.1:0x/a", "http://"])
def test_an_unreachable_url_is_named(url: str) -> None:
    with pytest.raises(DocumentError, match="cannot be fetched"):
        import_document(Listing(url), None, TODAY)
