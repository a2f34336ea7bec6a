"""Valid requests that are refused or misread, invalid ones that are accepted."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from mockserver.strict_json import JSON
from tests.servers.behavior import accepting, ordering, refusing
from tests.servers.mutation import JOB, LINKS, TALL, WIDE, WrongServer
from tests.servers.stub_server import Behavior, Response, Right, StubRequest

_PLAIN = {"model": "dall-e-2", "prompt": "a T-Rex", "size": "256x256"}


def _refuses(name: str, case: str, unwanted: object, contract: str = JOB) -> WrongServer:
    assert callable(unwanted)
    expects = ("documented /response/status (status)", "received: 400", case)
    return WrongServer(name, contract, refusing(unwanted), expects)


def _accepts(name: str, case: str, mend: object, contract: str = JOB) -> WrongServer:
    assert callable(mend)
    expects = ("documented /response/status (status)", "expected: 400", case)
    return WrongServer(name, contract, accepting(mend), expects)


def _mended(field: str, wrong: object, value: JSON, body: JSON) -> JSON:
    """Put a value where a field's is wrong in this way; None where there is nothing to mend."""
    assert callable(wrong)
    if isinstance(body, dict) and wrong(body.get(field, ...)):
        return {**body, field: value}
    return None


def _field(name: str, field: str, case: str, wrong: object, value: JSON) -> WrongServer:
    return _accepts(name, f"{field}{case}]", partial(_mended, field, wrong, value))


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _without_unknown(body: JSON) -> JSON:
    return {name: value for name, value in body.items() if name != "undocumented"}


def _unwanted_unknown(body: JSON) -> bool:
    return bool(body.keys() - {"model", "prompt", "n", "size", "response_format"})


def _unheard_of(body: JSON) -> bool:
    """Only drawn requests hold other fields than the suite's own unknown one."""
    return _unwanted_unknown(body) and "undocumented" not in body


def _whatever(accepts: Behavior, name: str, case: str) -> WrongServer:
    expects = ("documented /response/status (status)", "expected: 400", f"documented-{case}]")
    return WrongServer(name, JOB, accepts, expects)


def _lenient(mark: bytes, text: bytes) -> Behavior:
    """Read what is no JSON as if a mark were other text."""

    def behave(request: StubRequest, right: Right) -> Response:
        response = right(request)
        body = request.body.replace(mark, text)
        return right(replace(request, body=body)) if response.status == 400 else response

    return behave


def _optimistic(request: StubRequest, right: Right) -> Response:
    """Take an empty body for a request without a wish."""
    return right(request if request.body else request.with_json(_PLAIN))


def _first_of(request: StubRequest, right: Right) -> Response:
    body = request.json
    return right(request.with_json(body[0]) if isinstance(body, list) and body else request)


def _failing(unwanted: object, status: int) -> Behavior:
    assert callable(unwanted)

    def behave(request: StubRequest, right: Right) -> Response:
        body = request.json
        if isinstance(body, dict) and unwanted(body):
            return Response(status, {"Content-Type": "text/html"}, b"<h1>Oops</h1>")
        return right(request)

    return behave


def _fails(name: str, case: str, unwanted: object, status: int = 500) -> WrongServer:
    expects = ("documented /response/status (status)", f"received: {status}", case)
    return WrongServer(name, JOB, _failing(unwanted, status), expects)


def _prompt(body: JSON) -> str:
    return str(body.get("prompt", ""))


def _count(body: JSON) -> JSON:
    return body.get("n") if _is_number(body.get("n")) else 1


