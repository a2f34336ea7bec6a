"""Make the options known to ``pytest --pyargs contract_tests``.

For ``--pyargs`` pytest loads a package's ``conftest.py`` only after it has read the command line.
As an entry point this module is loaded before; it stays out of every run that does not name the
suite, so that no other project meets its options.
"""

from __future__ import annotations

import pytest

from mockserver.verify.suite import options

__all__ = ["pytest_load_initial_conftests"]


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    known = early_config.known_args_namespace
    names = [str(argument).partition("::")[0] for argument in known.file_or_dir]
    if known.pyargs and any(name.partition(".")[0] == "contract_tests" for name in names):
        options.register(early_config.pluginmanager)
