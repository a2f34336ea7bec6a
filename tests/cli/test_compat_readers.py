"""The shipped readers, alone: which places of an answer they look into, and what they ask."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockserver.cli.compat.program import Ended
from mockserver.images.inspect import inspect
from mockserver.paths import FIXTURES
from mockserver.strict_json import JSON
from tests.http import PINNED
from tests.process import clean_environment
from tests.servers.stub_server import Asked, Response, Right, Standin, mock_of, serving

IMAGE = next(iter(sorted((FIXTURES / "images").glob("*-256x256.png")))).read_bytes()
BASE64 = b64encode(IMAGE).decode()


@contextmanager
def answering(response: JSON) -> Iterator[tuple[str, list[JSON]]]:
    """A server with one answer, in which ``LINK`` stands for a link, and what it was asked."""
    asked: list[JSON] = []
    place: list[str] = []

    def behave(request: Asked, _: Right) -> Response:
        if request.method == "GET":
            return Response(200, {"Content-Type": "image/png"}, IMAGE)
        asked.append(request.json)
        text = json.dumps(response).replace("LINK", f"{place[0]}/image.png")
        return Response(200, {"Content-Type": "application/json"}, text.encode())

    with serving(Standin(mock_of(PINNED), behave)) as url:
        place.append(url)
        yield url, asked


def read(reader: str, url: str, file: Path) -> int:
    variables = {
        "AIMLAPI_BASE_URL": url,
        "AIMLAPI_KEY": "mock-key",
        "MOCKSERVER_IMAGE": str(file),
    }
    return subprocess.run(
        [sys.executable, "-m", f"mockserver.cli.compat.readers.{reader}"],
        env=clean_environment(**variables),
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=30,
    ).returncode


@pytest.mark.parametrize(
    ("reader", "response"),
    [
        ("three_shapes", {"data": [{"url": "LINK"}]}),
        ("three_shapes", {"data": [{"url": None, "b64_json": BASE64}]}),
        ("three_shapes", {"data": [{"image_base64": BASE64}]}),
        ("three_shapes", {"data": None, "output": {"choices": [{"image_base64": BASE64}]}}),
        ("three_shapes", {"output": {"choices": [{"url": "LINK"}]}}),
        ("three_shapes", {"images": [{"url": "LINK"}]}),
        ("three_shapes", {"images": [{}, {"image_base64": BASE64}]}),
        ("data_url", {"data": [{"url": None}, {"url": "LINK"}]}),
        ("data_either", {"data": [{"b64_json": BASE64}]}),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value)[:40],
)
def test_a_reader_finds_a_image_where_it_looks(reader: str, response: JSON, tmp_path: Path) -> None:
    with answering(response) as (url, _):
        assert read(reader, url, tmp_path / "image") == 0
    assert inspect((tmp_path / "image").read_bytes()).width == 256


@pytest.mark.parametrize("reader", ["three_shapes", "data_url"])
@pytest.mark.parametrize("response", [{}, {"data": None}, {"data": [{}]}], ids=str)
def test_a_reader_that_tolerates_all_finds_nothing(
    reader: str, response: JSON, tmp_path: Path
) -> None:
    with answering(response) as (url, _):
        assert read(reader, url, tmp_path / "image") == 3
    assert not (tmp_path / "image").exists()


def test_the_reader_of_three_shapes_asks_as_litellm_does(tmp_path: Path) -> None:
    with answering({}) as (url, asked):
        read("three_shapes", url, tmp_path / "image")
    (request,) = asked
    assert request.keys() == {"model", "prompt", "num_images", "output_format", "image_size"}
    assert request["image_size"] == {"width": 1024, "height": 1024}


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ("", ""),
        ("one\ntwo\n\n", "two"),
        ("TypeError: no\n    at main\nNode.js v22\n", "TypeError: no"),
        ("a\tb\x1b[0m", "a b [0m"),
        ("x" * 1000, "x" * 159 + "…"),
    ],
)
def test_of_what_a_program_prints_the_telling_line_is_kept(output: str, complaint: str) -> None:
    assert Ended(1, output).complaint == complaint
