"""The suite's command line options. Imports nothing, since every run of pytest may load it."""

from __future__ import annotations

import sys
from typing import Any

import pytest

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


def register(pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options to a run of pytest, once."""
    if not pluginmanager.has_plugin(__name__):
        pluginmanager.register(sys.modules[__name__], __name__)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contract suite")
    for name, attributes in _OPTIONS.items():
        group.addoption(name, **attributes)
