"""The OpenAI SDK for Node, from npm."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from mockserver.strict_json import JSON
from tests.clients.cases import PATIENCE

_FOLDER = Path(__file__).parent
_PROGRAM = "node.mjs"
_INSTALL = "npm install --prefix tests/clients --no-package-lock --ignore-scripts"


class NoNode(Exception):
    """Node or the SDK is not installed; the text says which, and how to get it."""


def check_node() -> None:
    """See that the program can run.

    :raises NoNode: when it cannot.
    """
    if not shutil.which("node"):
        raise NoNode("node is not installed")
    if not (_FOLDER / "node_modules/openai").is_dir():
        raise NoNode(f"the OpenAI SDK for Node is not installed: {_INSTALL}")


def run_node(url: str, keys: Sequence[str]) -> tuple[str, list[dict[str, JSON]]]:
    """Run the program with every key at once: the SDK's version, and what became of each.

    :raises NoNode: when it cannot run.
    """
    check_node()
    command = ["node", _PROGRAM, url, str(PATIENCE), *keys]
    done = subprocess.run(
        command, cwd=_FOLDER, capture_output=True, text=True, check=True, timeout=120
    )
    first, *lines = map(json.loads, done.stdout.splitlines())
    return first["version"], lines
