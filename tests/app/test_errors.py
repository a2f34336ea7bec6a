"""Whatever cannot be answered is refused with the documented error body, never with a 500."""

from __future__ import annotations

import gzip
import io
import json
import logging
import zlib
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.contracts import Response, error_catalog
from mockserver.contracts.error_catalog import timestamp
from mockserver.images import ImageLibrary
from mockserver.strict_json import JSON
from tests.http import BEARER, CONTRACTS, NOW, PATH, FrozenClock, Generate, MakeClient
from tests.published import KEY_WANTED

MIB = 1024 * 1024


def body_of(reply: TestResponse, status: int) -> dict[str, JSON]:
    """The error body, once it is the documented one and says ``status``."""
    response = Response(reply.status_code, dict(reply.headers), reply.data)
    assert [str(finding) for finding in error_catalog().findings(response)] == []
    body: dict[str, JSON] = json.loads(reply.data)
    assert (reply.status_code, body["statusCode"]) == (status, status)
    assert reply.headers["X-Request-Id"] == body["requestId"]
    return body


def lines_of(reply: TestResponse, status: int = 400) -> list[str]:
    return str(body_of(reply, status)["message"]).splitlines()


JSON_HEADERS = {**BEARER, "Content-Type": "application/json"}


def post(client: FlaskClient, body: bytes, **more: JSON) -> TestResponse:
    return client.post(
        PATH, **{"data": body, "content_type": "application/json", "headers": BEARER, **more}
    )


class Pieces(io.RawIOBase):
    """A body that comes in pieces, as from a socket; the connection may break at its end."""

    def __init__(self, body: bytes, error: Exception | None = None) -> None:
        self._body = io.BytesIO(body)
        self._error = error

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        piece = self._body.read(min(7, len(buffer)))
        if self._error and not piece:
            raise self._error
        buffer[: len(piece)] = piece
        return len(piece)


def unending(body: bytes) -> dict[str, JSON]:
    """Hand a body over as a chunked one arrives: its length unsaid."""
    return {
        "input_stream": io.BytesIO(body),
        "environ_overrides": {"wsgi.input_terminated": True},
        "content_length": None,
    }


def test_an_api_error_carries_the_documented_body(client: FlaskClient) -> None:
    body = body_of(post(client, b"{}"), 400)
    assert list(body) == ["message", "path", "requestId", "statusCode", "timestamp"]
    assert body["path"] == PATH
    assert UUID(body["requestId"]).version == 4
    assert body["timestamp"] == "2025-05-29T07:11:33.000Z"
    assert type(body["statusCode"]) is int


def test_every_api_error_has_an_id_of_its_own(client: FlaskClient) -> None:
    assert len({body_of(post(client, b"{}"), 400)["requestId"] for _ in range(20)}) == 20


def test_a_response_has_an_id_too(generate: Generate) -> None:
    assert UUID(generate(size="256x256").headers["X-Request-Id"]).version == 4


