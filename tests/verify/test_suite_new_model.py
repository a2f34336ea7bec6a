"""The contract suite tests a new model that is a folder of JSON, without any Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from mockserver.cli.main import cli
from mockserver.contracts import Contract, default_catalog
from mockserver.contracts.samples import plain_request
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON, parse
from mockserver.testing.mock_server import MockServer
from mockserver.verify.suite.cases import bad_parameters, simultaneous, valid
from mockserver.verify.suite.parameters import breaks_documents, parameters
from mockserver.verify.suite.strategies import invalid_bodies, valid_bodies
from tests.servers.behavior import ordering
from tests.servers.live import as_documented
from tests.servers.running import run_suite
from tests.servers.stub_server import Behavior, StubServer, mock_of, serving

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MODEL = "painter-9"
NAME = f"{MODEL}@2026-09-01"
REQUEST = {
    "$schema": DIALECT,
    "type": "object",
    "properties": {
        "model": {"type": "string", "enum": [MODEL]},
        "prompt": {"type": "string", "minLength": 3, "maxLength": 200},
        "num_images": {"type": "integer", "minimum": 1, "maximum": 4, "default": 1},
        "n": {"anyOf": [{"type": "integer", "enum": [1, 2]}, {"type": "null"}]},
        "image_size": {"type": "string", "enum": ["square_hd", "square", "landscape_4_3"]},
        "guidance": {"type": "number", "exclusiveMinimum": 0, "maximum": 20, "default": 3.5},
        "seed": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        "safe": {"type": "boolean", "default": True},
        "colours": {
            "type": "array",
            "items": {"type": "string", "enum": ["red", "blue"]},
            "minItems": 1,
            "maxItems": 3,
        },
        "frame": {
            "type": ["object", "null"],
            "properties": {"width": {"type": "integer", "minimum": 0, "examples": [2]}},
            "required": ["width"],
        },
        "output_format": {"type": "string", "enum": ["png", "jpeg"], "default": "png"},
        "image_urls": {"type": "array", "items": {"type": "string", "format": "uri"}},
        "pace": {"anyOf": [{"type": "string", "enum": ["fast"]}, {"type": "integer"}]},
        "code": {"type": "string", "pattern": "^[0-9]{4}$"},
    },
    "required": ["model", "prompt"],
    "additionalProperties": False,
}
EXPECTED = {
    "$schema": DIALECT,
    "type": "object",
    "properties": {
        "response": {
            "properties": {"data": {"items": {"properties": {"seed": {"type": "integer"}}}}}
        }
    },
    "allOf": [{"$ref": str(SCHEMAS / "data.overlay.schema.json")}],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the new contract alone."""
    about = parse((SCHEMAS / "dall-e-3/2026-01-16/contract.json").read_bytes())
    about |= {"model": MODEL, "revision": "2026-09-01"}
    response = parse((SCHEMAS / "dall-e-3/2026-01-16/response.schema.json").read_bytes())
    for name, content in (
        ("contract.json", about),
        ("request.schema.json", REQUEST),
        ("response.schema.json", response),
        ("overlay.schema.json", EXPECTED),
    ):
        (tmp_path / name).write_text(json.dumps(content))
    return tmp_path


@pytest.fixture
def contract(folder: Path) -> Contract:
    return default_catalog(folder).load(NAME)


def run(folder: Path, behave: Behavior, *options: str) -> tuple[int, str]:
    mock = mock_of(NAME, schemas=(str(folder),))
    with serving(StubServer(mock, behave)) as url:
        known = ("--schemas", str(folder), "--contract", NAME)
        outcome = run_suite("--target", url, *known, *options)
    return outcome.status, outcome.output


@pytest.mark.nightly
def test_mock_of_the_new_model_passes(folder: Path) -> None:
    status, output = run(folder, as_documented)
    assert status == 0, output


def test_suite_starts_a_mock_that_knows_the_new_model(folder: Path) -> None:
    outcome = run_suite("--schemas", str(folder), "--contract", NAME, "-k", "test_response")
    assert outcome.status == 0, outcome.output
    assert f"{NAME}: " in outcome.output


def test_wrong_server_of_the_new_model_is_caught(folder: Path) -> None:
    status, output = run(folder, ordering(lambda body: {**body, "num_images": 1}), "--exitfirst")
    assert status == 1
    assert "num_images=2]" in output
    assert "semantic /response/body/data (count)" in output


