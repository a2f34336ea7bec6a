"""Scenarios: those that are shipped, those from a file, and those that a key names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mockserver.app.faults import read_scenario, scenarios
from mockserver.app.faults.scenario import scenario_of_key
from mockserver.errors import SettingsError
from tests.http import Generate, MakeClient
from tests.process import run

SHIPPED = ["flaky", "out-of-credits", "outage-then-recovery", "provider-migration", "rate-limited"]


def lived(make_client: MakeClient, scenario: str, requests: int) -> list[int]:
    """The statuses that a client meets in a scenario, one request after the other."""
    generate = Generate(make_client(scenario=scenario, time_scale=0))
    return [generate(size="256x256").status_code for _ in range(requests)]


def test_five_scenarios_are_shipped() -> None:
    assert list(scenarios()) == SHIPPED


@pytest.mark.parametrize(
    ("scenario", "statuses"),
    [
        ("out-of-credits", [201] * 3 + [403] * 4),
        ("outage-then-recovery", [201, 503, 503, 502, 502, 504, 500, 201, 201]),
        ("provider-migration", [201] * 3 + [200] * 4),
        ("rate-limited", [201, 201, 429, 429, 429, 201]),
    ],
)
def test_a_client_lives_through_a_scenario(
    make_client: MakeClient, scenario: str, statuses: list[int]
) -> None:
    assert lived(make_client, scenario, len(statuses)) == statuses


def test_a_flaky_service_fails_about_every_third_time(make_client: MakeClient) -> None:
    generate = Generate(make_client(scenario="flaky", time_scale=0))
    for _ in range(100):
        generate(size="256x256").close()
    journal = generate.client.get("/__admin/requests").get_json()["requests"]
    faults = [entry["fault"] for entry in journal]
    assert 20 <= 100 - faults.count(None) <= 45
    assert set(faults) == {None, "unavailable", "truncated-body", "delay", "bad-gateway"}


def test_a_scenario_comes_out_the_same_every_time(make_client: MakeClient) -> None:
    assert lived(make_client, "flaky", 30) == lived(make_client, "flaky", 30)


def test_a_rate_limit_says_when_to_come_again(make_client: MakeClient) -> None:
    generate = Generate(make_client(scenario="rate-limited"))
    responses = [generate(size="256x256") for _ in range(3)]
    assert responses[-1].headers["Retry-After"] == "1"


TOML = """
summary = "Snow, then sun ☀."
[[faults]]
status = 503
times = 2
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_scenario_is_read_from_toml(
    make_client: MakeClient, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "winter.toml"
    file.write_text(TOML, encoding=encoding)
    scenario = read_scenario(str(file))
    assert (scenario.name, scenario.summary) == ("winter", "Snow, then sun ☀.")
    assert lived(make_client, str(file), 3) == [503, 503, 201]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_scenario_is_read_from_json(
    make_client: MakeClient, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "winter.json"
    text = json.dumps({"summary": "Snow.", "faults": [{"fault": "bad-gateway"}]})
    file.write_text(text, encoding=encoding)
    assert lived(make_client, str(file), 2) == [502, 201]


WRONG = [
    ("a.toml", "", "#/summary: expected string, received nothing"),
    ("a.toml", 'summary = "S"\nfaults = 3', "#/faults: expected array, received number 3"),
    ("a.toml", 'summary = "S"\nfaults = [{status = 200}]', "#/faults/0/status: expected a number"),
    ("a.toml", 'summary = "S"\nfaults = [{}]', "#/faults/0: expected one of 'fault' | 'status'"),
    ("a.toml", 'summary = "S"\nfaults = [{staus = 503}]', "#/faults/0/staus: expected no such"),
    ("a.toml", 'summary = "S"\nfaults = [{fault = "x"}]', "#/faults/0: no fault 'x'; "),
    ("a.toml", 'summary = "S"\nfaults = [{status = 600}]', "#/faults/0/status: expected"),
    ("a.toml", 'summary = "S"\nfaults = [{fault = "migrate"}]', "needs contract"),
    ("a.toml", 'summary = "S"\nfaults = []\ncolour = "red"', "#/colour: expected no such field"),
    ("a.toml", "summary = ", ": Invalid value (at end of document)"),
    ("a.toml", 'summary = "S"\nfaults = [{status = 500, probability = nan}]', "received NaN"),
    ("a.toml", b"summary = '\xff'", ": 'utf-8' codec can't decode"),
    ("a.json", "{", ": Expected JSON, but at line 1"),
    ("a.json", "[]", ": expected object, received array"),
    ("a.json", '{"summary": "S", "faults": [{"status": 500, "status": 1}]}', "#/faults/0/status"),
    ("a.json", '{"summary": "S", "faults": [{"status": NaN}]}', "received NaN"),
]


@pytest.mark.parametrize(("name", "text", "words"), WRONG)
def test_a_wrong_scenario_is_refused_with_file_and_pointer(
    tmp_path: Path, name: str, text: str | bytes, words: str
) -> None:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError) as error:
        read_scenario(str(file))
    assert str(error.value).startswith(str(file))
    assert words in str(error.value)


def test_a_scenario_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(SettingsError) as error:
        read_scenario("sunny")
    assert "no scenario 'sunny'" in str(error.value)
    assert "expected a file, or one of flaky, out-of-credits" in str(error.value)


def test_the_command_refuses_a_wrong_scenario_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('summary = "S"\nfaults = [{status = 200}]')
    status, _, complaint = run("serve", "--port", "0", "--scenario", str(file))
    assert (status, complaint.count("\n")) == (2, 1)
    assert f"{file}#/faults/0/status" in complaint


def test_the_command_lists_every_fault_and_scenario() -> None:
    status, text, _ = run("faults")
    assert status == 0
    for name in [*SHIPPED, "truncated-body", "generation-timeout", "migrate"]:
        assert f"  {name} " in text


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("mock-flaky", "flaky"),
        ("mock-rate-limited-7f3", "rate-limited"),
        ("mock-out-of-credits-a-b", "out-of-credits"),
        ("mock-flakyish", None),
        ("mock-key", None),
        ("mock-", None),
        ("flaky", None),
        ("", None),
    ],
)
def test_a_key_can_name_a_scenario(key: str, name: str | None) -> None:
    found = scenario_of_key(key)
    assert (found.name if found else None) == name


