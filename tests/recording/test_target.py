"""The key of the live API goes to the provider only, and no password is in a target."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockserver.cli.main import cli
from mockserver.cli.record import request_to
from mockserver.errors import MockserverError
from tests.http import PINNED, load
from tests.recording.test_redact import PLANTED


@pytest.mark.parametrize("server", ["https://elsewhere.test", "http://api.aimlapi.com"])
def test_the_server_of_a_contract_does_not_get_the_live_key(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMLAPI_KEY", "mock-key")
    contract = load(PINNED)
    foreign = replace(contract, about={**contract.about, "server": server})
    request = request_to("live", foreign, b"{}")
    assert request.url == f"https://api.aimlapi.com{contract.path}"


@pytest.mark.parametrize(
    "command",
    [
        ["record", "--out", "{}", "--target"],
        ["identify", "--target"],
        ["proxy", "--upstream"],
        ["verify", "--target"],
    ],
    ids=lambda command: str(command[0]),
)
@pytest.mark.parametrize("password", [PLANTED, f"a/{PLANTED}", f"a#{PLANTED}"])
def test_a_password_in_a_target_is_refused_and_not_printed(
    command: list[str], password: str, tmp_path: Path
) -> None:
    options = [option.format(tmp_path / "out") for option in command]
    done = CliRunner().invoke(cli, [*options, f"http://user:{password}@127.0.0.1:9"])
    assert isinstance(done.exception, MockserverError)
    assert str(done.exception).endswith("expected a URL without user and password")
    assert PLANTED not in done.output
