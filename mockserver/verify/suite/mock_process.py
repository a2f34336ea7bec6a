"""The mocks that the suite starts itself: real servers on free ports of this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mockserver
from mockserver.contracts import Contract, ContractCatalog

__all__ = ["Mock", "MockFailed", "options_for"]

_START_SECONDS = 30
_STOP_SECONDS = 10
_URL = re.compile(rb"http://127\.0\.0\.1:\d+")


class MockFailed(Exception):
    """A mock did not start; the text holds what it said."""


def options_for(contract: Contract, catalog: ContractCatalog) -> tuple[str, ...]:
    """Say how a mock is started that serves a contract: plainly, where it is its model's default.

    No other model's revision is chosen along with it. A request without a model goes to the default
    one's contract, and that of another revision may take what this contract forbids.
    """
    folders = [option for folder in catalog.more for option in ("--schemas", str(folder))]
    default = catalog.select()[contract.model]
    return (*folders, *(() if default.id == contract.id else ("--contract", contract.id)))


class Mock:
    """A running mock; ``url`` is its base URL. Close it after use.

    :param options: of ``mockserver serve``.
    :raises MockFailed: when it does not start.
    """

    def __init__(self, *options: str) -> None:
        arguments = ["-m", "mockserver", "serve", "--port", "0", "--no-access-log", *options]
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
