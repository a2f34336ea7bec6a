"""Imports between the packages go one way; docs/architecture.md has the table."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement

import mockserver

PACKAGE = Path(mockserver.__file__).parent
PROJECT = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]

LAYERS = """
    clock errors optional_deps paths strict_json
    images settings
    contracts
    compare openapi recording server
    app
    testing
    verify
    cli
    __main__ pytest_plugin
"""
"""A part may import from the layers above its own line, and from its own layer."""

WEB_FRAMEWORK = {"flask", "werkzeug"}
SUITE_MAY_IMPORT = {"contracts", "strict_json", "verify"}

LAYER = {
    part: number
    for number, parts in enumerate(LAYERS.strip().splitlines())
    for part in parts.split()
}
MODULES = {
    ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted(PACKAGE.rglob("*.py"))
    if "_data" not in file.parts
}
SUITE = sorted((PACKAGE.parent / "contract_tests").rglob("*.py"))
FILES = [*MODULES.values(), *SUITE]

POSIX_ONLY = {
    *("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"),
    *(f"os.{name}" for name in ("fork", "geteuid", "getpgrp", "getuid", "killpg", "setsid")),
    *("os.sysconf", "os.tcgetpgrp", "select.epoll", "select.poll", "socket.AF_UNIX"),
    *("socket.MSG_DONTWAIT", "socket.SO_REUSEPORT"),
}


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The modules that statements import, as far as they are ours, else their top-level names."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from inside & MODULES.keys() or {node.module}


@cache
def imported_by(file: Path) -> frozenset[str]:
    """The modules that a file imports, in its functions too."""
    return frozenset(
        imported([each for each in ast.walk(tree(file)) if isinstance(each, ast.stmt)])
    )


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_packages_and_flat_modules_are_few() -> None:
    packages = {part_of(name) for name in MODULES if MODULES[name].parent != PACKAGE} - {""}
    flat = [file.stem for file in PACKAGE.glob("*.py")]
    assert len(packages) <= 11, packages
    assert len(flat) <= 8, flat


def test_imports_go_one_way() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, file in MODULES.items()
        if part_of(module)
        for name in imported_by(file)
        if name.startswith("mockserver.") and LAYER[part_of(name)] > LAYER[part_of(module)]
    ]
    assert wrong == []


def test_packages_of_one_layer_do_not_import_each_other_both_ways() -> None:
    pairs = {
        (part_of(module), part_of(name))
        for module, file in MODULES.items()
        for name in imported_by(file)
        if name.startswith("mockserver.") and part_of(name) != part_of(module)
    }
    assert [pair for pair in pairs if pair[::-1] in pairs and pair[0]] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: set(imported(tree(file).body)) for name, file in MODULES.items()}
    assert len(list(TopologicalSorter(graph).static_order())) >= len(MODULES)


def test_only_the_app_and_what_is_above_it_import_the_web_framework() -> None:
    importing = {
        part_of(module)
        for module, file in MODULES.items()
        if {name.partition(".")[0] for name in imported_by(file)} & WEB_FRAMEWORK
    }
    assert [part for part in importing if LAYER[part] < LAYER["app"]] == []


def test_mockserver_never_imports_the_contract_tests() -> None:
    assert [
        module
        for module, file in MODULES.items()
        if any(name.startswith("contract_tests") for name in imported_by(file))
    ] == []


def test_the_contract_tests_import_only_contracts_and_their_machinery() -> None:
    ours = {
        part_of(name)
        for file in SUITE
        for name in imported_by(file)
        if name.startswith("mockserver.")
    }
    assert ours <= SUITE_MAY_IMPORT


def test_every_package_lists_its_public_names() -> None:
    wrong = []
    for name in (name for name, file in MODULES.items() if file.name == "__init__.py"):
        package = import_module(name)
        offered = getattr(package, "__all__", [])
        is_whole = bool(offered) or len(tree(MODULES[name]).body) == 1
        if not (is_whole and all(hasattr(package, each) for each in offered)):
            wrong.append(name)
    assert wrong == []


def test_what_is_imported_is_declared_as_a_dependency_and_what_is_declared_is_imported() -> None:
    names = {name.partition(".")[0] for file in FILES for name in imported_by(file)}
    # Only type checkers know _typeshed.
    names -= sys.stdlib_module_names | {"_typeshed", "contract_tests", "mockserver"}
    packages = packages_distributions()
    owners = {
        name: {each.lower().replace("_", "-") for each in packages.get(name, [name])}
        for name in names
    }
    extras = PROJECT["optional-dependencies"].values()
    declared = {Requirement(each).name for each in chain(PROJECT["dependencies"], *extras)}
    assert {name for name in names if not owners[name] & declared} == set()
    # Imported by mockserver.optional_deps.extra: anyio, which comes with httpx.
    assert declared - set().union(*owners.values()) == {"httpx"}
    source = "".join(file.read_text() for file in (PACKAGE / "testing").glob("*.py"))
    assert 'extra("anyio", "httpx", ' in source
    assert 'extra("requests", "requests", ' in source


def test_nothing_is_needed_at_import_that_windows_has_not() -> None:
    everywhere = {"signal.SIGABRT", "signal.SIGINT", "signal.SIGTERM"}
    needed = {
        f"{file}: {name}"
        for file in FILES
        for name in set(names_at_import(tree(file))) - everywhere
        if name in POSIX_ONLY or re.fullmatch(r"signal\.SIG[A-Z0-9]+", name)
    }
    assert needed == set()


def names_at_import(node: ast.AST) -> Iterator[str]:
    """The modules, and the attributes of modules, that importing a file comes upon."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        yield f"{node.value.id}.{node.attr}"
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from names_at_import(child)
