"""Wrong fields in the answer with images."""

from __future__ import annotations

import unicodedata

from tests.servers.behavior import (
    dropping,
    in_every_image,
    repicturing,
    setting,
    succeeding,
    with_body,
)
from tests.servers.mutation import JOB, LINKS, TALL, TOKENS, WrongServer
from tests.servers.stub_server import Response

BODY = "/response/body"


def _response(name: str, contract: str, change: object, *expects: str) -> WrongServer:
    assert callable(change)
    return WrongServer(name, contract, succeeding(change), expects)


def _field(name: str, at: str, value: object, rule: str, level: str = "documented") -> WrongServer:
    return _response(name, JOB, setting(at, value), f"{level} {BODY}{at} ({rule})")


def _links(
    name: str, at: str, value: object, rule: str, level: str = "client-required"
) -> WrongServer:
    return _response(name, LINKS, setting(at, value), f"{level} {BODY}{at} ({rule})")


def _missing(name: str, contract: str, at: str, level: str) -> WrongServer:
    return _response(name, contract, dropping(at), f"{level} {BODY}{at} (required)")


def _echo(name: str, at: str, value: object, *expects: str) -> WrongServer:
    return _response(name, JOB, setting(at, value), f"semantic {BODY}{at} (echo)", *expects)


def _renamed(body: dict[str, object]) -> dict[str, object]:
    return {"images": body["data"], **{k: v for k, v in body.items() if k != "data"}}


def _with_text(replace: object) -> object:
    def change(response: Response) -> Response:
        assert callable(replace)
        return Response(response.status, response.headers, replace(response.body))

    return change


WRONG_RESPONSES = [
    _missing("a missing field", JOB, "/model_owner", "documented"),
    _missing("a missing field further down", JOB, "/args/steps", "documented"),
    _missing("no output", JOB, "/output", "documented"),
    _missing("no time of making", LINKS, "/created", "client-required"),
    _missing("no data", LINKS, "/data", "client-required"),
    _missing("no credits in the usage", LINKS, "/meta/usage/credits_used", "documented"),
    _missing("no tokens in the usage", TOKENS, "/meta/usage/tokens_used", "documented"),
    _field("a number as a string", "/num_returns", str, "type"),
    _field("a number as a string further down", "/args/n", str, "type"),
    _field("a string instead of an array", "/prompt", lambda prompts: prompts[0], "type"),
    _field("an array in an array", "/prompt/0", lambda prompt: [prompt], "type"),
    _field("null instead of an object", "/tags", None, "type"),
    _field("an object instead of an array", "/subjobs", {}, "type"),
    _field("one image instead of an array", "/output/choices", lambda c: c[0], "type"),
    _field("null instead of an image", "/output/choices/0/image_base64", None, "type"),
    _field("a number instead of a status", "/status", 1, "type"),
    _field("an empty status", "/status", "", "minLength", "client-required"),
    _field("a fraction of an image", "/num_returns", 1.5, "type", "client-required"),
    _links("a time as a string", "/created", str, "type"),
    _links("a time with a fraction", "/created", lambda now: now + 0.5, "type"),
    _links("null instead of data", "/data", None, "type"),
    _links("no images in the data", "/data", [], "minItems"),
    _links("credits as a string", "/meta/usage/credits_used", str, "type", "documented"),
    _links("negative credits", "/meta/usage/credits_used", -1, "minimum"),
    _links("an array instead of the usage", "/meta/usage", [], "type", "documented"),
    _response(
        "data by another name",
        LINKS,
        with_body(_renamed),
        f"client-required {BODY}/data (required)",
    ),
    _response(
        "an array around the body", JOB, with_body(lambda body: [body]), f"documented {BODY} (type)"
    ),
    _response(
        "JSON cut short", JOB, _with_text(lambda text: text[:-1]), f"documented {BODY} (json)"
    ),
    _response(
        "a number that is no JSON",
        JOB,
        _with_text(lambda text: text.replace(b'"num_returns": 1', b'"num_returns": NaN')),
        f"documented {BODY} (json)",
        "NaN",
    ),
    _response("no body", JOB, _with_text(lambda _: b""), f"documented {BODY} (json)"),
    _response(
        "an HTML page",
        LINKS,
        lambda _: Response(200, {"Content-Type": "text/html"}, b"<h1>Welcome</h1>"),
        "documented /response/headers/content-type (content-type)",
    ),
    _response(
        "200 for 201",
        JOB,
        lambda response: Response(200, response.headers, response.body),
        "documented /response/status (status)",
        "expected: 201",
    ),
    _response(
        "201 for 200",
        LINKS,
        lambda response: Response(201, response.headers, response.body),
        "documented /response/status (status)",
        "expected: 200",
    ),
    _response(
        "another media type",
        JOB,
        lambda response: response.with_header("Content-Type", "text/plain"),
        "documented /response/headers/content-type (content-type)",
    ),
    _echo("another prompt", "/args/prompt", "a cat"),
    _echo("a prompt without its outer spaces", "/prompt/0", str.lstrip, "-spaces]"),
    _echo("a prompt cut at 100 characters", "/prompt/0", lambda prompt: prompt[:100], "prompt="),
    _echo(
        "a prompt in another normal form",
        "/args/prompt",
        lambda prompt: unicodedata.normalize("NFC", prompt),
        "-combining]",
    ),
    _echo(
        "a prompt decoded as Latin-1",
        "/args/prompt",
        lambda prompt: prompt.encode().decode("latin-1"),
        "-emoji]",
    ),
    _echo(
        "a prompt with HTML's escapes", "/prompt/0", lambda p: p.replace("<", "&lt;"), "-markup]"
    ),
    _echo("another model", "/model", "dall-e-3"),
    _echo("one image counted, whatever was requested", "/num_returns", 1, "n=2]"),
    _echo("another n", "/args/n", lambda n: n + 1),
    _echo("the default size, whatever was requested", "/args/size", "1024x1024"),
    _response(
        "one image too few",
        JOB,
        repicturing(lambda items: items[: max(1, len(items) - 1)]),
        f"semantic {BODY}/output/choices (count)",
        "n=2]",
    ),
    _response(
        "one link too many",
        LINKS,
        repicturing(lambda items: [*items, items[0]]),
        f"semantic {BODY}/data (count)",
    ),
    _response(
        "at most four images",
        LINKS,
        repicturing(lambda items: items[:4]),
        f"semantic {BODY}/data (count)",
        "n=5]",
    ),
    _response(
        "no field for base64",
        TALL,
        in_every_image(lambda item: {k: v for k, v in item.items() if k != "b64_json"}),
        f"client-required {BODY}/data/0/b64_json (required)",
    ),
    _response(
        "null for a link",
        LINKS,
        in_every_image(lambda item: {**item, "url": None} if "url" in item else item),
        f"client-required {BODY}/data/0/url (type)",
    ),
]
