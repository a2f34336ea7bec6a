"""Imports go down the floors of the house, never up and never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import mockserver

PACKAGE = Path(mockserver.__file__).parent
SUITE = PACKAGE.parent / "contract_tests"

FLOORS = """
    duration errors extras imagefile jsontext paths settings
    contract pictures
    answer call control discretion faults importing journal latency limits links listing \
        openapi recording refusals replay requested revisions scrub served state target \
        tenants vary wire
    admin app downloads endpoint manners server
    __main__ adapters banner cli compat ctl history import_command mock_server option_values \
        options proxy pytest_plugin recordings run verify
"""
"""What stands on each floor, the ground floor first."""

WEB_FRAMEWORK = {"flask", "flask_cors", "werkzeug"}
ABOVE_THE_FRAMEWORK = 3
CORE = {"contract", "errors", "imagefile", "jsontext", "paths", "revisions", "target", "wire"}

FLOOR = {
    part: number
    for number, parts in enumerate(FLOORS.strip().splitlines())
    for part in parts.split()
}
MODULES = {
    ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted(PACKAGE.rglob("*.py"))
    if "_data" not in file.parts
}

each_module = pytest.mark.parametrize("module", MODULES)


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def imported(body: list[ast.stmt]) -> Iterator[str]:
    """The modules that statements import, as far as they are ours, else their top-level names."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from inside & MODULES.keys() or {node.module}


def everywhere(file: Path) -> list[ast.stmt]:
    return [node for node in ast.walk(tree(file)) if isinstance(node, ast.stmt)]


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@each_module
def test_a_module_has_a_floor(module: str) -> None:
    part = part_of(module)
    assert not part or part in FLOOR, f"put {part} on a floor of tests/test_floors.py"


@each_module
def test_imports_never_go_up(module: str) -> None:
    own = FLOOR.get(part_of(module), len(FLOOR))
    below = {
        name for name in imported(everywhere(MODULES[module])) if name.startswith("mockserver.")
    }
    higher = {name for name in below if FLOOR.get(part_of(name), 0) > own}
    assert not higher, f"{module} stands on floor {own}"


@each_module
def test_the_web_framework_is_known_on_the_upper_floors_only(module: str) -> None:
    known = {name.partition(".")[0] for name in imported(everywhere(MODULES[module]))}
    if known & WEB_FRAMEWORK:
        assert FLOOR[part_of(module)] >= ABOVE_THE_FRAMEWORK


def test_there_are_no_circles() -> None:
    graph = {name: set(imported(tree(file).body)) for name, file in MODULES.items()}
    assert len(list(TopologicalSorter(graph).static_order())) >= len(MODULES)


@pytest.mark.parametrize("file", sorted(SUITE.glob("*.py")), ids=lambda file: file.stem)
def test_the_contract_suite_knows_only_the_core(file: Path) -> None:
    ours = {name for name in imported(everywhere(file)) if name.startswith("mockserver.")}
    assert {part_of(name) for name in ours} <= CORE


@each_module
def test_nothing_is_printed(module: str) -> None:
    calls = [node for node in ast.walk(tree(MODULES[module])) if isinstance(node, ast.Call)]
    assert not [c.lineno for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]


@pytest.mark.parametrize("module", [name for name in MODULES if not name.endswith("__main__")])
def test_a_module_says_what_it_offers(module: str) -> None:
    here = import_module(module)
    offered = getattr(here, "__all__", [])
    assert [name for name in offered if not hasattr(here, name)] == []
    assert offered == sorted(set(offered), key=order)
    assert offered or len(tree(MODULES[module]).body) == 1, "__all__ is missing"


def order(name: str) -> tuple[int, str]:
    """Constants first, then classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name
