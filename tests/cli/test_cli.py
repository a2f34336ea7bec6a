"""Options and variables become settings, and wrong ones end with one clear line."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask import Flask

import mockserver
from mockserver import __version__, server
from mockserver.app.factory import STATE
from mockserver.cli import banner
from mockserver.cli.main import cli
from mockserver.errors import ExitCode, SettingsError
from mockserver.settings import THREADS, Settings
from mockserver.strict_json import JSON
from tests.http import PINNED, load
from tests.process import ROOT, run

Serving = dict[str, Any]

SETTINGS = [
    ("--contract", "CONTRACTS", "dall-e-2@2026-01-16", "contracts", ("dall-e-2@2026-01-16",)),
    ("--api-key", "API_KEYS", "mock-one", "api_keys", ("mock-one",)),
    ("--seed", "SEED", "-7", "seed", -7),
    ("--cost", "COST", "5", "cost", 5),
    ("--url-ttl", "URL_TTL", "60", "url_ttl", 60),
    ("--url-secret", "URL_SECRET", "mock-secret", "url_secret", "mock-secret"),
    ("--public-url", "PUBLIC_URL", "https://images.test/", "public_url", "https://images.test"),
    ("--public-url", "PUBLIC_URL", "http://[::1]:8000/a", "public_url", "http://[::1]:8000/a"),
    ("--trust-proxy", "TRUST_PROXY", None, "trust_proxy", True),
    ("--cors-origin", "CORS_ORIGINS", "https://page.test", "cors_origins", ("https://page.test",)),
    ("--no-access-log", None, None, "access_log", False),
]


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Serving:
    """What ``serve`` would have started, had it gone on."""
    seen: Serving = {}

    def serve(application: Flask, listener: socket.socket, **how: JSON) -> None:
        seen.update(settings=application.extensions[STATE].settings, **how)
        seen.update(address=listener.getsockname()[:2])
        listener.close()

    monkeypatch.setattr(server, "serve", serve)
    return seen


def started(
    serving: Serving, *arguments: str, variables: Mapping[str, str] | None = None
) -> Settings:
    done = CliRunner(env=dict(variables or {})).invoke(cli, ["serve", *arguments])
    assert done.exit_code == 0, done.output
    settings: Settings = serving["settings"]
    return settings


@pytest.mark.parametrize(
    ("given", "name", "value"), [([o, t] if t else [o], n, value) for o, _, t, n, value in SETTINGS]
)
def test_an_option_becomes_a_setting(
    serving: Serving, given: list[str], name: str, value: JSON
) -> None:
    assert getattr(started(serving, "--port", "0", *given), name) == value


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [(v, t or "1", n, value) for _, v, t, n, value in SETTINGS if v]
    + [
        ("ACCESS_LOG", "0", "access_log", False),
        ("API_KEYS", "a b", "api_keys", ("a", "b")),
        ("API_KEY", "a b", "api_keys", ("a", "b")),
        ("CONTRACT", "dall-e-2@2026-01-16", "contracts", ("dall-e-2@2026-01-16",)),
        ("CORS_ORIGIN", "https://page.test/ null", "cors_origins", ("https://page.test", "null")),
    ],
)
def test_a_variable_becomes_the_same_setting(
    serving: Serving, variable: str, text: str, name: str, value: JSON
) -> None:
    variables = {"MOCKSERVER_LISTEN_PORT": "0", f"MOCKSERVER_{variable}": text}
    assert getattr(started(serving, variables=variables), name) == value


def test_no_variable_is_one_that_kubernetes_sets_for_a_service(serving: Serving) -> None:
    options = [option for command in cli.commands.values() for option in command.params]
    names = {name for option in options for name in option_variables(option)}
    assert {"MOCKSERVER_LISTEN_PORT", "MOCKSERVER_HOST"} <= names
    assert not [name for name in names if re.match("MOCKSERVER_(PORT|SERVICE)", name)]
    links = {"MOCKSERVER_PORT": "tcp://10.96.12.7:8000", "MOCKSERVER_SERVICE_HOST": "10.96.12.7"}
    assert started(serving, "--port", "0", variables=links).seed == Settings().seed


def option_variables(option: click.Parameter) -> list[str]:
    return [option.envvar] if isinstance(option.envvar, str) else [*(option.envvar or ())]


def test_an_option_given_twice_holds_twice(serving: Serving) -> None:
    settings = started(serving, "--port", "0", "--api-key", "a", "--api-key", "b")
    assert settings.api_keys == ("a", "b")


def test_an_option_is_stronger_than_a_variable(serving: Serving) -> None:
    variables = {"MOCKSERVER_SEED": "1", "MOCKSERVER_LISTEN_PORT": "0"}
    assert started(serving, "--seed", "2", variables=variables).seed == 2


def test_left_alone_the_mock_behaves_as_the_settings_default(serving: Serving) -> None:
    settings, plain = started(serving, "--port", "0"), Settings()
    for name in ("contracts", "api_keys", "seed", "cost", "url_ttl", "public_url", "trust_proxy"):
        assert getattr(settings, name) == getattr(plain, name)
    assert settings.access_log
    assert serving["address"][0] == "127.0.0.1"
    assert serving["threads"] == THREADS


@pytest.mark.parametrize(
    ("host", "origins"), [("127.0.0.1", ("*",)), ("localhost", ("*",)), ("0.0.0.0", ())]
)
def test_cors_is_on_by_default_on_loopback_only(
    serving: Serving, host: str, origins: tuple[str, ...]
) -> None:
    assert started(serving, "--port", "0", "--host", host).cors_origins == origins


def test_no_page_may_spend_money_by_default(serving: Serving, tmp_path: Path) -> None:
    recording = ("--replay", str(tmp_path), "--record-missing", "--upstream", "http://a.test")
    assert started(serving, "--port", "0", *recording).cors_origins == ()


def test_the_number_of_threads_reaches_the_server(serving: Serving) -> None:
    started(serving, "--port", "0", "--threads", "3")
    assert serving["threads"] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "65536"], "65536 is not in the range 0<=x<=65535"),
        (["--port", "http"], "'http' is not a valid whole number"),
        (["--prot", "1"], "No such option"),
        (["--port"], "requires an argument"),
        (["--threads", "0"], "0 is not in the range"),
        (["--cost", "-1"], "expected a whole number of at least 0, received -1"),
        (["--url-ttl", "0"], "expected a whole number of at least 1 and at most 1000000000"),
        (["--url-ttl", "99999999999999"], "received 99999999999999"),
        (["--public-url", "images.test"], "expected an origin such as https://images.test"),
        (["--public-url", "https://"], "expected an origin"),
        (["--public-url", "http://[::1"], "expected an origin"),
        (["--public-url", "https://images.test/?a"], "expected an origin"),
        (["--api-key", " "], "expected a key, received an empty one"),
        (["--url-secret", ""], "expected a secret, received an empty one"),
        (["--admin-token", ""], "expected a secret, received an empty one"),
        (["--cors-origin", "page.test"], "expected * or an origin such as https://page.test"),
        (["--cors-origin", "https://page.test/a"], "expected * or an origin"),
        (["--cors-origin", "https://*.page.test"], "expected * or an origin"),
        (["--rate-limit", "abc"], "expected a rate such as 10/minute, received 'abc'"),
        (["--rate-limit", "1/second;9/hour"], "expected a rate such as 10/minute"),
        (["--time-scale", "nan"], "expected a number of at least 0, received nan"),
        (["--time-scale", "inf"], "expected a number of at least 0, received inf"),
        (
            ["--contract", "dall-e-2@1999-01-01"],
            "no contract 'dall-e-2@1999-01-01'; its revisions are dall-e-2@2024-09-10, dall",
        ),
        (["--contract", "dall-e-4"], "no contract 'dall-e-4'; the nearest are dall-e-3, dall-e-2"),
        (["--contract", "zzz"], "no contract 'zzz'; `mockserver contracts` lists all"),
        (["--contract", PINNED, "--contract", "dall-e-2@2026-01-16"], "two revisions chosen"),
        (["--host", "192.0.2.1"], "192.0.2.1"),
        (["surplus"], "unexpected extra argument"),
    ],
)
def test_a_wrong_option_ends_with_one_clear_line(arguments: list[str], words: str) -> None:
    status, out, complaint = run("serve", *arguments)
    assert (status, out) == (2, "")
    assert complaint.startswith("mockserver: ")
    assert complaint.count("\n") == 1
    assert words in complaint


def test_an_option_before_the_command_is_told_its_place() -> None:
    complaint = "mockserver: No such option '--url'. Options follow the name of the command.\n"
    assert run("ctl", "--url", "http://127.0.0.1:8000", "faults") == (2, "", complaint)


def test_a_wrong_variable_ends_with_one_clear_line() -> None:
    status, _, complaint = run("serve", variables={"MOCKSERVER_LISTEN_PORT": "none"})
    assert (status, complaint.count("\n")) == (2, 1)
    assert "'none' is not a valid whole number" in complaint


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = str(other.getsockname()[1])
        status, _, complaint = run("serve", "--port", port)
    assert (status, complaint.count("\n")) == (2, 1)
    assert port in complaint
    assert "--port" in complaint


def test_the_variables_make_an_application_for_any_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKSERVER_CONTRACTS", "dall-e-2@2026-01-16")
    monkeypatch.setenv("MOCKSERVER_THREADS", "3")
    settings = mockserver.app_from_environment().extensions[STATE].settings
    assert (settings.contracts, settings.cors_origins) == (("dall-e-2@2026-01-16",), ())
    assert not settings.loopback


def test_a_wrong_variable_makes_no_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKSERVER_URL_TTL", "soon")
    with pytest.raises(SettingsError, match="'soon' is not a valid integer"):
        mockserver.app_from_environment()


def test_an_unknown_command_ends_with_one_clear_line() -> None:
    status, _, complaint = run("server")
    assert (status, complaint.count("\n")) == (2, 1)
    assert "No such command 'server'" in complaint


def test_without_a_command_the_help_is_shown() -> None:
    status, out, complaint = run()
    assert (status, complaint) == (0, "")
    assert "Usage:" in out
    assert "serve" in out


def test_the_version_is_told() -> None:
    assert run("--version")[1].strip() == f"mockserver, version {__version__}"


def test_every_option_is_explained_with_its_default_and_variable() -> None:
    told = CliRunner().invoke(cli, ["serve", "--help"], terminal_width=200).output
    for option in cli.commands["serve"].params:
        name = str(option.name)
        (first, *_) = option.opts
        paragraph = re.search(rf"^  {first}\b.*?(?=^  --|\Z)", told, re.MULTILINE | re.DOTALL)
        assert paragraph, f"{first} is not explained"
        text = " ".join(paragraph.group().split())
        variable = {"port": "LISTEN_PORT"}.get(name, name.upper())
        assert f"MOCKSERVER_{variable}" in text, text
        assert "default:" in text, text


def test_every_setting_is_an_option_of_serve() -> None:
    options = [option.name for option in cli.commands["serve"].params]
    assert {*Settings.described()} == {*options} - {"host", "port", "threads", "quiet"}


def test_the_banner_names_the_contracts_and_the_sdks_base_url(
    capsys: pytest.CaptureFixture[str],
) -> None:
    served = [load(PINNED), load("dall-e-3@2026-01-16")]
    banner.show(("127.0.0.1", 8000), served, Settings())
    told = capsys.readouterr().out
    assert f"contract     {PINNED} (also 1 other model)" in told
    assert "withdrawn    dall-e-2 (2026-06-09), by the provider" in told
    assert "base_url=http://127.0.0.1:8000/v1" in told
    assert "console      http://127.0.0.1:8000/__admin/\n" in told
    assert "mockserver ctl requests\n" in told
    banner.show(("127.0.0.1", 8300), served[:1], Settings(headers="on"))
    told = capsys.readouterr().out
    assert "also" not in told
    assert "in force     headers on" in told
    assert "mockserver ctl requests --url http://127.0.0.1:8300" in told


@pytest.mark.parametrize("group", [[], ["ctl"]])
def test_the_help_of_a_group_has_a_whole_sentence_for_each_command(group: list[str]) -> None:
    listed = run(*group, "--help")[1].partition("Commands:\n")[2].splitlines()
    assert len(listed) > 10
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)


def test_a_port_in_the_variable_of_kubernetes_is_warned_of() -> None:
    variables = {"MOCKSERVER_PORT": "8300", "MOCKSERVER_LISTEN_PORT": "none"}
    assert "MOCKSERVER_PORT has no" not in run("serve", variables=variables)[2]
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        variables["MOCKSERVER_LISTEN_PORT"] = str(other.getsockname()[1])
        told = run("serve", variables=variables)[2]
    assert told.startswith("warning: MOCKSERVER_PORT has no effect; use MOCKSERVER_LISTEN_PORT")


def test_the_line_to_paste_takes_the_key_from_the_environment_where_one_is_needed() -> None:
    line = banner.curl_line("http://127.0.0.1:8000", load(PINNED), any_key=False)
    assert '"Authorization: Bearer $AIMLAPI_KEY"' in line
    assert "mock-key" in banner.curl_line("http://a", load(PINNED), any_key=True)


def test_the_page_about_the_command_line_lists_every_command() -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    rows = dict(re.findall(r"^\| `mockserver ([\w ]+)` \|.*\| ([^|]*) \|$", page, re.MULTILINE))
    assert sorted(rows) == sorted(commands_of(cli))
    documented = {int(code) for codes in rows.values() for code in re.findall(r"\d", codes)}
    assert documented == set(ExitCode)
    assert all(f"| {code.value} | `{code.name}` |" in page for code in ExitCode)


def commands_of(group: click.Group, prefix: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield prefix + name
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{prefix}{name} ")
