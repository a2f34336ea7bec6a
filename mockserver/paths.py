"""The only place that knows where the shipped data and the contract tests are."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_data"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent

SCHEMAS = _ROOT / "schemas"
_SHIPPED = f"{SCHEMAS}{os.sep}"
FIXTURES = _ROOT / "fixtures"
CONTRACT_TESTS = (_PACKAGE if _INSTALLED.is_dir() else _ROOT) / "contract_tests"


def is_shipped(file: Path) -> bool:
    """Return whether a schema or contract is shipped with the package, whose tests have read it."""
    return os.path.normpath(file).startswith(_SHIPPED)
