"""The servers that are measured: how to install each, and its configuration for one response.

Every server sends the same response to the same POST request, by what its documentation recommends
for a fixed response: no log of requests, no templates, large bodies from files.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as distribution_version
from pathlib import Path
from typing import Any
from uuid import UUID

import mockserver
from benchmarks.servers import (
    CONTRACT,
    HEADERS,
    HOST,
    PATH,
    BenchmarkError,
    Server,
    free_port,
    mock_command,
    started,
)
from mockserver.app.factory import create_app
from mockserver.settings import Settings

MOCK = "mock"
"""The name of the server that the others are compared with."""

SIZES = {
    "1k": (1, "256x256", "url"),
    "100k": (1, "256x256", "b64_json"),
    "2m": (1, "1024x1024", "b64_json"),
    "19m": (10, "1024x1024", "b64_json"),
}
"""The responses that are measured: the number of images, their size, and their format."""

_HERE = Path(__file__).parent
_PEERS = _HERE / "peers"
_NPM = "npm install --prefix benchmarks/peers --no-package-lock --ignore-scripts"
_IN_FILES = 10_000
"""The size from which a response is sent from a file where a server has the choice."""


@dataclass(frozen=True)
class Sample:
    """A request, the mock's response to it, and the OpenAPI document of both."""

    name: str
    request: bytes
    response: bytes
    document: dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A server that can be measured.

    :ivar version: returns its version; None where it is not installed.
    :ivar configure: writes the configuration for a folder, a port and a response, and returns
        the command.
    :ivar install: how to install it.
    """

    name: str
    version: Callable[[], str | None]
    configure: Callable[[Path, int, Sample], list[str]]
    install: str = ""


def sample(size: str) -> Sample:
    """Return the request and the response of a size.

    :raises BenchmarkError: when there is no such size.
    """
    if size not in SIZES:
        raise BenchmarkError(f"expected a size of {', '.join(SIZES)}, received {size!r}")
    n, dimensions, response_format = SIZES[size]
    fields = {"model": "dall-e-2", "prompt": "a hedgehog", "n": n, "size": dimensions}
    request = json.dumps({**fields, "response_format": response_format}).encode()
    client = create_app(Settings(contracts=(CONTRACT,), public_url=f"http://{HOST}")).test_client()
    response = client.post(PATH, data=request, headers=HEADERS)
    document = client.get("/docs-json?model=dall-e-2&endpoint=openai%2Fimage-generations")
    return Sample(size, request, response.data, document.get_json())


@contextmanager
def running(kind: Kind, sample: Sample) -> Iterator[Server]:
    """Run a server that sends a response, until the context ends.

    :raises BenchmarkError: when it does not start.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx reads it as another user
        port = free_port()
        command = kind.configure(folder, port, sample)
        with started(kind.name, command, port, sample.request) as server:
            yield server


def _mock(_folder: Path, port: int, _sample: Sample) -> list[str]:
    return mock_command(port)


def _gunicorn(workers: int, _folder: Path, port: int, _sample: Sample) -> list[str]:
    options = ["-b", f"{HOST}:{port}", "-w", str(workers), "--threads", "16"]
    application = "mockserver:app_from_environment()"
    return [sys.executable, "-m", "gunicorn", "--no-control-socket", *options, application]


def _nginx(folder: Path, port: int, sample: Sample) -> list[str]:
    file = folder / PATH[1:]
    file.parent.mkdir(parents=True)
    file.write_bytes(sample.response)
    template = (_HERE / "nginx.conf").read_text()
    config = folder / "nginx.conf"
    config.write_text(template.replace("FOLDER", str(folder)).replace("PORT", str(port)))
    return ["nginx", "-p", str(folder), "-c", str(config)]


def _aimock(folder: Path, port: int, sample: Sample) -> list[str]:
    names = {"url": "url", "b64_json": "b64Json"}
    data = json.loads(sample.response)["data"]
    images = [{names[name]: value for name, value in image.items()} for image in data]
    fixture = {"match": {"endpoint": "image"}, "response": {"images": images}}
    file = _written(folder / "fixtures.json", {"fixtures": [fixture]})
    options = ["--port", str(port), "--log-level", "silent"]
    return [str(_npm_program("llmock")), "--fixtures", file, *options]


