"""The mocks that the suite starts itself: real servers on free ports of this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import mockserver
from mockserver.contract import Contract

__all__ = ["Mock", "MockFailed", "rounds"]

_START_SECONDS = 30
_STOP_SECONDS = 10
_URL = re.compile(rb"http://127\.0\.0\.1:\d+")


class MockFailed(Exception):
    """A mock did not start; the text holds what it said."""


def rounds(contracts: Iterable[Contract]) -> list[list[Contract]]:
    """Put together what one mock can serve: one revision of each model."""
    together: list[list[Contract]] = []
    for contract in contracts:
        fitting = (group for group in together if all(c.model != contract.model for c in group))
        group = next(fitting, None)
        if group is None:
            together.append(group := [])
        group.append(contract)
    return together


class Mock:
    """A running mock; ``url`` is its base URL. Close it after use.

    :param contracts: what it serves, one revision of each model.
    :raises MockFailed: when it does not start.
    """

    def __init__(self, contracts: Iterable[Contract]) -> None:
        chosen = [word for contract in contracts for word in ("--contract", contract.id)]
        arguments = ["-m", "mockserver", "serve", "--port", "0", "--no-access-log", *chosen]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=_environment(),
        )
        try:
            self.url = self._wait_for_url()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process, and wait until it has ended."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _wait_for_url(self) -> str:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            ended = self._process.poll()
            if found := _URL.search(said := self._said()):
                return found[0].decode()
            if ended is not None:
                break
            time.sleep(0.02)
        words = said.decode(errors="replace").strip() or "nothing"
        raise MockFailed(f"the mock did not start; it said:\n{words}")

    def _said(self) -> bytes:
        return os.pread(self._log.fileno(), 1 << 16, 0)


def _environment() -> dict[str, str]:
    """Let the process find the package where this one found it, wherever it was started."""
    home = str(Path(mockserver.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    own = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
    return {**own, "PYTHONPATH": path}
