"""Servers that differ from the mock in what the documents leave open: all of them are right."""

from __future__ import annotations

import gzip
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from mockserver.strict_json import JSON
from tests.servers.behavior import (
    answering,
    downloading,
    dropping,
    in_every_image,
    refusing_with,
    repainted,
    repainting,
    setting,
    succeeding,
    with_body,
)
from tests.servers.mutation import JOB, LINKS, TALL
from tests.servers.stub_server import Behavior, Response, Right, StubRequest

_ELSEWHERE = "/elsewhere"


@dataclass(frozen=True)
class RightServer:
    """A server that is right in its own way."""

    name: str
    contract: str
    behave: Behavior

    def __str__(self) -> str:
        return self.name


def _always(change: Callable[[Response], Response]) -> Behavior:
    return answering(lambda request, _: request.method == "POST", change)


def _backwards(value: JSON) -> JSON:
    if isinstance(value, dict):
        return {name: _backwards(value[name]) for name in reversed(value)}
    return [_backwards(item) for item in value] if isinstance(value, list) else value


def _with_more(value: JSON) -> JSON:
    """Add a field of no document to every object."""
    if isinstance(value, dict):
        return {**{k: _with_more(v) for k, v in value.items()}, "x_request": {"region": "moon"}}
    return [_with_more(item) for item in value] if isinstance(value, list) else value


def _other_job(body: JSON) -> JSON:
    """Fill the fields whose values no document tells in another way."""
    args = {**body["args"], "steps": 50.5, "seed": 7}
    tags = {"region": None, "cost": 0.02}
    return {**body, "status": "success", "tags": tags, "subjobs": [1, "two"], "args": args}


def _in_floats(body: JSON) -> JSON:
    return {**body, "num_returns": float(body["num_returns"])}


def _retyped(kind: str, media_type: str) -> Callable[[Response], Response]:
    def change(response: Response) -> Response:
        body = repainted(response.body, kind)
        return replace(response, body=body).with_header("Content-Type", media_type)

    return change


def _zipped(response: Response) -> Response:
    return replace(
        response.with_header("Content-Encoding", "gzip"), body=gzip.compress(response.body)
    )


def _media_type(value: str) -> Callable[[Response], Response]:
    return lambda response: response.with_header("Content-Type", value)


def _cased(rename: Callable[[str], str]) -> Callable[[Response], Response]:
    return lambda response: replace(
        response, headers={rename(k): v for k, v in response.headers.items()}
    )


def _rewritten(**options: JSON) -> Callable[[Response], Response]:
    def change(response: Response) -> Response:
        return replace(
            response, body=b"\r\n" + json.dumps(response.json, **options).encode() + b"\n"
        )

    return change


def _redirecting(request: StubRequest, right: Right) -> Response:
    """Send whoever follows a link on to where the image is."""
    if request.path.startswith(_ELSEWHERE):
        return right(replace(request, path=request.path.removeprefix(_ELSEWHERE)))
    if request.method == "GET":
        return Response(302, {"Location": _ELSEWHERE + request.path})
    return right(request)


def _by_another_name(item: JSON) -> JSON:
    if "url" not in item:
        return item
    return {**item, "url": urlsplit(item["url"])._replace(netloc=_local(item["url"])).geturl()}


def _local(url: str) -> str:
    return f"localhost:{urlsplit(url).port}"


def _with_both(request: StubRequest, right: Right) -> Response:
    """Hand over link and base64 together, whichever was requested."""
    response = right(request)
    if request.method == "GET" or response.status >= 300:
        return response
    bodies = [
        right(request.with_json({**request.json, "response_format": f})).json for f in _FORMATS
    ]
    pairs = zip(*(body["data"] for body in bodies), strict=True)
    return response.with_json({**response.json, "data": [{**a, **b} for a, b in pairs]})


_FORMATS = ("url", "b64_json")


def _with_null(item: JSON) -> JSON:
    return {"url": None, "b64_json": None, "revised_prompt": None, **item}


