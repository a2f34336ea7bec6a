"""Fixtures for pytest: a mock of the image endpoint, with a key for each test.

It also registers the options of ``pytest --pyargs mockserver.contract_tests``.

pytest loads this module into every session, so it imports the mock only when a fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockserver.testing.mock_server import MockServer, MockSession

_SUITE_PACKAGE = "mockserver.contract_tests"


@pytest.fixture(scope="session")
def image_api_settings() -> Mapping[str, Any]:
    """The keyword arguments of ``MockServer``; override this fixture to change the mock.

    They take precedence over the configuration file.
    """
    return {}


@pytest.fixture(scope="session")
def image_api_server(
    image_api_settings: Mapping[str, Any], pytestconfig: pytest.Config
) -> Iterator[MockServer]:
    """The mock, on a free port, for the whole session."""
    from mockserver.cli.config_file import find_config
    from mockserver.cli.run import run
    from mockserver.testing.mock_server import MockServer

    from_file = find_config(pytestconfig.rootpath).values_for(run)
    if "contract" in image_api_settings:
        from_file.pop("contracts", None)
    with MockServer(**{**from_file, **image_api_settings}) as server:
        yield server


@pytest.fixture
def image_api(image_api_server: MockServer) -> Iterator[MockSession]:
    """The mock for one test, with its own API key."""
    api = image_api_server.with_key()
    yield api
    api.reset()


@pytest.fixture
def image_api_env(image_api: MockSession, monkeypatch: pytest.MonkeyPatch) -> MockSession:
    """The mock for one test, with the environment variables that point clients at it."""
    for name, value in image_api.environment.items():
        monkeypatch.setenv(name, value)
    return image_api


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Register the options of the contract suite in a run that names it, and in no other.

    For ``--pyargs`` pytest loads a package's ``conftest.py`` only after it has parsed the command
    line, but an entry point before.
    """
    arguments = early_config.known_args_namespace
    names = [str(name).partition("::")[0] for name in arguments.file_or_dir]
    if arguments.pyargs and any(f"{name}.".startswith(f"{_SUITE_PACKAGE}.") for name in names):
        from mockserver.verify.suite import options

        options.register(early_config.pluginmanager)
