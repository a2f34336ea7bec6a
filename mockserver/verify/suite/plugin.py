"""The suite's command line options, and their registration for ``pytest --pyargs``.

For ``--pyargs`` pytest loads a package's ``conftest.py`` only after it has parsed the command line.
This module is an entry point, which pytest loads before, in every project. So it imports nothing
else, and adds the options only to a run that names the suite.
"""

from __future__ import annotations

from typing import Any

import pytest

__all__ = ["pytest_load_initial_conftests", "register"]

_SUITE_PACKAGE = "mockserver.contract_tests"
"""The name of the installed suite."""
_GROUP = "contract suite"

_OPTIONS: dict[str, dict[str, Any]] = {
    "--target": {
        "metavar": "mock|live|URL",
        "default": "mock",
        "help": "what is tested: a mock that the suite starts itself (the default), live for the "
        "paid API with the key from AIMLAPI_KEY or AIML_API_KEY, or any server's base URL",
    },
    "--contract": {
        "metavar": "MODEL@REVISION",
        "action": "append",
        "default": [],
        "help": "what it is held to, repeatable; by default a sample for the mock, the pinned "
        "one for anything else",
    },
    "--schemas": {
        "metavar": "DIR",
        "action": "append",
        "default": [],
        "help": "a folder with further contracts, repeatable",
    },
    "--headers": {
        "choices": ("on", "off", "as-documented"),
        "default": "as-documented",
        "help": "whether the response headers of the documents since 2026-08-19 are checked: "
        "always, never, or for revisions since then (the default)",
    },
    "--max-images": {
        "metavar": "N",
        "type": int,
        "default": 6,
        "help": "how many images to pay for on the live API, counted at the smallest size: one of "
        "four times the area counts as four (default: %(default)s)",
    },
    "--timeout": {
        "metavar": "SECONDS",
        "type": float,
        "default": None,
        "help": "how long a response may take (default: 30, on the live API 180)",
    },
    "--header": {
        "metavar": "NAME:VALUE",
        "action": "append",
        "default": [],
        "help": "a header for a gateway before the target, sent with each request to its origin; "
        "the value is written nowhere; repeatable",
    },
}


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    arguments = early_config.known_args_namespace
    names = [str(name).partition("::")[0] for name in arguments.file_or_dir]
    if arguments.pyargs and any(f"{name}.".startswith(f"{_SUITE_PACKAGE}.") for name in names):
        register(early_config.pluginmanager)


def register(pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options to a run of pytest, once."""
    if not pluginmanager.has_plugin(_GROUP):
        pluginmanager.register(_Options(), _GROUP)


class _Options:
    def pytest_addoption(self, parser: pytest.Parser) -> None:
        group = parser.getgroup(_GROUP)
        for name, attributes in _OPTIONS.items():
            group.addoption(name, **attributes)
