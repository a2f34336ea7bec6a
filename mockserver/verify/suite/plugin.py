"""Register the options of ``pytest --pyargs mockserver.contract_tests``.

For ``--pyargs`` pytest loads a package's ``conftest.py`` only after it has parsed the command line.
This module is an entry point, which pytest loads before. It does nothing in a run that does not
name the suite, so no other project gets the options.
"""

from __future__ import annotations

import pytest

SUITE_PACKAGE = "mockserver.contract_tests"
"""The name of the installed suite."""


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    arguments = early_config.known_args_namespace
    names = [str(name).partition("::")[0] for name in arguments.file_or_dir]
    if arguments.pyargs and any(f"{name}.".startswith(f"{SUITE_PACKAGE}.") for name in names):
        from mockserver.verify.suite import options

        options.register(early_config.pluginmanager)
