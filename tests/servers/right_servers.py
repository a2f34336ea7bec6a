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
from tests.servers.stub_server import Asked, Behaviour, Response, Right

__all__ = ["RIGHT_SERVERS", "Variant"]

_ELSEWHERE = "/elsewhere"


@dataclass(frozen=True)
class Variant:
    """A server that is right in its own way."""

    name: str
    contract: str
    behave: Behaviour

    def __str__(self) -> str:
        return self.name


def _always(change: Callable[[Response], Response]) -> Behaviour:
    return answering(lambda asked, _: asked.method == "POST", change)


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


def _redirecting(asked: Asked, right: Right) -> Response:
    """Send whoever follows a link on to where the image is."""
    if asked.path.startswith(_ELSEWHERE):
        return right(replace(asked, path=asked.path.removeprefix(_ELSEWHERE)))
    if asked.method == "GET":
        return Response(302, {"Location": _ELSEWHERE + asked.path})
    return right(asked)


def _by_another_name(item: JSON) -> JSON:
    if "url" not in item:
        return item
    return {**item, "url": urlsplit(item["url"])._replace(netloc=_local(item["url"])).geturl()}


def _local(url: str) -> str:
    return f"localhost:{urlsplit(url).port}"


def _with_both(asked: Asked, right: Right) -> Response:
    """Hand over link and base64 together, whichever was asked for."""
    response = right(asked)
    if asked.method == "GET" or response.status >= 300:
        return response
    bodies = [right(asked.with_json({**asked.json, "response_format": f})).json for f in _FORMATS]
    pairs = zip(*(body["data"] for body in bodies), strict=True)
    return response.with_json({**response.json, "data": [{**a, **b} for a, b in pairs]})


_FORMATS = ("url", "b64_json")


def _with_null(item: JSON) -> JSON:
    return {"url": None, "b64_json": None, "revised_prompt": None, **item}


def _never_the_same(asked: Asked, right: Right) -> Response:
    """Paint another image each time, as a model does."""
    if asked.method == "GET" or not isinstance(asked.json, dict):
        return right(asked)
    other = f"{random.random()}"
    response = right(asked)
    if response.status >= 300:
        return response
    return right(asked.with_json({**asked.json, "prompt": other}))


def _taking_its_time(asked: Asked, right: Right) -> Response:
    time.sleep(random.random() / 50)
    return right(asked)


def _rounding(asked: Asked, right: Right) -> Response:
    """Accept what only our overlay forbids: half images and empty prompts."""
    response = right(asked)
    body = asked.json
    if response.status != 400 or not isinstance(body, dict):
        return response
    n = body.get("n")
    whole = {"n": int(n)} if isinstance(n, float) and 1 <= n <= 10 else {}
    prompt = {"prompt": "nothing"} if body.get("prompt") == "" else {}
    return right(asked.with_json({**body, **whole, **prompt}))


def _rewording(message: str) -> str:
    return message.split("\n", maxsplit=1)[0] + "\n- please mend your request"


RIGHT_SERVERS = [
    Variant("fields in another order", JOB, _always(with_body(_backwards))),
    Variant("more fields than documented", JOB, _always(with_body(_with_more))),
    Variant("more fields than documented beside links", LINKS, _always(with_body(_with_more))),
    Variant("other values where none is documented", JOB, succeeding(with_body(_other_job))),
    Variant("whole numbers with a point", JOB, succeeding(with_body(_in_floats))),
    Variant("JPEG in base64", JOB, succeeding(repainting(lambda file: repainted(file, "JPEG")))),
    Variant("WebP in base64", LINKS, succeeding(repainting(lambda file: repainted(file, "WEBP")))),
    Variant("JPEG behind links", LINKS, downloading(_retyped("JPEG", "image/jpeg"))),
    Variant("WebP behind links", TALL, downloading(_retyped("WEBP", "IMAGE/WEBP"))),
    Variant("header names in lower case", JOB, _always(_cased(str.lower))),
    Variant("header names in capitals", LINKS, answering(lambda *_: True, _cased(str.upper))),
    Variant("a charset", JOB, _always(_media_type("application/json; charset=utf-8"))),
    Variant("a media type in capitals", JOB, _always(_media_type("Application/JSON"))),
    Variant("answers in chunks", JOB, _always(lambda response: replace(response, length=False))),
    Variant("images in chunks", LINKS, downloading(lambda a: replace(a, length=False))),
    Variant("compressed answers", JOB, _always(_zipped)),
    Variant("compressed images", LINKS, downloading(_zipped)),
    Variant("indented JSON", JOB, _always(_rewritten(indent=4))),
    Variant(
        "JSON beyond ASCII", JOB, _always(_rewritten(ensure_ascii=False, separators=(",", ":")))
    ),
    Variant("statusCode as a string", JOB, refusing_with(setting("/statusCode", str))),
    Variant("request ids in capitals", JOB, refusing_with(setting("/requestId", str.upper))),
    Variant(
        "other words for what is wrong", JOB, refusing_with(setting("/message", _rewording), 400)
    ),
    Variant("a message for 404", JOB, refusing_with(setting("/message", "No such page"), 404)),
    Variant("links that redirect", LINKS, _redirecting),
    Variant("links to another host", LINKS, succeeding(in_every_image(_by_another_name))),
    Variant("link and base64 together", LINKS, _with_both),
    Variant("null for what was not asked for", LINKS, succeeding(in_every_image(_with_null))),
    Variant("no usage", LINKS, succeeding(dropping("/meta"))),
    Variant("null for the usage", LINKS, succeeding(setting("/meta/usage", None))),
    Variant("other images each time", LINKS, _never_the_same),
    Variant("answers out of step", LINKS, _taking_its_time),
    Variant("half images and empty prompts accepted", JOB, _rounding),
]
