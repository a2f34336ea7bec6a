"""A program for each Python library: ask for two images, and fetch the first by its link."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import openai
import requests
from openai import OpenAI

from tests.clients.cases import PATIENCE
from tests.http import PATH

Program = Callable[[str, str], object]
"""Takes the mock's URL and a key."""

BODY = {"model": "dall-e-2", "prompt": "A red fox in the snow", "n": 2, "size": "256x256"}


def _requests(url: str, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    response = requests.post(url + PATH, json=BODY, headers=headers, timeout=PATIENCE)
    response.raise_for_status()
    image = requests.get(response.json()["data"][0]["url"], timeout=PATIENCE)
    image.raise_for_status()


def _httpx(url: str, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(timeout=PATIENCE, verify=False) as client:
        response = client.post(url + PATH, json=BODY, headers=headers)
        response.raise_for_status()
        client.get(response.json()["data"][0]["url"]).raise_for_status()


def _openai(url: str, key: str) -> None:
    with OpenAI(base_url=f"{url}/v1", api_key=key, timeout=PATIENCE) as client:
        response = client.images.generate(
            model="dall-e-2", prompt="A red fox in the snow", n=2, size="256x256"
        )
    link = response.data[0].url
    httpx.get(link, timeout=PATIENCE).raise_for_status()


LIBRARIES: dict[str, tuple[str, Program]] = {
    "requests": (f"requests {requests.__version__}", _requests),
    "httpx": (f"httpx {httpx.__version__}", _httpx),
    "openai": (f"OpenAI SDK {openai.__version__} (Python)", _openai),
}


def attempt(program: Program, url: str, key: str) -> tuple[str, float]:
    """Run a program, and give the class of what it raised, and how many seconds it took."""
    begun = time.monotonic()
    try:
        program(url, key)
    except Exception as error:  # noqa: BLE001
        return type(error).__name__, time.monotonic() - begun
    return "", time.monotonic() - begun


def warm_up() -> None:
    """Import what the libraries import late, so that no case pays for it."""
    for _, program in LIBRARIES.values():
        attempt(program, "http://127.0.0.1:9", "mock-key")
