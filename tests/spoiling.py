"""Change a JSON file in one place, to see what becomes of it."""

from __future__ import annotations

import json
from pathlib import Path

from mockserver.jsontext import JSON

__all__ = ["put"]


def put(file: Path, pointer: str, value: JSON) -> None:
    """Write a value at a place in a JSON file, which may be new."""
    document = json.loads(file.read_text())
    *steps, last = pointer.split("/")[1:]
    node = document
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step]
    node[last] = value
    file.write_text(json.dumps(document))