@pytest.mark.parametrize(
    ("now", "written"),
    [
        (NOW, "2025-05-29T07:11:33.000Z"),
        (NOW + 0.0625, "2025-05-29T07:11:33.062Z"),
        (NOW + 0.9999, "2025-05-29T07:11:33.999Z"),
        (0.0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_a_timestamp_has_milliseconds_and_is_in_utc(now: float, written: str) -> None:
    assert timestamp(now) == written
    assert datetime.fromisoformat(written).utcoffset() is not None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Expected a JSON object, received an empty body"),
        (b"{", "Expected JSON, but at line 1 column 2"),
        (b"[]", "Expected object, received array"),
        (b'"text"', "Expected object, received string 'text'"),
        (b"null", "Expected object, received null"),
        (b'{"prompt": "\xff"}', "Expected UTF-8"),
        (b'{"n": NaN}', "received NaN"),
        (b'{"n": -Infinity}', "received -Infinity"),
        (b"[" * 100_000, "Expected at most 128 levels of nesting"),
        (b"[" * 100_000 + b"]" * 100_000, "Expected at most 128 levels of nesting"),
        (b'{"n": 1e999}', "within a double's range, received 1e999"),
        (b'{"n": ' + b"9" * 400 + b"}", "within a double's range"),
        (b'{"prompt": "\\ud83e"}', "received a lone surrogate"),
    ],
)
@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_a_body_that_is_no_json_object_gets_400(
    mock_for: Callable[[str], Generate], contract_id: str, body: bytes, words: str
) -> None:
    first, second = lines_of(post(mock_for(contract_id).client, body))
    assert first == "Body validation error!"
    assert words in second


@pytest.mark.parametrize("levels", [*range(120, 132), *range(960, 1000, 3)])
@pytest.mark.parametrize("path", [PATH, "/__admin/faults", "/__admin/requests/verify"])
def test_nesting_of_any_depth_is_no_error_of_the_mock(
    client: FlaskClient, path: str, levels: int
) -> None:
    nested = b"[" * levels + b"]" * levels
    body = b'{"model": "dall-e-2", "prompt": "x", "a": ' + nested + b"}"
    assert client.post(path, data=body, headers=JSON_HEADERS).status_code in {201, 400}
    assert client.get("/__admin/requests").status_code == 200


@pytest.mark.parametrize(
    ("content_type", "received"),
    [
        (None, "nothing"),
        ("text/plain", "'text/plain'"),
        ("application/x-www-form-urlencoded", "'application/x-www-form-urlencoded'"),
        ("multipart/form-data; boundary=x", "'multipart/form-data'"),
        ("application/jsonp", "'application/jsonp'"),
        (";", "nothing"),
    ],
)
def test_another_content_type_gets_400(
    client: FlaskClient, content_type: str | None, received: str
) -> None:
    reply = post(client, b'{"model": "dall-e-2", "prompt": "x"}', content_type=content_type)
    assert lines_of(reply) == [
        "Body validation error!",
        f"Content-Type: Expected 'application/json', received {received}",
    ]


@pytest.mark.parametrize("deep", [100, 500, 900, 990, 2000, 5000, 20_000])
@pytest.mark.parametrize("field", ["prompt", "size", "n", "tags"])
def test_nesting_of_any_depth_is_no_failure(client: FlaskClient, field: str, deep: int) -> None:
    nested = "[" * deep + "]" * deep
    reply = post(client, f'{{"model": "dall-e-2", "prompt": "x", "{field}": {nested}}}'.encode())
    if field == "tags" and deep < 128:  # a field that is not documented
        assert (reply.status_code, len(reply.get_json()["output"]["choices"])) == (201, 1)
    else:
        body_of(reply, 400)


def test_every_bad_field_is_named_on_a_line_of_its_own(generate: Generate) -> None:
    reply = generate(n=11, size="1x1", response_format="png", prompt="x" * 1001)
    assert lines_of(reply) == [
        "Body validation error!",
        "prompt: Expected at most 1000 characters, received 1001 characters",
        "n: Expected a number of at most 10, received 11",
        "size: Invalid enum value. Expected '1024x1024' | '512x512' | '256x256', received '1x1'",
        "response_format: Invalid enum value. Expected 'url' | 'b64_json', received 'png'",
    ]


def test_a_long_value_is_cut(generate: Generate) -> None:
    line = lines_of(generate(size="x" * 100_000))[1]
    assert line.endswith("… (100000 characters)'")
    assert len(line) < 250


def test_an_unknown_model_is_told_which_models_there_are(generate: Generate) -> None:
    assert lines_of(generate(model="dall-e-9"))[1:] == [
        (
            "model: Invalid enum value. Expected 'dall-e-2' | 'dall-e-3' | "
            "'alibaba/qwen-image-3' | 'alibaba/z-image-turbo' | 'alibaba/qwen-image-2-0', "
            "received 'dall-e-9'"
        ),
        "and 78 more: GET /v1/models lists them",
    ]


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("gpt-image-1", "openai/gpt-image-1"),
        ("Flux-Schnell", "flux/schnell"),
        ("openai/dall-e-3", "dall-e-3"),
        ("seedream-4.5", "bytedance/seedream-4-5"),
    ],
)
def test_a_misspelled_model_is_told_the_nearest_id_first(
    generate: Generate, wrong: str, meant: str
) -> None:
    assert f"Expected '{meant}' | " in lines_of(generate(model=wrong))[1]


