"""The findings about exchanges that the provider published or sent."""

from __future__ import annotations

import json

import pytest

from mockserver.contracts import Exchange
from mockserver.paths import FIXTURES
from mockserver.recording.reader import parse_recording
from mockserver.strict_json import JSON
from tests.http import load

GOLDEN = sorted(file.stem for file in (FIXTURES / "exchanges").glob("*.json"))


def golden(name: str) -> JSON:
    return json.loads((FIXTURES / "exchanges" / f"{name}.json").read_text())


def exchange_of(record: JSON) -> Exchange:
    return parse_recording(record, FIXTURES).exchange()


@pytest.mark.parametrize("name", GOLDEN)
def test_a_golden_exchange_has_the_findings_that_it_lists(name: str) -> None:
    record = golden(name)
    found = load(record["contract"]).findings(exchange_of(record))
    assert [f"{f.level} {f.pointer} {f.rule}" for f in found] == record["findings"]


@pytest.mark.parametrize("name", GOLDEN)
def test_a_golden_exchange_names_its_origin(name: str) -> None:
    assert len(golden(name)["about"]) > 20


def test_the_published_sample_matches_the_schema_but_has_no_usable_image() -> None:
    levels = {line.split()[0] for line in golden("printed-answer-2025-08-19")["findings"]}
    assert levels == {"semantic"}
