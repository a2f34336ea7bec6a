"""A real Redis for the tests, on a free loopback port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_TIMEOUT_SECONDS = 20


def needs_program(name: str) -> None:
    """Skip a test where a program is not installed; in CI it has to be."""
    if shutil.which(name) is None:
        line = f"{name} is not installed: apt-get install {name}"
        if os.environ.get("CI"):
            pytest.fail(line)
        pytest.skip(line)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def redis_server(port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Redis that writes nothing to disk, until the block ends."""
    needs_program("redis-server")
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", folder]
        log = Path(folder) / "log"
        process = subprocess.Popen(
            ["redis-server", *arguments, "--logfile", str(log), *options],
            stdin=subprocess.DEVNULL,
        )
        try:
            wait_for_port(port, process, log)
            yield process
        finally:
            process.kill()
            process.wait(_TIMEOUT_SECONDS)


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a process listens; if it ends before, fail with its log."""
    for _ in range(_TIMEOUT_SECONDS * 100):
        with suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
            return
        assert process.poll() is None, log.read_text()
        time.sleep(0.01)
    pytest.fail(f"nothing listens on {port}")
