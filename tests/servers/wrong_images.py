"""Wrong images: in base64 and behind links."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Callable
from dataclasses import replace

from tests.servers.behavior import (
    downloading,
    in_every_image,
    repainted,
    repainting,
    succeeding,
)
from tests.servers.mutation import JOB, LINKS, TALL, WIDE, WrongServer
from tests.servers.stub_server import Behavior, Response, Right, StubRequest

BASE64 = "/response/body/output/choices/0/image_base64"
LINK = "/response/body/data/0/url"


def _painted(name: str, rule: str, repaint: Callable[[bytes], bytes]) -> WrongServer:
    behave = succeeding(repainting(repaint))
    return WrongServer(name, JOB, behave, (f"semantic {BASE64} ({rule})",))


def _encoded(name: str, encode: Callable[[bytes], str]) -> WrongServer:
    behave = succeeding(repainting(lambda file: file, encode))
    return WrongServer(name, JOB, behave, (f"semantic {BASE64} (base64)",))


def _linked(
    name: str, rule: str, change: Callable[[str], str], level: str = "semantic"
) -> WrongServer:
    def changed(item: dict[str, str]) -> dict[str, str]:
        return {**item, "url": change(item["url"])} if "url" in item else item

    behave = succeeding(in_every_image(changed))
    return WrongServer(name, LINKS, behave, (f"{level} {LINK} ({rule})",))


def _fetched(
    name: str, rule: str, change: Callable[[Response], Response], contract: str = LINKS
) -> WrongServer:
    return WrongServer(name, contract, downloading(change), (f"semantic {LINK} ({rule})",))


def _mime(file: bytes) -> str:
    return base64.encodebytes(file).decode()


def _url_safe(file: bytes) -> str:
    return base64.b64encode(file, altchars=b"-_").decode()


def _with_wrong_byte(file: bytes) -> bytes:
    middle = len(file) // 2
    return file[:middle] + bytes([file[middle] ^ 1]) + file[middle + 1 :]


def _for_members_only(request: StubRequest, right: Right) -> Response:
    if request.method == "GET" and request.authorization is None:
        return Response(401, {"Content-Type": "application/json"}, b"{}")
    return right(request)


def _turned(file: bytes) -> bytes:
    width, height = (int.from_bytes(file[at : at + 4]) for at in (16, 20))
    return repainted(file, "PNG", height, width)


def _sized(width: int, height: int) -> Callable[[bytes], bytes]:
    return lambda file: repainted(file, "PNG", width, height)


def _of_size(width: int, height: int, size: str | None) -> Behavior:
    """Paint images of one size wrong."""

    def behave(request: StubRequest, right: Right) -> Response:
        response = right(request)
        if response.status >= 300 or request.method != "POST" or request.json.get("size") != size:
            return response
        return repainting(_sized(width, height))(response)

    return behave


def _as_base64(request: StubRequest) -> StubRequest:
    body = request.json
    if not isinstance(body, dict) or body.get("response_format") not in (None, "url"):
        return request
    return request.with_json({**body, "response_format": "b64_json"})


WRONG_IMAGES = [
    _painted("an image of 255 pixels", "image-size", _sized(255, 256)),
    WrongServer(
        "an image of 511 pixels",
        JOB,
        _of_size(511, 512, "512x512"),
        (f"semantic {BASE64} (image-size)", "size=512x512]", "511x512"),
    ),
    WrongServer(
        "a default size of 512 pixels",
        JOB,
        _of_size(512, 512, None),
        (f"semantic {BASE64} (image-size)", "without-size]"),
    ),
    _fetched(
        "width and height exchanged",
        "image-size",
        lambda a: replace(a, body=_turned(a.body)),
        TALL,
    ),
    _painted("an image cut short", "image", lambda file: file[:-20]),
    _painted("half an image", "image", lambda file: file[: len(file) // 2]),
    _painted("an image with a wrong byte", "image", _with_wrong_byte),
    _painted("a GIF", "image", lambda file: repainted(file, "GIF")),
    _painted("a JPEG cut short", "image", lambda file: repainted(file, "JPEG")[:-2]),
    _painted("something behind the image", "image", lambda file: file + b"more"),
    _painted("text instead of an image", "image", lambda _: b"a T-Rex on a beach"),
    _encoded("base64 with line breaks", _mime),
    _encoded(
        "base64 in short lines", lambda file: textwrap.fill(base64.b64encode(file).decode(), 76)
    ),
    _encoded("base64 for URLs", _url_safe),
    _encoded("a data URL", lambda file: "data:image/png;base64," + base64.b64encode(file).decode()),
    _encoded("base64 with a space", lambda file: base64.b64encode(file).decode() + " "),
    _encoded("hexadecimal instead of base64", lambda file: file.hex() + "0"),
    _linked("a relative link", "format", lambda url: "/" + url.split("/", 3)[3], "client-required"),
    _linked(
        "a link without its scheme",
        "format",
        lambda url: url.removeprefix("http:"),
        "client-required",
    ),
    _linked("a link to another scheme", "absolute-url", lambda url: url.replace("http", "ftp", 1)),
    _linked("a link with a space", "format", lambda url: url + "&name=a b", "client-required"),
    _linked("a dead link", "download", lambda _: "http://127.0.0.1:9/image.png"),
    _linked("a link that was tampered with", "download", lambda url: url + "0"),
    _linked("a link to the wrong page", "download", lambda url: url.replace("/generated/", "/")),
    WrongServer(
        "links for members only", LINKS, _for_members_only, (f"semantic {LINK} (download)", "401")
    ),
    _fetched("an image that breaks off", "download", lambda a: replace(a, length=len(a.body) + 9)),
    _fetched("a link that leads to nothing", "image", lambda a: replace(a, body=b"")),
    _fetched(
        "a link that leads to half an image", "image", lambda a: replace(a, body=a.body[:999])
    ),
    _fetched(
        "PNG called JPEG", "content-type", lambda a: a.with_header("Content-Type", "image/jpeg")
    ),
    _fetched(
        "PNG called text", "content-type", lambda a: a.with_header("Content-Type", "text/html")
    ),
    _fetched(
        "a link that leads to a smaller image",
        "image-size",
        lambda a: replace(a, body=_sized(128, 128)(a.body)),
    ),
    _fetched("a link that serves 404 with the image", "download", lambda a: replace(a, status=404)),
    WrongServer(
        "base64 where a link was requested",
        WIDE,
        lambda request, right: right(_as_base64(request)),
        ("client-required /response/body/data/0/url (required)",),
    ),
]
