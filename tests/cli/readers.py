"""Small client programs for ``mockserver compat``, one for each way to read a response."""

from __future__ import annotations

import json
import os
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

_TIMEOUT_SECONDS = 20.0


def send(**fields: object) -> Any:  # noqa: ANN401
    """Request an image, and return the response's JSON."""
    fields = {"model": os.environ["AIMLAPI_MODEL"], "prompt": "A red fox in the snow", **fields}
    headers = {
        "Authorization": f"Bearer {os.environ['AIMLAPI_KEY']}",
        "Content-Type": "application/json",
    }
    url = f"{os.environ['AIMLAPI_BASE_URL']}/images/generations"
    request = Request(url, json.dumps(fields).encode(), headers)
    with urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
        return json.load(response)


def download(link: str) -> bytes:
    with urlopen(link, timeout=_TIMEOUT_SECONDS) as response:
        return bytes(response.read())


def data_url() -> bytes | None:
    """Follow the first link in ``data``, and ignore what is missing."""
    links = (image.get("url") for image in send().get("data") or [])
    return next((download(link) for link in links if link), None)


def data_either() -> bytes:
    """Read the first image of ``data`` by the field that is there, though it may hold null."""
    image = send()["data"][0]
    # Wrong on purpose: many clients look for the field only, and documents let it be null.
    return b64decode(image["b64_json"]) if "b64_json" in image else download(image["url"])


def choices_b64() -> bytes:
    """Read the first image of ``output.choices``, which must be there."""
    return b64decode(send()["output"]["choices"][0]["image_base64"])


def three_shapes() -> bytes | None:
    """Send the fields, and read the three shapes, that LiteLLM's provider ``aiml`` does."""
    size = {"width": 1024, "height": 1024}
    response = send(num_images=1, output_format="url", image_size=size)
    return next((file for image in _images(response) if (file := _file(image))), None)


def _images(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from response.get("data") or []
    yield from (response.get("output") or {}).get("choices") or []
    yield from response.get("images") or []


def _file(image: dict[str, Any]) -> bytes | None:
    if image.get("url"):
        return download(image["url"])
    fields = ("b64_json", "image_base64")
    return next((b64decode(image[name]) for name in fields if image.get(name)), None)


READERS: dict[str, Callable[[], bytes | None]] = {
    reader.__name__.replace("_", "-"): reader
    for reader in (data_url, data_either, choices_b64, three_shapes)
}


def main() -> None:
    image = READERS[sys.argv[1]]()
    if image is None:
        sys.exit(3)
    Path(os.environ["MOCKSERVER_IMAGE"]).write_bytes(image)


if __name__ == "__main__":
    main()
