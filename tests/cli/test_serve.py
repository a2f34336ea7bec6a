"""The mock as its users meet it: started by its command, asked over HTTP by their own tools."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import openai
import pytest
import requests

from mockserver.images.inspect import inspect
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.admin_transport import over_http
from tests.http import BEARER, NEWEST, PAGE_PROMPT, PATH, Serve
from tests.process import banner, end, gunicorn, served, started

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pinned() -> Iterator[str]:
    with served() as origin:
        yield origin


@pytest.fixture(scope="module")
def latest() -> Iterator[str]:
    with served("--contract", NEWEST) as origin:
        yield origin


@pytest.fixture(scope="module")
def sdk(latest: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="mock-key", base_url=f"{latest}/v1", max_retries=0) as client:
        yield client


def size_of(image: bytes) -> tuple[int, int]:
    seen = inspect(image)
    return seen.width, seen.height


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize(
    ("shell", "model"),
    [("sh", "dall-e-2"), ("bash", "openai/gpt-image-1"), ("sh", "flux/dev/image-to-image")],
)
def test_the_line_that_the_banner_prints_saves_an_image(
    shell: str, model: str, tmp_path: Path
) -> None:
    with started("--no-access-log", "--contract", model) as process:
        origin, told = banner(process)
        (line,) = (line for line in told.splitlines() if "curl" in line)
        command = [shell, "-c", line[line.index("curl") :]]
        subprocess.run(command, cwd=tmp_path, check=True)
        image = (tmp_path / "image.png").read_bytes()
        AdminClient(over_http(origin)).fail(429)
        refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert min(size_of(image)) >= 256
    assert refused.returncode != 0
    assert "429" in refused.stderr
    assert (tmp_path / "image.png").read_bytes() == image


def test_the_openai_sdk_generates_and_downloads_by_url(sdk: openai.OpenAI) -> None:
    response = sdk.images.generate(model="dall-e-2", prompt=PAGE_PROMPT, n=2, size="512x512")
    assert response.data
    assert len(response.data) == 2
    for image in response.data:
        assert image.b64_json is None
        assert image.url
        assert size_of(requests.get(image.url, timeout=10).content) == (512, 512)


def test_the_openai_sdk_generates_by_base64(sdk: openai.OpenAI) -> None:
    response = sdk.images.generate(
        model="dall-e-2", prompt="🦖", size="256x256", response_format="b64_json"
    )
    assert response.data
    (image,) = response.data
    assert image.url is None
    assert size_of(base64.b64decode(image.b64_json or "")) == (256, 256)
    assert response.created > 0


def test_the_openai_sdk_understands_an_api_error(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="n: Expected a number of at most 10"):
        sdk.images.generate(model="dall-e-2", prompt="x", n=11)


def test_the_openai_sdk_understands_that_its_key_is_wrong(serve: Serve) -> None:
    origin = serve("--api-key", "mock-good")
    with (
        openai.OpenAI(api_key="mock-bad", base_url=f"{origin}/v1", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError, match="requires a valid API key"),
    ):
        client.images.generate(model="dall-e-2", prompt="x")


def test_links_and_error_bodies_come_over_http_as_in_process(latest: str) -> None:
    body = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}
    with requests.Session() as session:
        response = session.post(f"{latest}{PATH}", json=body, headers=BEARER, timeout=10)
        link = response.json()["data"][0]["url"]
        assert link.startswith(f"{latest}/generated/")
        part = session.get(link, headers={"Range": "bytes=0-7"}, timeout=10)
        assert (part.status_code, part.content) == (206, b"\x89PNG\r\n\x1a\n")
        refused = session.get(link[:-4], timeout=10)
        assert refused.status_code == 403
        assert refused.json()["requestId"] == refused.headers["X-Request-Id"]


def test_a_body_of_unknown_length_is_bounded_too(pinned: str) -> None:
    connection = HTTPConnection(urlsplit(pinned).netloc, timeout=10)
    headers = {**BEARER, "Content-Type": "application/json"}
    pieces = (b" " * 65536 for _ in range(17))
    connection.request("POST", PATH, pieces, headers, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["statusCode"]) == (413, 413)
    connection.close()


def test_what_is_too_large_is_refused_as_all_else_is() -> None:
    """By the mock itself: a page may read it, it carries its id, and it is in the log."""
    with started() as process:
        origin, _ = banner(process)
        headers = {**BEARER, "Content-Type": "application/json", "Origin": "https://page.test"}
        response = requests.post(f"{origin}{PATH}", b" " * 2_000_000, headers=headers, timeout=10)
        end(process)
        assert process.stderr is not None
        assert f"POST {PATH} 413" in process.stderr.read()
    assert response.status_code == 413
    assert response.headers["Access-Control-Allow-Origin"] in {"*", "https://page.test"}
    assert response.headers["X-Request-Id"] == response.json()["requestId"]


def test_processes_of_gunicorn_answer_and_serve_each_others_links() -> None:
    variables = {"MOCKSERVER_CONTRACTS": NEWEST, "MOCKSERVER_URL_SECRET": "mock-secret"}
    body = {"model": "dall-e-2", "prompt": "A red fox", "n": 10}
    with gunicorn(**variables) as (origin, _), requests.Session() as session:
        response = session.post(f"{origin}{PATH}", json=body, headers=BEARER, timeout=10)
        for image in response.json()["data"]:
            # A new connection each, so that both processes take some of them.
            assert size_of(requests.get(image["url"], timeout=10).content) == (1024, 1024)
        encoded = {**body, "response_format": "b64_json"}
        response = session.post(f"{origin}{PATH}", json=encoded, headers=BEARER, timeout=10)
        assert int(response.headers["Content-Length"]) == len(response.content) > 10_000_000
        images = [base64.b64decode(image["b64_json"]) for image in response.json()["data"]]
        assert [size_of(image) for image in images] == [(1024, 1024)] * 10
        refused = session.get(f"{origin}/__admin/settings", timeout=10)
        assert (refused.status_code, refused.json()["statusCode"]) == (403, 403)


def test_http_1_0_without_a_host_is_answered_with_links_that_lead_somewhere(latest: str) -> None:
    body = json.dumps({"model": "dall-e-2", "prompt": "x", "size": "256x256"}).encode()
    connection = HTTPConnection(urlsplit(latest).netloc, timeout=10)
    connection.connect()
    head = f"POST {PATH} HTTP/1.0\r\nAuthorization: Bearer mock-key\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sock.sendall(head.encode() + body)
    with connection.sock.makefile("rb") as stream:
        _, _, response = stream.read().partition(b"\r\n\r\n")
    connection.close()
    link = json.loads(response)["data"][0]["url"]
    assert size_of(requests.get(link, timeout=10).content) == (256, 256)


def test_ctrl_c_ends_the_mock_quietly() -> None:
    with started() as process:
        origin, _ = banner(process)
        requests.get(f"{origin}/healthz", timeout=10)
        end(process)
        assert process.stderr is not None
        complaint = process.stderr.read()
    assert process.returncode in {0, 130, -signal.SIGINT}
    assert "Traceback" not in complaint
    assert "GET /healthz 200" in complaint
