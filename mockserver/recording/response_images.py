"""Find the images of a response, whatever contract it keeps."""

from __future__ import annotations

import base64
import binascii

from mockserver.contracts import Response
from mockserver.images.inspect import media_type
from mockserver.recording.json_strings import strings
from mockserver.strict_json import parse_or_none

_LINK_FIELD = "/url"
"""The end of the JSON pointer of what clients take for a link to an image."""

_MIN_BASE64 = 64
"""No shorter text is an image in base64."""


def image_links(response: Response) -> list[str]:
    """Return the links to images in a response, each once."""
    links = [
        text
        for pointer, text in strings(parse_or_none(response.body))
        if pointer.endswith(_LINK_FIELD) and text.startswith(("http://", "https://"))
    ]
    return list(dict.fromkeys(links))


def decode_image(text: str) -> bytes | None:
    """Return the image in a base64 text; None unless its bytes encode to the same text again."""
    if len(text) < _MIN_BASE64:
        return None
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    is_same = base64.b64encode(data).decode() == text
    return data if media_type(data) and is_same else None