def test_a_long_model_is_refused_at_once(generate: Generate) -> None:
    assert "received 'flux/" in lines_of(generate(model="flux/" * 100_000))[1]


@pytest.mark.parametrize("model", [None, 5, True, ["dall-e-2"], {"id": "dall-e-2"}])
def test_a_model_that_is_no_text_is_refused(generate: Generate, model: JSON) -> None:
    assert lines_of(generate(model=model))[1].startswith("model: Invalid enum value.")


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer \t", "mock-key", "Basic bW9jazprZXk=", "Token x", "Bearer:x"],
)
def test_a_missing_or_malformed_key_gets_401(client: FlaskClient, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    reply = post(client, b'{"model": "dall-e-2", "prompt": "x"}', headers=headers)
    assert body_of(reply, 401)["message"] == KEY_WANTED


def test_with_keys_set_only_they_are_good(make_client: MakeClient) -> None:
    client = make_client(api_keys=("mock-one", "mock-two"))
    for key in ("mock-one", "mock-two"):
        generate = Generate(client, headers={"Authorization": f"Bearer {key}"})
        assert generate(size="256x256").status_code == 201
    assert body_of(Generate(client)(), 401)["message"] == KEY_WANTED


def test_the_key_is_asked_for_before_the_body_is_read(client: FlaskClient) -> None:
    body_of(post(client, b"{", headers={}), 401)


@pytest.mark.parametrize("extra", [1, MIB])
def test_more_than_a_mebibyte_gets_413(client: FlaskClient, extra: int) -> None:
    assert lines_of(post(client, b" " * (MIB + extra)), 413) == [
        "Payload Too Large",
        "Expected a body of at most 1048576 bytes",
    ]


def test_more_than_a_mebibyte_gets_413_without_a_content_length_too(client: FlaskClient) -> None:
    reply = client.post(
        PATH, content_type="application/json", headers=BEARER, **unending(b" " * (MIB + 1))
    )
    body_of(reply, 413)


def send(client: FlaskClient, stream: Pieces, length: int, **environ: bool) -> TestResponse:
    overrides = {**environ, "wsgi.input": stream, "CONTENT_LENGTH": str(length)}
    return client.post(PATH, headers=JSON_HEADERS, environ_overrides=overrides)


@pytest.mark.parametrize("environ", [{}, {"wsgi.input_terminated": True}])
def test_a_body_is_read_to_its_end(client: FlaskClient, environ: dict[str, bool]) -> None:
    body = b'{"model": "dall-e-2", "prompt": "x", "size": "256x256"}'
    assert send(client, Pieces(body), len(body), **environ).status_code == 201
    broken = Pieces(body, ConnectionResetError())
    body_of(send(client, broken, len(body) + 1, **environ), 400)


def test_a_body_that_is_announced_as_too_long_is_not_waited_for(client: FlaskClient) -> None:
    unread = Pieces(b"", AssertionError("it is read"))
    body_of(send(client, unread, 2 * MIB), 413)


def test_a_fault_takes_precedence_over_a_body_that_is_too_long(client: FlaskClient) -> None:
    body_of(post(client, b" " * 2 * MIB, headers={**BEARER, "Prefer": "fault=internal"}), 500)


@pytest.mark.parametrize(
    ("coding", "compress"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)],
)
def test_a_compressed_body_is_inflated_up_to_a_mebibyte(
    client: FlaskClient, coding: str, compress: Callable[[bytes], bytes]
) -> None:
    body = b'{"model": "dall-e-2", "prompt": "x", "size": "256x256"}'.ljust(MIB)
    headers = {**BEARER, "Content-Encoding": coding}
    assert post(client, compress(body), headers=headers).status_code == 201
    assert lines_of(post(client, compress(body + b" "), headers=headers), 413) == [
        "Payload Too Large",
        "Expected a body of at most 1048576 bytes when inflated",
    ]
    assert lines_of(post(client, body, headers=headers)) == [
        "Body validation error!",
        f"Content-Encoding: Expected {coding}, received other bytes",
    ]


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_another_content_coding_gets_415(client: FlaskClient, coding: str) -> None:
    reply = post(client, b"{}", headers={**BEARER, "Content-Encoding": coding})
    expected = "'identity' | 'gzip' | 'x-gzip' | 'deflate'"
    assert lines_of(reply, 415) == [
        "Unsupported Media Type",
        f"Content-Encoding: Expected {expected}, received '{coding}'",
    ]


