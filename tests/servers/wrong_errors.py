"""Wrong refusals, and servers that do not answer as HTTP servers do."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from tests.servers.behavior import answering, dropping, refusing_with, setting, succeeding
from tests.servers.mutation import JOB, LINKS, WrongServer
from tests.servers.stub_server import Behavior, Response, Right, StubRequest

BODY = "/response/body"
STATUS = "documented /response/status (status)"
MEDIA_TYPE = "documented /response/headers/content-type (content-type)"
HTML = {"Content-Type": "text/html"}


def _missing(field: str) -> WrongServer:
    behave = refusing_with(dropping(f"/{field}"))
    expects = (f"documented {BODY}/{field} (required)",)
    return WrongServer(f"a refusal without its {field}", JOB, behave, expects)


def _field(name: str, field: str, value: object, rule: str, *statuses: int) -> WrongServer:
    level = "semantic" if rule == "status-code" else "documented"
    behave = refusing_with(setting(f"/{field}", value), *statuses)
    return WrongServer(name, JOB, behave, (f"{level} {BODY}/{field} ({rule})",))


def _answered(name: str, status: int, wrong: Response | int, *expects: str) -> WrongServer:
    def change(response: Response) -> Response:
        return replace(response, status=wrong) if isinstance(wrong, int) else wrong

    return WrongServer(name, JOB, refusing_with(change, status), expects)


def _believing(*headers: str | None) -> Behavior:
    """Take some wrong ways of handing over the key for the right one."""

    def behave(request: StubRequest, right: Right) -> Response:
        given = request.authorization
        known = given if given is None else given.partition(" ")[0]
        return right(replace(request, authorization="Bearer it") if known in headers else request)

    return behave


def _answering_anywhere(request: StubRequest, right: Right) -> Response:
    is_order = request.method == "POST"
    return right(replace(request, path="/v1/images/generations") if is_order else request)


class MixingUp:
    """Answer a request with what another one that came meanwhile asked for."""

    def __init__(self) -> None:
        self._last = b""
        self._lock = threading.Lock()

    def __call__(self, request: StubRequest, right: Right) -> Response:
        if request.method != "POST" or b"image " not in request.body:
            return right(request)
        with self._lock:
            self._last = request.body
        time.sleep(0.1)
        return right(replace(request, body=self._last))


def _never(request: StubRequest, right: Right) -> Response:
    time.sleep(1)
    return right(request)


def _cut(response: Response) -> Response:
    return replace(response, length=len(response.body) + 100)


WRONG_REFUSALS = [
    *map(_missing, ("message", "path", "requestId", "statusCode", "timestamp")),
    _field("a request id that is no UUID", "requestId", "1", "format"),
    _field("a request id as a number", "requestId", 1, "type"),
    _field("a status code of another answer", "statusCode", 500, "status-code"),
    _field("null for a status code", "statusCode", None, "type"),
    _field("an array of messages", "message", lambda message: [message], "type"),
    _field("another message for 400", "message", "Bad Request", "message", 400),
    _field("another message for 401", "message", "Unauthorized", "message", 401),
    _field("a path that is an object", "path", {}, "type"),
    _field("a time without milliseconds", "timestamp", lambda t: t[:19] + "Z", "pattern"),
    _field("a time in another zone", "timestamp", lambda t: t[:-1] + "+00:00", "pattern"),
    _field("a time in seconds", "timestamp", 1748502693, "type"),
    _answered("200 for a bad request", 400, 200, STATUS, "expected: 400"),
    _answered("422 for a bad request", 400, 422, STATUS, "received: 422"),
    _answered("500 for a bad request", 400, 500, STATUS, "received: 500"),
    _answered("403 for a missing key", 401, 403, STATUS, "received: 403"),
    _answered("400 for a missing key", 401, 400, STATUS, "received: 400"),
    _answered("405 for an unknown path", 404, 405, STATUS, "expected: 404"),
    _answered(
        "an HTML page for a bad request", 400, Response(400, HTML, b"<h1>No</h1>"), MEDIA_TYPE
    ),
    _answered(
        "an HTML page for a missing key", 401, Response(401, HTML, b"<h1>No</h1>"), MEDIA_TYPE
    ),
    _answered(
        "an HTML page for an unknown path", 404, Response(404, HTML, b"<h1>?</h1>"), MEDIA_TYPE
    ),
    _answered(
        "nothing for a missing key",
        401,
        Response(401, {"Content-Type": "application/json"}),
        f"documented {BODY} (json)",
    ),
    WrongServer(
        "problem details",
        JOB,
        refusing_with(lambda a: a.with_header("Content-Type", "application/problem+json")),
        (MEDIA_TYPE,),
    ),
    WrongServer(
        "no key needed",
        JOB,
        _believing(None, ""),
        (STATUS, "expected: 401", "received: 201"),
    ),
    WrongServer("a key without its scheme", JOB, _believing("mock-key"), (STATUS, "no-scheme]")),
    WrongServer(
        "any scheme will do", JOB, _believing("Basic"), (STATUS, "authorization-another-scheme]")
    ),
    WrongServer("one answer for every path", JOB, _answering_anywhere, (STATUS, "expected: 404")),
    WrongServer("answers mixed up", LINKS, MixingUp(), ("test_simultaneous_requests",)),
    WrongServer(
        "no answer",
        JOB,
        _never,
        ("documented /response (response)", "nothing came within"),
        timeout=0.2,
    ),
    WrongServer(
        "an answer that breaks off", JOB, succeeding(_cut), ("documented /response (response)",)
    ),
    WrongServer(
        "a refusal that breaks off",
        JOB,
        answering(lambda _, response: response.status == 400, _cut),
        ("documented /response (response)",),
    ),
]
