"""``mockserver ctl``: a running mock, controlled from a shell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from mockserver.app.tenants import tenant_id
from mockserver.cli.main import cli
from mockserver.strict_json import JSON
from mockserver.testing.mock_server import MockServer
from tests.http import PATH
from tests.process import run

Ctl = Callable[..., str]
"""Runs a command on the mock that succeeds, or exits with ``status``; gives what it prints."""


@pytest.fixture
def api() -> JSON:
    with MockServer() as server:
        yield server


@pytest.fixture
def ctl(api: MockServer) -> Ctl:
    def control(*arguments: str, status: int = 0) -> str:
        done = CliRunner().invoke(
            cli,
            ["ctl", *arguments],
            env={"MOCKSERVER_URL": api.url, "MOCKSERVER_KEY": None, "MOCKSERVER_ADMIN_TOKEN": None},
            standalone_mode=False,
        )
        assert done.exception is None, done.output
        assert (done.return_value or 0) == status, done.output
        return done.output

    return control


def draw(api: MockServer, prompt: str = "A red fox", **fields: JSON) -> int:
    body = {"model": "dall-e-2", "prompt": prompt, **fields}
    headers = {"Authorization": f"Bearer {api.key}"}
    return requests.post(api.url + PATH, json=body, headers=headers, timeout=20).status_code


def test_a_fault_is_set_by_status_and_listed(api: MockServer, ctl: Ctl) -> None:
    said = ctl("faults", "add", "429", "--times", "2", "--header", "Retry-After: 1")
    assert re.fullmatch(
        r' *\d+  rate-limited +times=2 headers=\{"Retry-After": "1"\} used=0\n', said
    )
    assert [draw(api) for _ in range(3)] == [429, 429, 201]
    assert ctl("faults") == said.replace("used=0", "used=2")


def test_a_fault_takes_every_option(ctl: Ctl) -> None:
    said = ctl(
        *(
            "faults",
            "add",
            "drop-field",
            "--pointer",
            "/output",
            "--times",
            "always",
            "--after",
            "1",
        ),
        *("--probability", "0.5", "--seed", "7", "--prompt", "fox", "--size", "512x512"),
    )
    assert "times=always after=1 probability=0.5 seed=7" in said
    assert "pointer=/output" in said
    assert '"prompt": "fox"' in said


def test_a_fault_can_be_for_one_key(api: MockServer, ctl: Ctl) -> None:
    ctl("faults", "add", "503", "--key", "mock-other")
    assert draw(api) == 201
    assert "unavailable" in ctl("faults", "--key", "mock-other")
    assert ctl("faults", "--key", "mock-third") == "no faults are queued\n"
    tenant = tenant_id("mock-other")
    assert re.fullmatch(rf" *\d+  unavailable +times=1 tenant={tenant} used=0\n", ctl("faults"))
    assert [fault["tenant"] for fault in json.loads(ctl("faults", "--json"))] == [tenant]


def test_a_scenario_is_set_by_name_or_file(ctl: Ctl, tmp_path: Path) -> None:
    assert "rate-limited" in ctl("scenario", "rate-limited")
    file = tmp_path / "mine.toml"
    file.write_text('summary = "An outage."\n[[faults]]\nstatus = 503\ntimes = "always"\n')
    assert "unavailable" in ctl("scenario", str(file))
    assert "unavailable" in ctl("faults")


def test_requests_are_listed_in_columns(api: MockServer, ctl: Ctl) -> None:
    assert ctl("requests") == "no requests\n"
    ctl("faults", "add", "429")
    draw(api)
    draw(api, "A very long prompt\n" * 5, size="256x256", colour="red")
    heading, first, second = ctl("requests").splitlines()
    assert heading.split() == ["ID", "TIME", "STATUS", "MS", "FAULT", "FINDINGS", "SIZE", "PROMPT"]
    assert re.fullmatch(r"[0-9a-f]{8}  [\d:]{8}  429 +\d+  rate-limited  0 +- +A red fox", first)
    assert re.search(r"201 .* - +1 +256x256  A very long prompt\\nA very .*…$", second)
    assert heading.index("PROMPT") == first.index("A red") == second.index("A very")


def test_downloads_are_listed_by_their_path(api: MockServer, ctl: Ctl) -> None:
    ctl("contract", "dall-e-2@2026-01-16", "--key", api.key)
    draw(api, response_format="url")
    requests.get(f"{api.url}/generated/mock.png", timeout=20)
    assert "GET /generated/mock.png" in ctl("requests")


def test_requests_are_filtered_and_written_as_json(api: MockServer, ctl: Ctl) -> None:
    draw(api, "A fox")
    draw(api, "A cat")
    (found,) = json.loads(ctl("requests", "--json", "--prompt", "cat", "--status", "201"))
    assert (found["fields"]["prompt"], found["status"]) == ("A cat", 201)


def test_one_request_is_shown_by_its_id(api: MockServer, ctl: Ctl) -> None:
    draw(api, "A fox")
    draw(api, "A cat")
    first = api.requests[0]
    for request_id in (first.id, first.id[:8]):
        shown = json.loads(ctl("request", request_id))
        assert (shown["id"], shown["fields"]["prompt"]) == (first.id, "A fox")
        assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{3}Z", shown["time"])


def test_clearing_the_journal_keeps_the_faults(api: MockServer, ctl: Ctl) -> None:
    ctl("faults", "add", "503", "--after", "2")
    draw(api, "A fox")
    draw(api, "A cat")
    assert ctl("count") == "2\n"
    assert ctl("count", "--prompt", "cat") == "1\n"
    assert ctl("requests", "clear", "--key", "mock-other") == "removed 0\n"
    assert ctl("requests", "clear") == "removed 2\n"
    assert ctl("requests") == "no requests\n"
    assert draw(api) == 503


def test_a_fault_is_taken_out_by_its_number_or_with_all(api: MockServer, ctl: Ctl) -> None:
    first, *_ = [ctl("faults", "add", status).split()[0] for status in ("429", "500", "503")]
    assert ctl("faults", "clear", first) == "removed 1\n"
    assert ctl("faults", "clear", "--key", api.key) == "removed 0\n"
    assert draw(api) == 500
    assert ctl("faults", "clear") == "removed 2\n"
    assert ctl("faults") == "no faults are queued\n"


@pytest.mark.parametrize("what", ["faults", "rules"])
def test_an_unknown_id_is_told(api: MockServer, what: str) -> None:
    done = CliRunner().invoke(cli, ["ctl", what, "clear", "999", "--url", api.url])
    assert (done.exit_code, done.output) == (1, "there is no ID 999\n")


def test_a_number_of_requests_is_verified(api: MockServer, ctl: Ctl) -> None:
    draw(api)
    assert ctl("assert", "--prompt", "fox", "--times", "1") == "verified\n"
    assert ctl("assert", "--at-least", "1", "--at-most", "1") == "verified\n"
    said = ctl("assert", "--prompt", "cat", status=1)
    assert "requests with prompt 'cat': expected at least 1, received 0" in said


def test_requests_are_waited_for(api: MockServer, ctl: Ctl) -> None:
    draw(api)
    assert ctl("wait") == "arrived\n"
    said = ctl("wait", "2", "--timeout", "0.05", "--prompt", "fox", status=1)
    assert "requests with prompt 'fox' within 0.05 s: expected 2, received 1" in said


def test_limits_are_shown_set_and_taken_away(ctl: Ctl) -> None:
    free = {"rate": None, "concurrency": None}
    assert json.loads(ctl("limits")) == free
    set_ = {"rate": "5/minute", "concurrency": 2}
    assert json.loads(ctl("limits", "--rate", "5/minute", "--concurrency", "2")) == set_
    assert json.loads(ctl("limits")) == set_
    assert json.loads(ctl("limits", "--none")) == free


def test_credits_are_shown_and_set(ctl: Ctl) -> None:
    assert ctl("credits") == "each key starts with unlimited credits\n"
    assert ctl("credits", "0") == ctl("credits") == "each key starts with 0 credits\n"
    assert ctl("credits", "--key", "mock-key") == "0\n"
    assert ctl("credits", "--unlimited", "--key", "mock-key") == "unlimited\n"


def test_contract_and_clock_are_set_for_a_key(api: MockServer, ctl: Ctl) -> None:
    ctl("contract", "dall-e-2@2026-01-16", "--key", api.key)
    assert draw(api) == 200
    assert ctl("clock", "2026-01-16T12:00:00Z", "--key", api.key) == "2026-01-16T12:00:00Z\n"
    assert ctl("clock", "real", "--key", api.key) == "real\n"


def test_settings_are_shown(ctl: Ctl) -> None:
    assert json.loads(ctl("settings"))["journal"] == 1000


def test_a_reset_forgets_everything(api: MockServer, ctl: Ctl) -> None:
    ctl("faults", "add", "503", "--times", "always")
    draw(api)
    assert ctl("reset") == "reset\n"
    assert ctl("requests") == "no requests\n"
    assert draw(api) == 201


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["faults", "add", "earthquake"], "no fault 'earthquake'"),
        (["faults", "add", "429", "--times", "often"], "received 'often'"),
        (
            ["faults", "add", "429", "--header", "nothing"],
            "expected a header such as Retry-After:1",
        ),
        (["contract", "dall-e-2@2026-01-16"], "a contract is set for one key: name it"),
        (["scenario", "calm"], "no scenario 'calm'; expected a file, or one of"),
        (["faults", "add", "600"], "mockserver: status: Expected a number of at most 599"),
        (["faults", "add", "delay", "--seconds", "abc"], "expected a duration such as"),
        (["wait", "abc"], "'abc' is not a valid whole number"),
        (["wait", "0"], "0 is not in the range"),
        (["request", "lost?"], "the id of a request in the journal, received 'lost?'"),
    ],
)
def test_what_is_refused_is_said_in_one_line(
    api: MockServer, arguments: list[str], words: str
) -> None:
    status, printed, told = run("ctl", *arguments, variables={"MOCKSERVER_URL": api.url})
    assert (status, printed) == (2, "")
    assert told.startswith("mockserver: ")
    assert told.count("\n") == 1
    assert words in told


def test_where_no_mock_is_the_command_says_so() -> None:
    status, printed, told = run("ctl", "reset", "--url", "http://127.0.0.1:1")
    assert (status, printed) == (2, "")
    assert told.startswith("mockserver: no mock answers at http://127.0.0.1:1 ")
    assert told.count("\n") == 1


def test_a_failed_assertion_exits_with_1(api: MockServer) -> None:
    assert run("ctl", "assert", "--url", api.url)[0] == 1


def test_a_base_url_may_be_the_one_of_sdks(api: MockServer) -> None:
    for url in (api.url, f"{api.url}/", api.base_url, f"{api.base_url}/"):
        assert run("ctl", "settings", "--url", url)[0] == 0


def test_a_token_is_sent() -> None:
    with MockServer(admin_token="mock-token") as api:
        settings = ("ctl", "settings", "--url", api.url)
        assert run(*settings)[0] == 2
        assert run(*settings, "--token", "mock-token")[0] == 0
        assert run(*settings, variables={"MOCKSERVER_ADMIN_TOKEN": "mock-token"})[0] == 0


def test_rules_are_added_listed_set_and_removed(api: MockServer, ctl: Ctl, tmp_path: Path) -> None:
    said = ctl("rules", "add", "--prompt", "tea", "--status", "418", "--body", "short and stout")
    assert re.match(r' *\d+  /rules/0 +match={"prompt": "tea"} status=418 body=short and', said)
    assert "      warning: dall-e-2@2025-08-19: documented /response/status: expected" in said
    ctl("rules", "add", "--merge", '{"tags": {}}', "--fields", '{"n": 2}', "--times", "2")
    assert [draw(api, "tea"), draw(api, n=2)] == [418, 201]
    assert re.findall(r"used=(\d)", ctl("rules")) == ["1", "1"]
    number = ctl("rules").split()[0]
    assert json.loads(ctl("rules", "--json"))[0]["id"] == int(number)
    assert ctl("rules", "clear", number) == "removed 1\n"
    file = tmp_path / "rules.toml"
    file.write_text('[[rules]]\nname = "rex"\nimage = "t-rex"\n')
    assert re.fullmatch(r" *\d+  rex +image=t-rex used=0\n", ctl("rules", "set", str(file)))
    assert ctl("rules", "clear") == "removed 1\n"
    assert ctl("rules") == "no rules are set\n"


@pytest.mark.parametrize("value", ["[1]", "{"])
def test_an_option_that_is_no_json_object_is_a_wrong_usage(api: MockServer, value: str) -> None:
    done = CliRunner().invoke(cli, ["ctl", "rules", "add", "--url", api.url, "--merge", value])
    assert done.exit_code == 2
    assert f"--merge: expected a JSON object, received {value!r}" in done.output
