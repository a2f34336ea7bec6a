"""``mockserver doctor`` finds what is wrong, and says the way out."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from mockserver import MockServer
from mockserver.errors import ExitCode, MockserverError
from mockserver.optional_deps import require
from mockserver.paths import FIXTURES
from tests.process import run

KEY = "mock-doctor-key"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mockserver.toml").write_text("port = 0\n")
    for name in ("AIMLAPI_KEY", "AIML_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def _no_contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one test reads all contracts, which takes a second."""
    monkeypatch.setattr("mockserver.cli.doctor._contracts", lambda *_: "")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockServer]:
    with MockServer(api_keys=(KEY,)) as api:
        monkeypatch.setattr("mockserver.recording.target.PROVIDER", api.url)
        yield api


def checked(*options: str, **variables: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit code; the result and the text of each check."""
    status, printed, problem = run("doctor", "--json", *options, variables=variables)
    checks = json.loads(printed or problem)["checks"]
    return status, {check["name"]: (check["result"], check["text"]) for check in checks}


def test_a_complete_installation_has_nothing_wrong() -> None:
    status, printed, _ = run("doctor")
    assert status == ExitCode.OK
    assert {line.split()[0] for line in printed.splitlines()} == {"ok"}
    assert "contracts of 83 models, all valid" in printed


@pytest.mark.usefixtures("_no_contracts")
def test_a_port_in_use_is_a_warning() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        status, checks = checked(MOCKSERVER_LISTEN_PORT=str(port))
    result, text = checks["port"]
    assert (status, result) == (ExitCode.OK, "warning")
    assert f"port {port} of 127.0.0.1 is in use; --port {port + 1}" in text


@pytest.mark.usefixtures("_no_contracts")
@pytest.mark.parametrize(
    ("file", "variables", "problem"),
    [
        ('target = "lvie"', {}, "target: expected mock, live or a base URL"),
        ("por = 1", {}, "unknown key 'por'; did you mean 'port'?"),
        ("", {"MOCKSERVER_COST": "-1"}, "expected a whole number of at least 0"),
        ('rules = "none.toml"', {}, "none.toml: cannot be read"),
        ('latency = "fast"', {}, "mockserver.toml: latency: expected "),
    ],
)
def test_an_invalid_configuration_is_an_error(
    file: str, variables: dict[str, str], problem: str
) -> None:
    Path("mockserver.toml").write_text(file)
    status, checks = checked(**variables)
    assert status == ExitCode.FINDINGS
    assert checks["configuration"][0] == "error"
    assert problem in checks["configuration"][1]


def test_an_invalid_contract_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "contract.json").write_text("{}")
    status, checks = checked(MOCKSERVER_SCHEMAS=str(folder))
    assert status == ExitCode.FINDINGS
    assert checks["contracts"][0] == "error"
    assert str(folder) in checks["contracts"][1]


@pytest.mark.usefixtures("_no_contracts")
def test_a_changed_image_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "manifest.json").write_bytes((FIXTURES / "manifest.json").read_bytes())
    monkeypatch.setattr("mockserver.cli.doctor.FIXTURES", tmp_path)
    status, checks = checked()
    assert (status, checks["images"][0]) == (ExitCode.FINDINGS, "error")
    assert "is missing or changed; install the package again" in checks["images"][1]


@pytest.mark.usefixtures("_no_contracts")
def test_a_missing_extra_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.optional_deps.find_spec", lambda _: None)
    status, checks = checked()
    assert status == ExitCode.OK
    assert checks["extra httpx"][0] == "warning"
    assert "needs httpx: pip install '" in checks["extra httpx"][1]


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        ('{"url": "file:///home/a%20b/project", "dir_info": {}}', "/home/a b/project"),
        ('{"url": "https://files.test/x.whl"}', "aimlapi-mockserver"),
        (None, "aimlapi-mockserver"),
    ],
)
def test_what_is_missing_is_installed_from_where_the_package_came(
    monkeypatch: pytest.MonkeyPatch, origin: str | None, source: str
) -> None:
    installed = SimpleNamespace(name="aimlapi-mockserver", read_text=lambda _: origin)
    monkeypatch.setattr("mockserver.optional_deps.distribution", lambda _: installed)
    with pytest.raises(MockserverError, match=re.escape(f"pip install '{source}[httpx]'")):
        require("httpx", "it", "no_such_module")


@pytest.mark.usefixtures("_no_contracts")
def test_the_live_api_is_asked_only_with_live(provider: MockServer) -> None:
    checked(AIMLAPI_KEY=KEY)
    assert provider.find() == []
    status, checks = checked("--live", AIMLAPI_KEY=KEY)
    assert status == ExitCode.OK
    assert checks["models"] == ("ok", "83 listed by the live API")
    assert checks["API key"] == ("ok", "accepted by the live API")


@pytest.mark.usefixtures("_no_contracts", "provider")
@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({}, "needs the API key in AIMLAPI_KEY or AIML_API_KEY"),
        ({"AIMLAPI_KEY": "mock-wrong"}, "/v1/billing/balance responds with 401; check the key"),
    ],
)
def test_a_bad_key_is_an_error_and_is_not_printed(variables: dict[str, str], problem: str) -> None:
    status, checks = checked("--live", **variables)
    assert (status, checks["API key"][0]) == (ExitCode.FINDINGS, "error")
    assert problem in checks["API key"][1]
    assert "mock-wrong" not in str(checks)


@pytest.mark.usefixtures("_no_contracts")
def test_an_api_that_cannot_be_reached_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.recording.target.PROVIDER", "http://127.0.0.1:1")
    _, checks = checked("--live", AIMLAPI_KEY=KEY)
    assert "no response from http://127.0.0.1:1/v1/models: " in checks["models"][1]
    assert "; check network and proxy" in checks["models"][1]
