"""The servers that are measured, each a process tree of its own on loopback."""

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
    "Contestant",
    "need",
    "origin",
    "process",
    "started_mock",
    "started_nginx",
    "started_peer",
]

PATH = "/v1/images/generations"
ROOT = Path(__file__).resolve().parent.parent
_PATIENCE_SECONDS = 20


class BenchmarkError(Exception):
    """The figures cannot be taken; its text is one clear line."""


@dataclass(frozen=True)
class Contestant:
    """A server that runs.

    :ivar url: where it answers; for nginx, ``{size}`` stands for the answer's name.
    """

    name: str
    pid: int
    url: str


def need(*programs: str) -> None:
    """Make sure that programs are there.

    :raises BenchmarkError: when one is not.
    """
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise BenchmarkError(f"needs more programs: apt-get install {' '.join(missing)}")


@contextmanager
def process(command: list[str], *, quiet: bool = False) -> Iterator[subprocess.Popen[str]]:
    """Run a command from the checkout, for as long as the context lasts."""
    # Byte code that is not kept would be compiled again at every start, unlike a user's.
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPATH": str(ROOT)}
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
        running.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()


@contextmanager
def started_mock() -> Iterator[Contestant]:
    """Run the mock as a user would, without its access log."""
    options = ["--port", "0", "--no-access-log"]
    with process([sys.executable, "-m", "mockserver", "serve", *options]) as running:
        yield Contestant("mock", running.pid, origin(running) + PATH)


def origin(running: subprocess.Popen[str]) -> str:
    """Read the mock's address from what it prints."""
    assert running.stdout
    for line in running.stdout:
        if found := re.search(r"http://[\d.]+:\d+", line):
            return found[0]
    raise BenchmarkError("the mock has ended before it printed its address")


@contextmanager
def started_nginx(folder: Path, bodies: Mapping[str, bytes]) -> Iterator[Contestant]:
    """Run nginx, with each answer's bytes as a file that it sends to GET and POST alike."""
    folder.chmod(0o755)
    for size, body in bodies.items():
        (folder / size).write_bytes(body)
    port = free_port()
    template = Path(__file__).with_name("nginx.conf").read_text()
    config = folder / "nginx.conf"
    config.write_text(template.replace("FOLDER", str(folder)).replace("PORT", str(port)))
    with process(["nginx", "-p", str(folder), "-c", str(config)], quiet=True) as running:
        await_listening("nginx", port)
        yield Contestant("nginx", running.pid, f"http://127.0.0.1:{port}/{{size}}")


@contextmanager
def started_peer(described: str) -> Iterator[Contestant]:
    """Run another server, described as ``NAME=COMMAND`` with ``{port}`` in it."""
    name, _, command = described.partition("=")
    port = free_port()
    with process(shlex.split(command.replace("{port}", str(port))), quiet=True) as running:
        await_listening(name, port)
        yield Contestant(name, running.pid, f"http://127.0.0.1:{port}{PATH}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def await_listening(name: str, port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise BenchmarkError(f"{name} does not listen after {_PATIENCE_SECONDS} s")
