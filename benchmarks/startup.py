"""The time from the start of the mock to its first image, beside the import of Flask."""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from statistics import median

from benchmarks.servers import PATH, origin, process
from benchmarks.wrk import HEADERS

__all__ = ["run"]

_REQUEST = {"model": "dall-e-2", "prompt": "a hedgehog", "size": "256x256"}


def run(rounds: int) -> None:
    """Measure both in turns, and print their ratio; the first round fills the disk caches."""
    pairs = [(_seconds_to_first_image(), _seconds_to_import_flask()) for _ in range(rounds + 1)]
    mock, flask = zip(*pairs[1:], strict=True)
    ratios = [ours / flasks for ours, flasks in pairs[1:]]
    print(f"start to first image  {median(mock) * 1000:5.0f} ms")
    print(f"python -c import flask  {median(flask) * 1000:5.0f} ms")
    print(f"ratio {median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f}), {rounds} rounds")


def _seconds_to_first_image() -> float:
    begun = time.perf_counter()
    with process([sys.executable, "-m", "mockserver", "serve", "--port", "0"]) as running:
        body = json.dumps(_REQUEST).encode()
        request = urllib.request.Request(origin(running) + PATH, body, HEADERS)
        with urllib.request.urlopen(request, timeout=20) as response:
            response.read()
        return time.perf_counter() - begun


def _seconds_to_import_flask() -> float:
    begun = time.perf_counter()
    with process([sys.executable, "-c", "import flask"]) as running:
        running.wait()
        return time.perf_counter() - begun
