"""Start servers, each in processes of its own on loopback, and end them."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
PATH = "/v1/images/generations"
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer mock-key"}
CONTRACT = "dall-e-2@2026-01-16"
"""It sends links or base64, as the request says; the pinned one sends base64 alone."""

ROOT = Path(__file__).resolve().parent.parent
_PROBE = b'{"model": "dall-e-2", "prompt": "a hedgehog", "n": 10, "response_format": "b64_json"}'
_START_SECONDS = 60
_END_SECONDS = 20


class BenchmarkError(Exception):
    """The measurement failed; the text is one line."""


@dataclass(frozen=True)
class Server:
    """A running server.

    :ivar start: the time from its command to its first whole response, in seconds.
    """

    name: str
    pid: int
    port: int
    start: float

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port."""
        return HOST, self.port


@contextmanager
def process(command: Sequence[str], errors: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in the checkout until the context ends.

    :param errors: the descriptor of the file for its standard error.
    """
    # Without byte code on disk, Python compiles each module at every start; users have it.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment = {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "NODE_ENV": "production",
        "MOCKSERVER_CONTRACT": CONTRACT,
        "MOCKSERVER_URL_SECRET": "shared by the workers",
    }
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=errors
    ) as running:
        try:
            yield running
        finally:
            _end(running)


def _end(running: subprocess.Popen[bytes]) -> None:
    running.terminate()
    try:
        running.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()


@contextmanager
def started(name: str, command: Sequence[str], port: int, body: bytes) -> Iterator[Server]:
    """Run a server until the context ends.

    :param body: of the request that it must respond to before it counts as started.
    :raises BenchmarkError: when it ends, or does not respond in time.
    """
    with tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        with process(command, errors.fileno()) as running:
            while not _answers(port, body):
                if running.poll() is not None or time.perf_counter() - begun > _START_SECONDS:
                    errors.seek(0)
                    lines = errors.read().decode(errors="replace").strip().splitlines()
                    raise BenchmarkError(f"{name} does not start: {' '.join(lines[-1:])}")
                time.sleep(0.01)
            yield Server(name, running.pid, port, time.perf_counter() - begun)


def _answers(port: int, body: bytes) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=_START_SECONDS)
    try:
        connection.request("POST", PATH, body, HEADERS)
        with connection.getresponse() as response:
            return len(response.read()) > 0 and response.status in {200, 201}
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def started_mock() -> Iterator[Server]:
    """Run the mock as a user does, without its access log; it has read all its images."""
    port = free_port()
    with started("mock", mock_command(port), port, _PROBE) as server:
        yield server


def mock_command(port: int) -> list[str]:
    """Return the command that runs the mock."""
    options = ["--port", str(port), "--no-access-log"]
    return [sys.executable, "-m", "mockserver", "serve", *options]


def free_port() -> int:
    """Return a port that no server uses."""
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])
