"""The configuration file: which one counts, what each command takes from it, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mockserver
from mockserver.app.factory import STATE
from mockserver.cli.commands import GROUPS
from mockserver.cli.config_file import configured_commands, find_config
from mockserver.errors import ExitCode
from mockserver.settings import Settings
from tests.http import NEWEST
from tests.process import ROOT, run
from tests.servers.running import run_pytest


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shown(*arguments: str, **variables: str) -> dict[str, tuple[object, str]]:
    """What ``mockserver config`` prints: the value and the place of each key."""
    status, printed, problem = run("config", "--json", *arguments, variables=variables)
    assert status == 0, problem
    return {row["key"]: (row["value"], row["from"]) for row in json.loads(printed)["options"]}


def test_the_command_line_takes_precedence_over_the_environment_and_that_over_the_file() -> None:
    Path("mockserver.toml").write_text("seed = 1\ncost = 1\ncredits = 1\n")
    values = shown("serve", "--seed", "3", MOCKSERVER_SEED="2", MOCKSERVER_COST="2")
    assert values["seed"] == (3, "command line")
    assert values["cost"] == (2, "MOCKSERVER_COST")
    assert values["credits"] == (1, "mockserver.toml: credits")
    assert values["journal"] == (1000, "default")


def test_the_nearest_file_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.aimlapi-mockserver]\nseed = 1\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\nseed = 2\n")
    monkeypatch.chdir(below)
    assert shown()["seed"] == (1, "pyproject.toml: seed")
    (tmp_path / "mockserver.toml").write_text("seed = 3\n")
    assert shown()["seed"] == (3, "mockserver.toml: seed")


def test_a_value_is_printed_for_people() -> None:
    Path("mockserver.toml").write_text(f'contracts = ["{NEWEST}"]\nadmin = false\n')
    status, printed, _ = run("config")
    assert status == 0
    assert printed.splitlines()[0] == str(Path.cwd() / "mockserver.toml")
    rows = [line.split(maxsplit=2) for line in printed.splitlines()[1:]]
    assert ["contracts", NEWEST, "mockserver.toml: contracts"] in rows
    assert ["admin", "false", "mockserver.toml: admin"] in rows
    Path("mockserver.toml").unlink()
    assert run("config")[1].startswith("no configuration file\n")


def test_secrets_are_not_printed() -> None:
    Path("mockserver.toml").write_text('api_keys = ["mock-one"]\nurl_secret = "mock-two"\n')
    secrets = {"MOCKSERVER_ADMIN_TOKEN": "mock-three", "MOCKSERVER_STORE": "redis://:mock-four@x"}
    values = shown("serve", **secrets)
    hidden = "[redacted]"
    assert [values[name][0] for name in sorted(Settings.secrets())] == [hidden] * 4
    assert "mock-" not in run("config")[1]


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "contract.json").touch()
    (tmp_path / "own.toml").touch()
    text = 'schemas = ["contracts"]\nscenario = "own.toml"\nbaseline = "known.json"\n'
    (tmp_path / "mockserver.toml").write_text(text)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert shown()["schemas"][0] == [str(tmp_path / "contracts")]
    assert shown()["scenario"][0] == str(tmp_path / "own.toml")
    assert shown("verify")["baseline"][0] == str(tmp_path / "known.json")
    (tmp_path / "own.toml").unlink()
    assert shown()["scenario"][0] == "own.toml"  # a name, such as "flaky"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('contract = "x"', "unknown key 'contract'; did you mean 'contracts'?"),
        ("rate-limit = 1", "unknown key 'rate-limit'; did you mean 'rate_limit'?"),
        ("zzz = 1", "unknown key 'zzz'; expected one of access_log, admin, "),
        ('contracts = "x"', "contracts: expected a list of strings, received a string"),
        ("contracts = [1]", "contracts: expected a list of strings, received a list"),
        ('api_keys = "mock-one"', "api_keys: expected a list of strings, received a string"),
        ('port = "8000"', "port: expected a whole number, received a string"),
        ("port = 99999", "port: 99999 is not in the range"),
        ("cost = true", "cost: expected a whole number, received true or false"),
        ("cost = -1", "cost: expected a whole number of at least 0, received -1"),
        ("time_scale = 2026-01-16", "time_scale: expected a number, received a date or time"),
        ("admin = 1", "admin: expected true or false, received a whole number"),
        ("latency = 1.5", "latency: expected a string, received a number"),
        ("schemas = ['none']", "schemas: Directory '"),
        ("seed =", "Invalid value (at"),
        ("target = 'https://api.test'", "target: expected live or a URL of this machine; the API"),
        ("upstream = 'http://localhost.test'", "upstream: expected live or a URL of this machine;"),
        ("target = 'http://[1'", "target: expected mock, live or a base URL such as"),
        ("[tool.aimlapi-mockserver]", "unknown key 'tool'; this file has keys without a heading"),
    ],
)
def test_an_invalid_file_is_refused_with_its_name_and_key(text: str, problem: str) -> None:
    file = Path("mockserver.toml").resolve()
    file.write_text(text)
    status, printed, told = run("config")
    assert (status, printed) == (ExitCode.USAGE, "")
    assert f"mockserver: {file}: {problem}" in told
    assert "mock-one" not in told
    assert run("serve", "--help")[0] == ExitCode.OK


@pytest.mark.parametrize("target", ["live", "mock", "http://127.0.0.1:1/v1", "http://localhost:1"])
def test_a_file_may_name_the_live_api_or_a_server_on_this_machine(target: str) -> None:
    Path("mockserver.toml").write_text(f'target = "{target}"')
    assert shown("verify")["target"][0] == target


@pytest.mark.parametrize(
    ("text", "command", "problem"),
    [
        ('contracts = ["dall-e-4"]', "serve", "contracts: no contract 'dall-e-4'"),
        ('contracts = ["dall-e-4"]', "verify --target mock", "contracts: no contract 'dall-e-4'"),
        ('latency = "fast"', "run -- true", "latency: expected "),
        ('rate_limit = "60/minit"', "serve", "rate_limit: expected a rate such as 10/minute"),
        ('scenario = "flakey"', "serve", "scenario: no scenario 'flakey'"),
        ('rules = "none.toml"', "serve", "rules: "),
        ('images = "."', "serve", "images: "),
        ('replay = "none"', "serve", "replay: "),
        ('target = "lvie"', "verify", "target: expected mock, live or a base URL"),
    ],
)
def test_a_value_that_is_found_invalid_at_the_start_is_refused_with_its_file_and_key(
    text: str, command: str, problem: str
) -> None:
    file = Path("mockserver.toml").resolve()
    file.write_text(text)
    status, _, told = run(*command.split())
    assert status == ExitCode.USAGE
    assert told.startswith(f"mockserver: {file}: {problem}")


def test_a_value_of_the_command_line_that_is_found_invalid_at_the_start_names_no_file() -> None:
    Path("mockserver.toml").write_text("seed = 1")
    assert run("serve", "--latency", "fast")[2].startswith("mockserver: expected a")


def test_a_file_of_other_programs_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("pyproject.toml").write_text("[tool.other")
    assert find_config(tmp_path).file is None

    def refuse(_: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(Path, "is_file", refuse)
    assert find_config(tmp_path).file is None


def test_a_table_of_another_type_is_refused() -> None:
    Path("pyproject.toml").write_text("tool.aimlapi-mockserver = 1")
    expected = "tool.aimlapi-mockserver: expected a table, received a whole number"
    assert expected in run("config")[2]


def test_an_error_on_the_command_line_does_not_name_the_file() -> None:
    Path("mockserver.toml").write_text("cost = 1")
    assert "mockserver.toml" not in run("serve", "--cost", "-1")[2]
    assert "expected one of compat, run, serve, verify" in run("config", "diff")[2]


def test_other_commands_do_not_read_the_file() -> None:
    Path("mockserver.toml").write_text("contract =")
    assert run("faults")[0] == ExitCode.OK


def test_each_command_takes_the_keys_of_its_own_options() -> None:
    Path("mockserver.toml").write_text(
        f'contracts = ["{NEWEST}"]\nrate_limit = "1/day"\ntarget = "mock"\nseeds = 3\nport = 1\n'
    )
    file = "mockserver.toml"
    keys = {
        name: [key for key, (_, place) in shown(name).items() if place.startswith(file)]
        for name in configured_commands()
    }
    assert keys == {
        "compat": ["seeds"],
        "run": ["contracts", "rate_limit"],
        "serve": ["port", "contracts", "rate_limit"],
        "verify": ["target", "contracts"],
    }


def test_every_setting_is_an_option_of_serve_in_a_group() -> None:
    listed = {name for names in GROUPS.values() for name in names}
    assert Settings.described().keys() <= listed & shown().keys()


def test_recordings_are_held_to_their_own_contract_whatever_the_file_says() -> None:
    Path("mockserver.toml").write_text(f'target = "mock"\ncontracts = ["{NEWEST}", "dall-e-3"]\n')
    recordings = str(ROOT / "fixtures" / "exchanges")
    status, printed, told = run("verify", "--recording", recordings)
    assert "exchanges, " in printed, told
    assert status in {ExitCode.OK, ExitCode.FINDINGS}
    assert "expected either" in run("verify", "--recording", recordings, "--target", "mock")[2]


def test_a_wsgi_application_takes_its_settings_from_the_file() -> None:
    Path("mockserver.toml").write_text("seed = 7\nport = 1\n")
    assert mockserver.app_from_environment().extensions[STATE].settings.seed == 7


@pytest.mark.parametrize(
    ("settings", "contract", "status"),
    [("{}", NEWEST, 429), ('{"contract": "dall-e-2@2025-08-19", "rate_limit": None}', None, 201)],
)
def test_the_fixtures_of_pytest_read_the_file_of_the_root_folder(
    tmp_path: Path, settings: str, contract: str | None, status: int
) -> None:
    (tmp_path / "mockserver.toml").write_text(f'contracts = ["{NEWEST}"]\nrate_limit = "1/day"\n')
    file = tmp_path / "tests" / f"test_{tmp_path.name}.py"
    file.parent.mkdir()
    file.write_text(f"""
import pytest
import requests

@pytest.fixture(scope="session")
def image_api_settings():
    return {settings}

def test_settings(image_api):
    for _ in range(2):
        body = {{"model": "dall-e-2", "prompt": "A fox"}}
        headers = {{"Authorization": "Bearer " + image_api.key}}
        url = image_api.base_url + "/images/generations"
        response = requests.post(url, json=body, headers=headers, timeout=5)
    assert response.status_code == {status}
    assert image_api.requests[0].contract == "{contract or "dall-e-2@2025-08-19"}"
""")
    options = ("-p", "mockserver.pytest_plugin", "--import-mode=importlib")
    ended = run_pytest(*options, f"--rootdir={tmp_path}", str(file))
    assert ended.status == 0, ended.output


def test_there_is_no_file_by_default(tmp_path: Path) -> None:
    assert find_config(tmp_path).file is None
