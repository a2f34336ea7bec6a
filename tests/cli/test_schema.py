"""Every schema has an identifier, and is printed in one piece."""

from __future__ import annotations

import json
import tomllib

import pytest
from jsonschema import Draft202012Validator

from mockserver.errors import ExitCode
from mockserver.paths import FIXTURES, SCHEMAS
from mockserver.strict_json import JSON
from tests.process import run

FILES = sorted(SCHEMAS.glob("*.schema.json"))
NAMES = [file.name.removesuffix(".schema.json") for file in FILES]


def printed(name: str) -> dict[str, JSON]:
    status, text, problem = run("schema", name)
    assert status == 0, problem
    schema: dict[str, JSON] = json.loads(text)
    return schema


def test_each_schema_has_an_absolute_identifier_that_ends_with_its_file_name() -> None:
    for file in FILES:
        stated = json.loads(file.read_text())["$id"]
        assert stated == f"https://aimlapi-mockserver.invalid/schemas/{file.name}"


@pytest.mark.parametrize("name", [name for name in NAMES if "." not in name])
def test_a_printed_schema_is_valid_and_needs_no_other(name: str) -> None:
    schema = printed(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/{name}.schema.json")
    assert '"$ref":' not in json.dumps(schema)


def test_the_shipped_files_keep_the_printed_schemas() -> None:
    scenario, contract = map(Draft202012Validator, map(printed, ("scenario", "contract")))
    for file in (FIXTURES / "scenarios").iterdir():
        scenario.validate(tomllib.loads(file.read_text()))
    for file in (SCHEMAS / "dall-e-2").glob("*/contract.json"):
        contract.validate(json.loads(file.read_text()))


def test_the_schema_of_the_configuration_file_is_made_from_the_options() -> None:
    schema = printed("config")
    Draft202012Validator.check_schema(schema)
    valid = {"port": 0, "contracts": ["dall-e-3"], "admin": False, "time_scale": 0.5}
    validator = Draft202012Validator(schema)
    assert validator.is_valid({**valid, "target": "mock", "rate_limit": "1/day"})
    assert not any(validator.is_valid({name: "1"}) for name in (*valid, "contract"))


def test_without_a_name_the_schemas_are_listed() -> None:
    status, text, _ = run("schema")
    assert status == 0
    assert "scenario  A scenario: faults that belong together" in text.splitlines()
    assert "config" in [line.split()[0] for line in text.splitlines()]
    assert "overlay" not in text


def test_an_unknown_name_ends_with_the_known_ones() -> None:
    status, _, problem = run("schema", "scenarios")
    assert status == ExitCode.USAGE
    assert "expected one of baseline, config, contract, " in problem
