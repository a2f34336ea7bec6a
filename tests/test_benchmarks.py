"""The benchmarks import names of the package that still exist."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import benchmarks

MODULES = [file.stem for file in Path(benchmarks.__file__).parent.glob("*.py")]


@pytest.mark.parametrize("name", sorted({*MODULES} - {"__init__"}))
def test_every_benchmark_can_be_imported(name: str) -> None:
    assert import_module(f"benchmarks.{name}").__doc__
