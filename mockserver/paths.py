"""The only place that knows where the shipped data and the contract tests are."""

from __future__ import annotations

from pathlib import Path

__all__ = ["CONTRACT_TESTS", "FIXTURES", "SCHEMAS"]

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_data"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent

SCHEMAS = _ROOT / "schemas"
FIXTURES = _ROOT / "fixtures"
CONTRACT_TESTS = (_PACKAGE if _INSTALLED.is_dir() else _ROOT) / "contract_tests"