def _never_the_same(request: StubRequest, right: Right) -> Response:
    """Paint another image each time, as a model does."""
    if request.method == "GET" or not isinstance(request.json, dict):
        return right(request)
    other = f"{random.random()}"
    response = right(request)
    if response.status >= 300:
        return response
    return right(request.with_json({**request.json, "prompt": other}))


def _taking_its_time(request: StubRequest, right: Right) -> Response:
    time.sleep(random.random() / 50)
    return right(request)


def _rounding(request: StubRequest, right: Right) -> Response:
    """Accept what only our overlay forbids: half images and empty prompts."""
    response = right(request)
    body = request.json
    if response.status != 400 or not isinstance(body, dict):
        return response
    n = body.get("n")
    whole = {"n": int(n)} if isinstance(n, float) and 1 <= n <= 10 else {}
    prompt = {"prompt": "nothing"} if body.get("prompt") == "" else {}
    return right(request.with_json({**body, **whole, **prompt}))


def _rewording(message: str) -> str:
    return message.split("\n", maxsplit=1)[0] + "\n- please mend your request"


RIGHT_SERVERS = [
    RightServer("fields in another order", JOB, _always(with_body(_backwards))),
    RightServer("more fields than documented", JOB, _always(with_body(_with_more))),
    RightServer("more fields than documented beside links", LINKS, _always(with_body(_with_more))),
    RightServer("other values where none is documented", JOB, succeeding(with_body(_other_job))),
    RightServer("whole numbers with a point", JOB, succeeding(with_body(_in_floats))),
    RightServer(
        "JPEG in base64", JOB, succeeding(repainting(lambda file: repainted(file, "JPEG")))
    ),
    RightServer(
        "WebP in base64", LINKS, succeeding(repainting(lambda file: repainted(file, "WEBP")))
    ),
    RightServer("JPEG behind links", LINKS, downloading(_retyped("JPEG", "image/jpeg"))),
    RightServer("WebP behind links", TALL, downloading(_retyped("WEBP", "IMAGE/WEBP"))),
    RightServer("header names in lower case", JOB, _always(_cased(str.lower))),
    RightServer("header names in capitals", LINKS, answering(lambda *_: True, _cased(str.upper))),
    RightServer("a charset", JOB, _always(_media_type("application/json; charset=utf-8"))),
    RightServer("a media type in capitals", JOB, _always(_media_type("Application/JSON"))),
    RightServer("answers in chunks", JOB, _always(lambda a: replace(a, length=False))),
    RightServer("images in chunks", LINKS, downloading(lambda a: replace(a, length=False))),
    RightServer("compressed answers", JOB, _always(_zipped)),
    RightServer("compressed images", LINKS, downloading(_zipped)),
    RightServer("indented JSON", JOB, _always(_rewritten(indent=4))),
    RightServer(
        "JSON beyond ASCII", JOB, _always(_rewritten(ensure_ascii=False, separators=(",", ":")))
    ),
    RightServer("statusCode as a string", JOB, refusing_with(setting("/statusCode", str))),
    RightServer("request ids in capitals", JOB, refusing_with(setting("/requestId", str.upper))),
    RightServer(
        "other words for what is wrong", JOB, refusing_with(setting("/message", _rewording), 400)
    ),
    RightServer("a message for 404", JOB, refusing_with(setting("/message", "No such page"), 404)),
    RightServer("links that redirect", LINKS, _redirecting),
    RightServer("links to another host", LINKS, succeeding(in_every_image(_by_another_name))),
    RightServer("link and base64 together", LINKS, _with_both),
    RightServer("null for what was not requested", LINKS, succeeding(in_every_image(_with_null))),
    RightServer("no usage", LINKS, succeeding(dropping("/meta"))),
    RightServer("null for the usage", LINKS, succeeding(setting("/meta/usage", None))),
    RightServer("other images each time", LINKS, _never_the_same),
    RightServer("answers out of step", LINKS, _taking_its_time),
    RightServer("half images and empty prompts accepted", JOB, _rounding),
]
