"""Faults as plain data: how they are read, written and refused."""

from __future__ import annotations

import json
from random import Random

import pytest

from mockserver.app.faults import Fault, fault_kinds, read_fault
from mockserver.app.latency import parse_duration
from mockserver.contracts import error_catalog
from mockserver.errors import SettingsError
from mockserver.strict_json import JSON


@pytest.mark.parametrize(
    ("status", "name"), [(401, "unauthorized"), (403, "out-of-credits"), (500, "internal")]
)
def test_a_status_names_its_first_documented_error(status: int, name: str) -> None:
    fault = Fault.of({"status": status})
    assert (fault.name, fault.options) == (name, {})


def test_any_other_status_is_an_error_too() -> None:
    fault = Fault.of({"status": 529, "message": "Overloaded"})
    assert (fault.name, fault.options) == ("error", {"status": 529, "message": "Overloaded"})


WRONG: list[tuple[JSON, str]] = [
    ({}, "a fault: expected"),
    ([], "a fault: expected object, received array"),
    ({"fault": ""}, "/fault: expected at least 1 character"),
    ({"status": 200}, "/status: expected a number of at least 400"),
    ({"status": 600}, "/status: expected a number of at most 599"),
    ({"status": 500, "message": ""}, "/message: expected at least 1 character"),
    ({"status": "429"}, "/status: expected integer, received string '429'"),
    ({"fault": "internal", "times": 0}, "/times: expected a number of at least 1"),
    ({"fault": "internal", "times": "often"}, "/times: expected text that matches ^always$"),
    ({"fault": "internal", "after": -1}, "/after: expected a number of at least 0"),
    ({"fault": "internal", "probability": 0}, "/probability: expected a number above 0"),
    ({"fault": "internal", "probability": 2}, "/probability: expected a number of at most 1"),
    ({"fault": "internal", "match": {"colour": "red"}}, "/match/colour: expected no such field"),
    ({"fault": "internal", "tenant": ""}, "/tenant: expected at least 1 character"),
    ({"fault": "internal", "headers": {"X": "a\r\nY: b"}}, "/headers/X: expected text"),
    ({"fault": "internal", "headers": {"X": "a\n"}}, "/headers/X: expected text"),
    ({"fault": "internal", "headers": {"X": "a\x00"}}, "/headers/X: expected text"),
    ({"fault": "internal", "headers": {"X": "\u65e5"}}, "/headers/X: expected text"),
    ({"fault": "internal", "headers": {"": "a"}}, "/headers: expected text"),
    ({"fault": "internal", "headers": {"a b": "a"}}, "/headers: expected text"),
    ({"fault": "internal", "headers": {"X:": "a"}}, "/headers: expected text"),
    ({"fault": "internal", "headers": {"X\n": "a"}}, "/headers: expected text"),
    ({"fault": "internal", "times": "always\n"}, "/times: expected text that matches ^always$"),
    ({"fault": "delay", "seconds": -1}, "/seconds: expected a number of at least 0"),
    ({"fault": "delay", "seconds": 4000}, "/seconds: expected a number of at most 3600"),
    ({"fault": "drop-field", "pointer": "data"}, "/pointer: expected text that matches"),
    ({"fault": "internal", "colour": "red"}, "/colour: expected no such field"),
]


@pytest.mark.parametrize(("data", "words"), WRONG)
def test_a_fault_that_breaks_the_schema_is_refused(data: JSON, words: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_fault(data)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"fault": "lightning"}, "no fault 'lightning'; `mockserver faults` lists all"),
        ({"fault": "close"}, "no fault 'close'; did you mean close-connection? `mockserver f"),
        ({"fault": "rate-limit"}, "no fault 'rate-limit'; did you mean rate-limited?"),
        ({"fault": "migrate"}, "fault 'migrate' needs contract"),
        ({"fault": "drop-field"}, "fault 'drop-field' needs pointer"),
        (
            {"fault": "html-page", "pointer": "/data"},
            "takes no pointer, only headers and seconds and body: 502 with",
        ),
        ({"fault": "internal", "contract": "x"}, "takes no contract, only headers and seconds"),
        ({"fault": "internal", "status": 500}, "fault 'internal' takes no status, only headers"),
        ({"fault": "hang", "body": "late"}, "fault 'hang' takes no body, only seconds"),
        ({"fault": "error"}, "fault 'error' needs status"),
        ({"status": 500, "message": "m", "body": "b"}, "takes a message or a body, not both"),
        ({"fault": "fewer-images", "seconds": 1}, "takes no seconds: a success with one"),
        ({"fault": "drop-field", "pointer": "/a", "headers": {}}, "takes no headers, only pointer"),
        ({"fault": "internal", "headers": {"Content-Length": "abc"}}, "cannot set Content-Length"),
        ({"fault": "internal", "headers": {"CONNECTION": "close"}}, "cannot set CONNECTION"),
        ({"fault": "html-page", "headers": {"transfer-encoding": "x"}}, "cannot set transfer-"),
        ({"fault": "delay", "seconds": "2s..1s"}, "expected a range from short to long"),
        ({"fault": "delay", "seconds": "1.2.3"}, "expected a duration such as 200ms"),
        ({"fault": "delay", "seconds": "2..9999"}, "expected a duration such as 200ms"),
    ],
)
def test_a_fault_that_cannot_happen_is_refused(data: JSON, words: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_fault(data)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "data",
    [
        {"fault": "internal"},
        {"fault": "delay", "seconds": "1..2", "times": "always", "after": 3, "seed": 4},
        {"fault": "internal", "match": {"prompt": "fox"}, "tenant": "abc", "probability": 0.5},
        {"fault": "internal", "headers": {"Retry-After": "1"}, "times": 3},
        {"fault": "error", "status": 529, "message": "Overloaded"},
        {"fault": "unavailable", "body": {"error": ["x"]}},
    ],
)
def test_a_fault_is_written_as_it_is_read(data: dict[str, JSON]) -> None:
    written = Fault.of(data).to_json()
    assert data.items() <= written.items()
    assert Fault.of(written) == Fault.of(data)


def test_a_whole_number_of_times_may_be_written_with_a_point() -> None:
    assert Fault.of(json.loads('{"fault": "internal", "times": 2.0}')).times == 2


DURATIONS: list[tuple[str | float, float, float]] = [
    (2, 2, 2),
    (2.5, 2.5, 2.5),
    (0.00001, 0.00001, 0.00001),
    ("200ms", 0.2, 0.2),
    ("2.5 s", 2.5, 2.5),
    ("100ms..2s", 0.1, 2),
    (" 1 .. 2 ", 1, 2),
]


@pytest.mark.parametrize(("text", "least", "most"), DURATIONS)
def test_a_duration_is_read(text: str | float, least: float, most: float) -> None:
    duration = parse_duration(text)
    drawn = [duration(Random(seed)) for seed in range(50)]
    assert all(least <= seconds <= most for seconds in drawn)
    assert least == most or max(drawn) - min(drawn) > (most - least) / 2


@pytest.mark.parametrize(
    "text", ["", "soon", "-1", "1h", "1..", "..1", "3601", "2..1", "٣", float("nan"), -1, 3601.0]
)
def test_a_wrong_duration_is_refused(text: str | float) -> None:
    with pytest.raises(SettingsError):
        parse_duration(text)


def test_every_kind_says_what_a_client_sees() -> None:
    documented = [e for e in error_catalog().errors.values() if not e.project_defined]
    assert len(fault_kinds()) == len(documented) + 24
    for name, kind in fault_kinds().items():
        assert kind.summary, name
        assert "\n" not in kind.summary