def test_a_mebibyte_itself_is_read(client: FlaskClient) -> None:
    body = b'{"model": "dall-e-2", "prompt": "x", "size": "256x256"}'.ljust(MIB)
    assert post(client, body).status_code == 201
    chunked = client.post(PATH, content_type="application/json", headers=BEARER, **unending(body))
    assert chunked.status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v2/images/generations",
        "/v1//images/generations",
        f"{PATH}/x",
        "/\x00\ud83e\udd96".encode("utf-16", "surrogatepass").decode("utf-16"),
    ],
)
def test_an_unknown_path_gets_404(client: FlaskClient, path: str) -> None:
    reply = client.post(path, json={}, headers=BEARER)
    first, second = lines_of(reply, 404)
    assert first == "Not Found"
    routes = f"POST {PATH} or POST /images/generations"
    assert second.startswith(f"Expected {routes}, received POST '/")
    assert second.endswith("'; also here: GET /v1/models, /v1/billing/balance, /v2/billing")


def test_a_path_without_its_version_is_told_the_right_one(client: FlaskClient) -> None:
    for body in ({"model": "dall-e-2"}, {"model": "dall-e-2", "prompt": "x", "n": 99}):
        reply = client.post("/images/generations", json=body, headers=BEARER)
        received = "received POST '/images/generations'"
        assert lines_of(reply, 404)[1] == f"Expected POST {PATH} for dall-e-2, {received}"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"{", "Expected JSON, but at line 1 column 2"),
        (b"[1]", "Expected object, received array"),
        (b'{"prompt": "x"}', "model: Expected 'dall-e-2', received nothing"),
        (b'{"model": "flux/typo", "prompt": "x"}', "model: Invalid enum value. Expected 'flux/"),
    ],
)
@pytest.mark.parametrize("path", [PATH, "/images/generations"])
def test_an_invalid_request_gets_400_on_every_documented_path(
    client: FlaskClient, path: str, body: bytes, line: str
) -> None:
    reply = client.post(path, data=body, content_type="application/json", headers=BEARER)
    assert lines_of(reply)[1].startswith(line)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_another_method_gets_405(client: FlaskClient, method: str) -> None:
    reply = client.open(PATH, method=method, headers=BEARER)
    assert lines_of(reply, 405)[0] == "Method Not Allowed"
    assert "POST" in reply.headers["Allow"]


def test_head_gets_405_without_a_body(client: FlaskClient) -> None:
    reply = client.head(PATH)
    assert (reply.status_code, reply.data) == (405, b"")


def test_a_failure_of_the_mock_gets_the_documented_500_and_is_logged(
    generate: Generate, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("the secret of the failure")

    monkeypatch.setattr(ImageLibrary, "choose", fail)
    with caplog.at_level(logging.ERROR, "mockserver"):
        reply = generate()
    body = body_of(reply, 500)
    assert body["message"] == "Internal server error"
    assert "secret" not in reply.text
    assert body["requestId"] in caplog.text
    assert "ZeroDivisionError: the secret of the failure" in caplog.text


@pytest.mark.parametrize("propagate", [True, False])
def test_a_failure_is_answered_while_testing_too(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, propagate: bool
) -> None:
    client.application.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=propagate)
    monkeypatch.setattr(ImageLibrary, "choose", None)
    body_of(Generate(client)(), 500)


def test_the_clock_that_was_given_dates_the_api_error(
    client: FlaskClient, clock: FrozenClock
) -> None:
    clock.now += 3600.5
    assert body_of(post(client, b"{}"), 400)["timestamp"] == "2025-05-29T08:11:33.500Z"