def test_a_key_that_names_a_scenario_lives_through_it(make_client: MakeClient) -> None:
    client = make_client()
    limited, other, plain = (
        Generate(client, headers={"Authorization": f"Bearer {key}"})
        for key in ("mock-rate-limited-1", "mock-rate-limited-2", "mock-key")
    )
    statuses = [201, 201, 429, 429, 429, 201]
    assert [limited(size="256x256").status_code for _ in range(6)] == statuses
    assert [plain(size="256x256").status_code for _ in range(6)] == [201] * 6
    assert [other(size="256x256").status_code for _ in range(6)] == statuses


def test_after_a_reset_the_scenario_begins_anew(make_client: MakeClient) -> None:
    client = make_client()
    generate = Generate(client, headers={"Authorization": "Bearer mock-rate-limited"})
    first = [generate(size="256x256").status_code for _ in range(3)]
    client.post("/__admin/reset")
    assert [generate(size="256x256").status_code for _ in range(3)] == first == [201, 201, 429]


def test_a_reset_brings_the_settings_scenario_back(make_client: MakeClient) -> None:
    client = make_client(scenario="rate-limited")
    client.delete("/__admin/faults")
    assert client.get("/__admin/faults").get_json()["faults"] == []
    client.post("/__admin/reset")
    assert [f["fault"] for f in client.get("/__admin/faults").get_json()["faults"]] == [
        "rate-limited"
    ]