WRONG_REQUESTS = [
    _refuses("ten images refused", "n=10]", lambda body: _count(body) >= 10),
    _refuses("more than one image refused", "n=2]", lambda body: _count(body) > 1),
    _refuses("n refused", "n=1]", lambda body: "n" in body),
    _refuses(
        "a documented size refused", "size=512x512]", lambda body: body.get("size") == "512x512"
    ),
    _refuses(
        "base64 refused",
        '"response_format": "b64_json"',
        lambda body: body.get("response_format") == "b64_json" and "n" not in body,
        WIDE,
    ),
    _refuses(
        "a prompt of 1000 characters refused",
        "prompt=1000-characters]",
        lambda body: len(_prompt(body)) >= 1000,
    ),
    _refuses(
        "a prompt of one character refused", "prompt=a]", lambda body: len(_prompt(body)) == 1
    ),
    _refuses(
        "a prompt counted in bytes", "-1000-emoji]", lambda body: len(_prompt(body).encode()) > 1000
    ),
    _refuses(
        "a prompt counted in UTF-16",
        "-1000-emoji]",
        lambda body: len(_prompt(body).encode("utf-16-le")) > 2000,
    ),
    _refuses(
        "emoji refused",
        "-emoji]",
        lambda body: any(ord(letter) > 0xFFFF for letter in _prompt(body)),
    ),
    _refuses("line breaks refused", "-lines]", lambda body: "\n" in _prompt(body)),
    _refuses("an unknown field refused", "undocumented=true]", _unwanted_unknown),
    _refuses("fields that nobody thought of refused", "test_valid_request", _unheard_of),
    _refuses("null refused", "size=null]", lambda body: body.get("size", "") is None, WIDE),
    _refuses(
        "a documented style refused",
        "style=vivid]",
        lambda body: body.get("style") == "vivid",
        TALL,
    ),
    _refuses("quality refused", "quality=standard]", lambda body: "quality" in body, WIDE),
    _refuses("a request without a size refused", "without-size]", lambda body: "size" not in body),
    _field("eleven images accepted", "n", "=11", lambda n: _is_number(n) and n > 10, 10),
    _field("no images accepted", "n", "=0", lambda n: _is_number(n) and n < 1, 1),
    _field("half an image too many accepted", "n", "=10.5", lambda n: n == 10.5, 10),
    _field("n as a string accepted", "n", '="1"', lambda n: n == "1", 1),
    _field("n as a boolean accepted", "n", "=true", lambda n: n is True, 1),
    _field("n as null accepted", "n", "=null", lambda n: n is None, 1),
    _field(
        "a size of no document accepted",
        "size",
        "=256x256-undocumented",
        lambda size: str(size)[:4] == "256x",
        "256x256",
    ),
    _field(
        "a size in capitals accepted",
        "size",
        "=1024X1024",
        lambda size: str(size).isupper(),
        "256x256",
    ),
    _field("an empty size accepted", "size", '=""', lambda size: size == "", "256x256"),
    _field(
        "any format accepted",
        "response_format",
        "=text",
        lambda value: isinstance(value, str),
        "url",
    ),
    _field(
        "null for a format accepted", "response_format", "=null", lambda value: value is None, "url"
    ),
    _field(
        "any model accepted", "model", '="text"', lambda model: isinstance(model, str), "dall-e-2"
    ),
    _field("a missing model accepted", "model", "-missing", lambda model: model is ..., "dall-e-2"),
    _field(
        "a missing prompt accepted", "prompt", "-missing", lambda prompt: prompt is ..., "a T-Rex"
    ),
    _field("a number for a prompt accepted", "prompt", "=7", _is_number, "a T-Rex"),
    _field(
        "an array of prompts accepted",
        "prompt",
        '=["text"]',
        lambda prompt: isinstance(prompt, list),
        "a T-Rex",
    ),
    _field(
        "a prompt of 1001 characters accepted",
        "prompt",
        "=1001-characters",
        lambda prompt: len(str(prompt)) > 1000 and str(prompt).isascii(),
        "a T-Rex",
    ),
    _field(
        "1001 emoji accepted",
        "prompt",
        "=1001-characters-beyond-ASCII",
        lambda prompt: len(str(prompt)) > 1000 and not str(prompt).isascii(),
        "a T-Rex",
    ),
    _accepts("an undocumented field accepted", "undocumented=true]", _without_unknown, WIDE),
    _whatever(
        accepting(lambda body: _PLAIN if body == {} else None),
        "an empty object accepted",
        "400-/response/status",
    ),
    _whatever(_optimistic, "an empty body accepted", "empty"),
    _whatever(_first_of, "an array of requests accepted", "array"),
    _whatever(_lenient(b",}", b"}"), "a trailing comma accepted", "trailing-comma"),
    _whatever(_lenient(b"'", b'"'), "single quotes accepted", "single-quotes"),
    _whatever(_lenient(b"\xff", b""), "broken UTF-8 accepted", "not-UTF-8"),
    WrongServer(
        "two images by default",
        LINKS,
        ordering(lambda body: {"n": 2, **body}),
        ("semantic /response/body/data (count)", "expected: 1 images"),
    ),
    WrongServer(
        "base64 by default",
        LINKS,
        ordering(lambda body: {"response_format": "b64_json", **body}),
        ("client-required /response/body/data/0/url (required)",),
    ),
    WrongServer(
        "always the smallest size",
        TALL,
        ordering(lambda body: {**body, "size": "1024x1024"}),
        ("semantic /response/body/data/0/url (image-size)", "size=1024x1792]"),
    ),
    _fails(
        "a failure for combining characters", "-combining]", lambda body: "\u0300" in _prompt(body)
    ),
    _fails("too many requests for seven images", "n=7]", lambda body: _count(body) == 7, 429),
    _fails(
        "a redirect for a size",
        "size=1024x1024]",
        lambda body: body.get("size") == "1024x1024",
        307,
    ),
]
