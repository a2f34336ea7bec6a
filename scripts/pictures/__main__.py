"""Draw the fixture pictures, or check that those on disk are the ones drawn here."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .catalogue import PICTURES
from .manifest import Drawing, differences, draw, write

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


def main() -> int:
    """Run the command; 0 when all is well, 1 when a check found differences."""
    parser = argparse.ArgumentParser(prog="python -m scripts.pictures", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="compare with the files, write nothing"
    )
    check = parser.parse_args().check
    drawings = [_drawn(picture.name, number) for number, picture in enumerate(PICTURES)]
    if not check:
        write(FIXTURES, drawings)
        return 0
    found = list(differences(FIXTURES, drawings))
    for line in found:
        print(line)
    return 1 if found else 0


def _drawn(name: str, number: int) -> Drawing:
    print(f"drawing {number + 1} of {len(PICTURES)}: {name}", file=sys.stderr)
    return draw(PICTURES[number])


if __name__ == "__main__":
    sys.exit(main())
