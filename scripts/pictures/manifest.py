"""The manifest of the fixture pictures, and the comparison of a drawing with what is on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from . import png
from .catalogue import Picture
from .develop import SIDE, photograph, shrunk

LICENCE = "MIT"
"""The project's own: its code drew the pictures."""

FACTORS = (1, 2, 4)
"""How many times smaller than drawn each file is: 1024, 512 and 256 pixels."""


@dataclass(frozen=True)
class Entry:
    """One file of a picture, as the manifest lists it; `path` is relative to the fixtures."""

    path: str
    width: int
    height: int
    media_type: str
    bytes: int
    sha256: str
    pixels_sha256: str


@dataclass(frozen=True)
class Drawing:
    """A picture as it was just drawn: the bytes of each file and its entry."""

    picture: Picture
    files: tuple[tuple[Entry, bytes], ...]

    @property
    def record(self) -> dict[str, object]:
        """The picture's part of the manifest."""
        return {
            "name": self.picture.name,
            "description": self.picture.description,
            "licence": LICENCE,
            "prompts": list(self.picture.prompts),
            "files": [asdict(entry) for entry, _ in self.files],
        }


def draw(picture: Picture) -> Drawing:
    """Draw `picture` in every size."""
    full = photograph(picture.scene, picture.seed, picture.grain, SIDE)
    return Drawing(picture, tuple(_file(picture.name, shrunk(full, factor)) for factor in FACTORS))


def write(fixtures: Path, drawings: Sequence[Drawing]) -> None:
    """Write the files and the manifest under `fixtures`."""
    (fixtures / "pictures").mkdir(parents=True, exist_ok=True)
    for drawing in drawings:
        for entry, data in drawing.files:
            (fixtures / entry.path).write_bytes(data)
    (fixtures / "manifest.json").write_text(_text(drawings), encoding="utf-8")


def differences(fixtures: Path, drawings: Sequence[Drawing]) -> Iterator[str]:
    """Say, a line each, what on disk is not as it was just drawn.

    A file whose deflated bytes alone differ is not a difference: builds of zlib pack the same
    pixels differently.
    """
    manifest = fixtures / "manifest.json"
    listed = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    records = {record["name"]: record for record in listed.get("pictures", [])}
    if list(records) != [drawing.picture.name for drawing in drawings]:
        names = ", ".join(records) or "nothing"
        yield f"manifest.json: lists {names} instead of every picture in order"
    for drawing in drawings:
        yield from _picture_differences(fixtures, drawing, records.get(drawing.picture.name, {}))
    known = {entry.path for drawing in drawings for entry, _ in drawing.files}
    for path in sorted((fixtures / "pictures").glob("*")):
        if f"pictures/{path.name}" not in known:
            yield f"pictures/{path.name}: belongs to no picture"


def _picture_differences(
    fixtures: Path, drawing: Drawing, record: dict[str, object]
) -> Iterator[str]:
    name = drawing.picture.name
    for field, value in drawing.record.items():
        if field != "files" and record.get(field) != value:
            yield f"manifest.json: {name}: {field} is {record.get(field)!r}, not {value!r}"
    listed = record.get("files")
    entries = {entry["path"]: entry for entry in listed} if isinstance(listed, list) else {}
    for entry, data in drawing.files:
        found = _file_difference(fixtures / entry.path, entry, data, entries.get(entry.path, {}))
        if found:
            yield f"{entry.path}: {found}"


def _file_difference(path: Path, entry: Entry, data: bytes, listed: dict[str, object]) -> str:
    """What is wrong with one file; nothing when it holds the pixels just drawn."""
    if not path.exists():
        return "is missing"
    stored = path.read_bytes()
    if not png.same_picture(stored, data):
        return "is another picture than the script draws"
    truth = asdict(entry) | {"bytes": len(stored), "sha256": hashlib.sha256(stored).hexdigest()}
    wrong = [field for field, value in truth.items() if listed.get(field) != value]
    return f"the manifest is wrong about its {', '.join(wrong)}" if wrong else ""


def _file(name: str, pixels: png.Pixels) -> tuple[Entry, bytes]:
    height, width, _ = pixels.shape
    data = png.encode(pixels)
    entry = Entry(
        path=f"pictures/{name}-{width}x{height}.png",
        width=width,
        height=height,
        media_type="image/png",
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        pixels_sha256=hashlib.sha256(pixels.tobytes()).hexdigest(),
    )
    return entry, data


def _text(drawings: Sequence[Drawing]) -> str:
    return json.dumps({"pictures": [drawing.record for drawing in drawings]}, indent=2) + "\n"
