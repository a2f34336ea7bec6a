"""What is printed beside results: nothing with --quiet, a bar on a terminal, never a password."""

from __future__ import annotations

import io
import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from _pytest.terminal import TerminalReporter

from mockserver import MockServer, server
from mockserver.app.faults import fault_kinds, scenarios
from mockserver.cli.output import QUIET, Progress
from mockserver.errors import ExitCode
from mockserver.settings import Settings
from mockserver.verify.suite.collector import Collector
from tests.documents import document
from tests.process import run


@pytest.fixture(autouse=True)
def level_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Let a quiet command not silence the log in the tests behind it: caplog restores the level."""
    caplog.set_level("WARNING", "mockserver")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress_on(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, quiet: bool = False
) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with click.Context(click.Command("any")) as context:
        context.meta[QUIET] = quiet
        with Progress() as progress:
            for _ in range(2):
                progress.step(2)
                progress.line("a phase")
    return stream.getvalue()


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert progress_on(io.StringIO(), monkeypatch) == "a phase\n" * 2
    shown = progress_on(Terminal(), monkeypatch)
    assert "100%" in shown
    assert shown.count("a phase\n") == 2
    assert progress_on(Terminal(), monkeypatch, quiet=True) == ""


def test_a_quiet_server_prints_its_url_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(
        _: object, listener: socket.socket, *, on_ready: Callable[[], None], threads: int
    ) -> None:
        assert threads
        on_ready()
        listener.close()

    monkeypatch.setattr(server, "serve", serve)
    _, printed, told = run("serve", "--port", "0", "--quiet")
    assert printed.startswith("http://127.0.0.1:")
    assert (len(printed.splitlines()), told) == (1, "")


def test_quiet_leaves_results(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(document("3.1.0")))
    into = str(tmp_path / "contracts")
    status, printed, told = run("import", str(file), "--into", into, "-q")
    assert (status, len(printed.splitlines()), told) == (ExitCode.OK, 1, "")
    assert run("run", "--quiet", "--", sys.executable, "-c", "")[1:] == ("", "")


def test_faults_are_printed_as_json() -> None:
    printed = json.loads(run("faults", "--json")[1])
    assert printed["faults"].keys() == fault_kinds().keys()
    assert printed["scenarios"].keys() == scenarios().keys()
    with MockServer() as api:
        api.everybody().fail(503, times=2)
        queued = json.loads(run("ctl", "faults", "--json", "--url", api.url)[1])
    assert [fault["times"] for fault in queued] == [2]


@pytest.mark.parametrize(
    "arguments",
    [
        ("ctl", "faults", "--url", "http://user:mock-pass@127.0.0.1:1"),
        ("ctl", "faults", "--url", "user:mock-pass@127.0.0.1:1"),
        ("import", "http://user:mock-pass@127.0.0.1:1/openapi.json"),
        ("serve", "--public-url", "http://user:mock-pass@images.test"),
        ("serve", "--cors-origin", "http://user:mock-pass@page.test"),
        ("verify", "--target", "http://user:mock-pass@127.0.0.1:1"),
        ("import", "--check", "--from", "http://user:mock-pass@127.0.0.1:1"),
    ],
)
def test_a_password_in_a_url_is_refused_and_not_printed(arguments: tuple[str, ...]) -> None:
    status, printed, told = run(*arguments)
    assert status == ExitCode.USAGE
    assert "mock-pass" not in printed + told


def test_a_password_in_a_configured_url_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = "http://user:mock-pass@api.test"
    assert "http://[redacted]@api.test" in run("config", "verify", "--target", url)[1]
    Path("mockserver.toml").write_text(f'target = "{url}"')
    assert "target: expected a URL without user and password" in run("config", "verify")[2]
    with pytest.raises(ValueError, match="origin"):
        Settings.described()["public_url"].checked("https://user:mock-pass@images.test")


def test_the_suite_prints_no_command_of_a_ci_service(pytestconfig: pytest.Config) -> None:
    printed = {}
    for stream in (io.StringIO(), Terminal()):
        reporter = TerminalReporter(pytestconfig, stream)
        manager = SimpleNamespace(get_plugin=lambda _, it=reporter: it)
        session = SimpleNamespace(config=SimpleNamespace(pluginmanager=manager))
        Collector(None, None).pytest_sessionstart(session)  # type: ignore[arg-type]
        reporter.line("  ::error::x")
        reporter.write("\rcollecting")
        printed[type(stream)] = stream.getvalue()
    assert printed[io.StringIO].startswith("  \\x3a:error::x\n")
    assert printed[Terminal].endswith("\rcollecting")
