"""Make ``docs/clients.md`` anew: ``python -m tests.clients``."""

from __future__ import annotations

import sys

from tests.clients.node import NoNode
from tests.clients.table import PAGE, made

if __name__ == "__main__":
    try:
        PAGE.write_text(made())
    except NoNode as error:
        sys.exit(f"error: {error}")
    print(f"{PAGE} is written")