def test_plain_request_is_the_cheapest(contract: Contract) -> None:
    plain = plain_request(contract)
    assert plain.keys() == {"model", "prompt", "image_size"}
    assert plain["image_size"] == "square"


def values_of(contract: Contract, name: str) -> list[JSON]:
    bodies = [
        json.loads(case.request_specs[0].body)
        for case in valid(contract)
        if case.label.startswith(f"{name}=")
    ]
    return list({json.dumps(body[name]): body[name] for body in bodies}.values())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("num_images", [1, 2, 3, 4]),
        ("seed", [1, 2, 2**31 - 2, 2**31 - 1]),
        ("n", [1, 2, None]),
        ("safe", [True, False]),
        ("guidance", [1, 2, 19, 20]),
        ("colours", [["red"], ["red", "red"], ["red", "red", "red"]]),
        ("frame", [{"width": 1}]),
        ("image_urls", [["https://images.test/1.png"]]),
        ("pace", ["fast", 1]),
    ],
)
def test_limits_are_tried(contract: Contract, name: str, values: list[JSON]) -> None:
    assert values_of(contract, name) == values


def test_text_is_tried_at_its_limits_and_just_inside(contract: Contract) -> None:
    assert [len(prompt) for prompt in values_of(contract, "prompt")] == [3, 199, 200]


def test_just_outside_is_tried(contract: Contract) -> None:
    labels = {invalid_request.label for invalid_request in bad_parameters(contract)}
    expected = {
        "num_images=0",
        "num_images=5",
        "guidance=0",
        "guidance=21",
        "guidance=20.5",
        "seed=0",
    }
    more = {"prompt=a ", "prompt=201-characters", "prompt-missing", "undocumented=true"}
    kinds = {'safe="text"', "colours=[]", 'colours=["red", "red", "red", "red"]', "frame={}"}
    assert expected | more | kinds <= labels, labels


def test_every_parameter_is_tried_both_ways(contract: Contract) -> None:
    names = [parameter.name for parameter in parameters(contract)]
    known = set(names) - {"code"}  # no value is made from a pattern
    assert {name for name in names if values_of(contract, name)} == known
    wrong = [invalid_request.label for invalid_request in bad_parameters(contract)]
    assert {name for name in names if any(label.startswith(name) for label in wrong)} == set(names)


def test_simultaneous_requests_differ(contract: Contract) -> None:
    bodies = simultaneous(contract)
    assert len({json.dumps(body) for body in bodies}) == len(bodies)
    assert not any(contract.request_findings(body) for body in bodies)


def test_generated_requests_are_valid_and_invalid(contract: Contract) -> None:
    @settings(max_examples=50, deadline=None, database=None)
    @given(valid=valid_bodies(contract), invalid=invalid_bodies(contract))
    def check(valid: dict[str, JSON], invalid: dict[str, JSON]) -> None:
        assert not contract.request_findings(valid)
        assert breaks_documents(contract, invalid)

    check()


@pytest.mark.usefixtures("few_checks")  # the whole suite runs against the model above
def test_commands_know_the_new_model(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    recording = tmp_path_factory.mktemp("recorded")
    known = ("--schemas", str(folder))
    with MockServer(NAME, schemas=(str(folder),)) as mock:
        target = ("--target", mock.url, "--contract", NAME, *known)
        assert command("record", "--out", str(recording), *target) == 0
        assert command("verify", "--max-images", "1", *target) == 0
    assert command("verify", "--recording", str(recording), *known) == 0
    file = str(next(recording.glob("*.json")))
    assert command("identify", file, "--contract", NAME, *known) == 0
    assert NAME.partition("@")[0] in CliRunner().invoke(cli, ["contracts", *known]).output
    assert command("run", *known, "--contract", NAME, "true") == 0
    reads = ("compat", *known, "--contract", NAME, "--seeds", "0", "--", "true")
    assert NAME in CliRunner().invoke(cli, reads).output
    assert command("diff", NAME, NAME, env={"MOCKSERVER_SCHEMAS": str(folder)}) == 0


def command(*arguments: str, env: dict[str, str] | None = None) -> int:
    done = CliRunner().invoke(cli, arguments, env=env)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code
