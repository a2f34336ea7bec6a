"""Start the servers that are measured, each in processes of its own on loopback."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "PATH",
    "BenchmarkError",
    "Server",
    "origin",
    "process",
    "require_programs",
    "started_mock",
    "started_nginx",
    "started_peer",
]

PATH = "/v1/images/generations"
ROOT = Path(__file__).resolve().parent.parent
_TIMEOUT_SECONDS = 20


class BenchmarkError(Exception):
    """The measurement failed; the text is one line."""


@dataclass(frozen=True)
class Server:
    """A running server.

    :ivar url: the URL to request; in nginx's, ``{size}`` is the name of a response.
    """

    name: str
    pid: int
    url: str


def require_programs(*programs: str) -> None:
    """Raise an error when a program is not installed.

    :raises BenchmarkError: with the command that installs what is missing.
    """
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise BenchmarkError(f"more programs are needed: apt-get install {' '.join(missing)}")


@contextmanager
def process(command: list[str], *, quiet: bool = False) -> Iterator[subprocess.Popen[str]]:
    """Run a command in the checkout until the context ends."""
    # Without byte code on disk, Python compiles each module at every start; users have it.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment = {**inherited, "PYTHONPATH": str(ROOT)}
    out, errors = (subprocess.DEVNULL, subprocess.DEVNULL) if quiet else (subprocess.PIPE, None)
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=out, stderr=errors, text=True
    ) as running:
        try:
            yield running
        finally:
            _end(running)


def _end(running: subprocess.Popen[str]) -> None:
    running.terminate()
    try:
        running.wait(_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()


@contextmanager
def started_mock() -> Iterator[Server]:
    """Run the mock as a user does, without its access log."""
    options = ["--port", "0", "--no-access-log"]
    with process([sys.executable, "-m", "mockserver", "serve", *options]) as running:
        yield Server("mock", running.pid, origin(running) + PATH)


def origin(running: subprocess.Popen[str]) -> str:
    """Return the mock's base URL, which it prints at its start."""
    assert running.stdout
    for line in running.stdout:
        if found := re.search(r"http://[\d.]+:\d+", line):
            return found[0]
    raise BenchmarkError("the mock has ended before it printed its address")


@contextmanager
def started_nginx(folder: Path, bodies: Mapping[str, bytes]) -> Iterator[Server]:
    """Run nginx, which sends each response from a file, to GET and POST alike."""
    folder.chmod(0o755)
    for size, body in bodies.items():
        (folder / size).write_bytes(body)
    port = free_port()
    template = Path(__file__).with_name("nginx.conf").read_text()
    config = folder / "nginx.conf"
    config.write_text(template.replace("FOLDER", str(folder)).replace("PORT", str(port)))
    with process(["nginx", "-p", str(folder), "-c", str(config)], quiet=True) as running:
        wait_until_listening("nginx", port)
        yield Server("nginx", running.pid, f"http://127.0.0.1:{port}/{{size}}")


@contextmanager
def started_peer(option: str) -> Iterator[Server]:
    """Run another server, given as ``NAME=COMMAND`` with ``{port}`` in it."""
    name, _, command = option.partition("=")
    port = free_port()
    with process(shlex.split(command.replace("{port}", str(port))), quiet=True) as running:
        wait_until_listening(name, port)
        yield Server(name, running.pid, f"http://127.0.0.1:{port}{PATH}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_until_listening(name: str, port: int) -> None:
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise BenchmarkError(f"{name} does not listen after {_TIMEOUT_SECONDS} s")
