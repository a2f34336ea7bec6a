"""Request one image for each line of JSON, with a library that finds the API by its environment.

Arguments: the library, then the fields of each request as JSON. A line of JSON holds each image.
Needs the library alone, since it runs in an environment without the mock. A connection to another
machine is refused, and an error at the end, even if the library hides it.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import urllib.request
from collections.abc import Callable
from typing import Any, TypeAlias

JSON: TypeAlias = Any

PROMPT = "A red fox in the snow"
HOSTS = {"127.0.0.1", "localhost", "::1"}

refused: list[str] = []


def refuse_other_machines(event: str, args: tuple[Any, ...]) -> None:
    if event not in {"socket.connect", "socket.getaddrinfo"}:
        return
    host = args[1][0] if event == "socket.connect" else args[0]
    if host not in HOSTS:
        refused.append(str(host))
        raise OSError(f"{host} is another machine")


def openai(fields: JSON) -> JSON:
    from openai import OpenAI

    with OpenAI() as client:
        return client.images.generate(prompt=PROMPT, **fields).data[0].model_dump()


def aimlapi(fields: JSON) -> JSON:
    from aimlapi import AIMLAPI

    with AIMLAPI() as client:
        return client.images.generate(prompt=PROMPT, **fields).data[0].model_dump()


def litellm(fields: JSON) -> JSON:
    from litellm import image_generation

    model = f"aiml/{fields['model']}"
    return image_generation(prompt=PROMPT, **{**fields, "model": model}).data[0].model_dump()


def plain(fields: JSON) -> JSON:
    headers = {
        "Authorization": f"Bearer {os.environ['AIMLAPI_KEY']}",
        "Content-Type": "application/json",
    }
    body = json.dumps({"prompt": PROMPT, **fields}).encode()
    url = f"{os.environ['AIMLAPI_BASE_URL']}/images/generations"
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as response:
        return json.load(response)["data"][0]


LIBRARIES: dict[str, Callable[[JSON], JSON]] = {
    "aimlapi": aimlapi,
    "litellm": litellm,
    "openai": openai,
    "plain": plain,
}


def image_in(item: JSON) -> str:
    if item.get("b64_json"):
        return str(item["b64_json"])
    with urllib.request.urlopen(item["url"]) as response:
        return base64.b64encode(response.read()).decode()


def main(library: str, *requests: str) -> None:
    sys.addaudithook(refuse_other_machines)
    for request in requests:
        print(json.dumps(image_in(LIBRARIES[library](json.loads(request)))))
    if refused:
        sys.exit(f"{library} wanted to connect to {', '.join(refused)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