def _mockoon(folder: Path, port: int, sample: Sample) -> list[str]:
    body = {"bodyType": "INLINE", "body": sample.response.decode()}
    if len(sample.response) > _IN_FILES:
        (folder / "body.json").write_bytes(sample.response)
        body = {"bodyType": "FILE", "filePath": "body.json"}
    response = {
        "uuid": str(UUID(int=3)),
        "statusCode": 200,
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "disableTemplating": True,
        "default": True,
        **body,
    }
    route = {
        "uuid": str(UUID(int=2)),
        "type": "http",
        "method": "post",
        "endpoint": PATH[1:],
        "responses": [response],
    }
    environment = {
        "uuid": str(UUID(int=1)),
        "name": "images",
        "hostname": HOST,
        "port": port,
        "routes": [route],
        "rootChildren": [{"type": "route", "uuid": route["uuid"]}],
    }
    file = _written(folder / "environment.json", environment)
    options = ["--repair", "--disable-log-to-file", "--disable-admin-api"]
    return [str(_npm_program("mockoon-cli")), "start", "--data", file, *options]


def _wiremock(folder: Path, port: int, sample: Sample) -> list[str]:
    body = {"body": sample.response.decode()}
    if len(sample.response) > _IN_FILES:
        (folder / "__files").mkdir()
        (folder / "__files/body.json").write_bytes(sample.response)
        body = {"bodyFileName": "body.json"}
    (folder / "mappings").mkdir()
    mapping = {
        "request": {"method": "POST", "urlPath": PATH},
        "response": {"headers": {"Content-Type": "application/json"}, "status": 200, **body},
    }
    _written(folder / "mappings/images.json", mapping)
    jars = _PEERS / "node_modules/wiremock/build/*"
    options = ["--no-request-journal", "--disable-request-logging", "--disable-banner"]
    address = ["--bind-address", HOST, "--port", str(port)]
    return ["java", "-cp", str(jars), "wiremock.Run", "--root-dir", str(folder), *address, *options]


def _prism(folder: Path, port: int, sample: Sample) -> list[str]:
    document = json.loads(json.dumps(sample.document))
    success = document["paths"][PATH]["post"]["responses"]["200"]
    success["content"]["application/json"]["example"] = json.loads(sample.response)
    file = _written(folder / "openapi.json", document)
    return [str(_npm_program("prism")), "mock", file, "-p", str(port), "-v", "silent"]


def _written(file: Path, content: object) -> str:
    file.write_text(json.dumps(content))
    return str(file)


def _npm_program(name: str) -> Path:
    return _PEERS / "node_modules/.bin" / name


def _npm_version(package: str, runtime: str = "node") -> str | None:
    file = _PEERS / "node_modules" / package / "package.json"
    if not file.exists() or not shutil.which(runtime):
        return None
    return str(json.loads(file.read_text())["version"])


def _nginx_version() -> str | None:
    if not shutil.which("nginx"):
        return None
    printed = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr
    return re.sub(r".*/", "", printed.strip())


def _gunicorn_version() -> str | None:
    try:
        return distribution_version("gunicorn")
    except PackageNotFoundError:
        return None


KINDS = (
    Kind(MOCK, lambda: mockserver.__version__, _mock),
    Kind("gunicorn -w 1", _gunicorn_version, partial(_gunicorn, 1), "pip install gunicorn"),
    Kind("gunicorn -w 2", _gunicorn_version, partial(_gunicorn, 2), "pip install gunicorn"),
    Kind("aimock", partial(_npm_version, "@copilotkit/aimock"), _aimock, _NPM),
    Kind("Mockoon", partial(_npm_version, "@mockoon/cli"), _mockoon, _NPM),
    Kind(
        "WireMock",
        partial(_npm_version, "wiremock", "java"),
        _wiremock,
        f"apt-get install default-jre-headless, {_NPM}",
    ),
    Kind("Prism", partial(_npm_version, "@stoplight/prism-cli"), _prism, _NPM),
    Kind("nginx", _nginx_version, _nginx, "apt-get install nginx"),
)
"""The mock alone, the mock on gunicorn, the peers, and nginx as the limit of the machine."""


def installed(kinds: Iterable[Kind]) -> list[Kind]:
    """Return the servers that are installed, and print how to install the others."""
    found = []
    for kind in kinds:
        if kind.version() is None:
            print(f"{kind.name} is not installed: {kind.install}", file=sys.stderr)
        else:
            found.append(kind)
    return found
