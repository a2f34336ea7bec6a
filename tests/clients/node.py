"""The OpenAI SDK for Node, from npm, in a directory that is gone afterwards."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mockserver.jsontext import JSON
from tests.clients.cases import PATIENCE

__all__ = ["NoNode", "node_directory", "run_node"]

_PROGRAM = Path(__file__).with_name("node.mjs")
_INSTALL = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "openai"]


class NoNode(Exception):
    """Node or its registry is not at hand; the text says which."""


@contextmanager
def node_directory() -> Iterator[Path]:
    """Install the SDK.

    :raises NoNode: when that cannot be done.
    """
    if not shutil.which("node") or not shutil.which("npm"):
        raise NoNode("node and npm are not installed")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "package.json").write_text('{"private": true}')
        shutil.copy(_PROGRAM, folder)
        try:
            subprocess.run(_INSTALL, cwd=folder, capture_output=True, check=True, timeout=120)
        except (subprocess.SubprocessError, OSError) as error:
            raise NoNode(f"npm cannot install openai: {error}") from error
        yield Path(folder)


def run_node(folder: Path, url: str, keys: Sequence[str]) -> tuple[str, list[dict[str, JSON]]]:
    """Run the program with every key at once: the SDK's version, and what became of each."""
    command = ["node", _PROGRAM.name, url, str(PATIENCE), *keys]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, timeout=120
    )
    first, *lines = map(json.loads, done.stdout.splitlines())
    return first["version"], lines
