"""The entry point of the commands ``mockserver`` and ``aimlapi-mockserver``.

It is outside the package, so that it can say so when another distribution's package ``mockserver``
is imported instead of ours.
"""

from __future__ import annotations

import sys

__all__ = ["main"]

_USAGE = 2


def main() -> None:
    """Run the command line."""
    try:
        from mockserver.cli.main import main as run
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "mockserver":
            raise
        place = getattr(sys.modules.get("mockserver"), "__file__", None)
        sys.stderr.write(
            f"aimlapi-mockserver: {place} belongs to another distribution, which also has a "
            "package named mockserver: install aimlapi-mockserver in an environment of its own\n"
        )
        sys.exit(_USAGE)
    run()


if __name__ == "__main__":
    main()
