"""What each revision of dall-e-2 changed for callers, listed by hand from the documents."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from mockserver.cli.diff import diff
from mockserver.compare import Change, Part, Verdict, compare
from mockserver.compare.changes import Counterexample
from mockserver.contracts import default_catalog
from mockserver.strict_json import JSON
from tests.http import load
from tests.published import PUBLISHED

JOB = ("status", "prompt", "model", "model_owner", "tags", "num_returns")
JOB_FIELDS = (*JOB, "args", "subjobs", "output")

TIMELINE = {
    ("2024-09-10", "2025-02-27"): {
        ("breaking", "documented", "/request/body/provider", "removed"),
        ("breaking", "documented", "/request/body/model", "enum"),
        ("unclear", "documented", "/request/body/model", "default"),
        ("unclear", "documented", "/request/body/quality", "default"),
        ("unclear", "documented", "/request/body/response_format", "default"),
        ("unclear", "documented", "/request/body/size", "default"),
        ("compatible", "documented", "/request/body/size", "null"),
        ("unclear", "documented", "/response/body", "documentation"),
        ("breaking", "client-required", "/response/body/data/0/b64_json", "null"),
        ("unclear", "client-required", "/response/body/data/0/url", "null"),
        ("unclear", "client-required", "/response/body/data/0/revised_prompt", "removed"),
    },
    ("2025-02-27", "2025-06-12"): {
        ("breaking", "documented", "/request/body/model", "required"),
        ("breaking", "documented", "/request/body/prompt", "maxLength"),
        ("breaking", "documented", "/request/body/n", "minimum"),
        ("breaking", "documented", "/request/body/n", "maximum"),
        ("breaking", "documented", "/request/body/size", "enum"),
        ("breaking", "documented", "/request/body/size", "null"),
        ("breaking", "documented", "/request/body/response_format", "null"),
        ("unclear", "documented", "/request/body/quality", "removed"),
        ("unclear", "documented", "/request/body/style", "removed"),
        ("compatible", "documented", "/request/body/*", "additionalProperties"),
    },
    ("2025-06-12", "2025-08-19"): {
        ("unclear", "documented", "/response/body", "documentation"),
        ("breaking", "client-required", "/response/body", "image"),
        ("breaking", "client-required", "/response/body/created", "removed"),
        ("breaking", "client-required", "/response/body/data", "removed"),
    },
    ("2025-08-19", "2025-11-20"): {
        ("breaking", "documented", "/response/status", "status"),
        ("breaking", "documented", "/response/body", "image"),
        *(("breaking", "documented", f"/response/body/{name}", "removed") for name in JOB_FIELDS),
        ("compatible", "documented", "/response/body/data", "added"),
        ("compatible", "documented", "/response/body/meta", "added"),
    },
    ("2025-11-20", "2026-01-16"): {
        ("breaking", "documented", "/response/body/meta/usage/tokens_used", "removed"),
        ("compatible", "documented", "/response/body/meta/usage/credits_used", "added"),
    },
}

LAST = "2026-01-16"
PAIRS = [*TIMELINE, ("2025-02-27", "2026-01-16"), ("2026-01-16", "2025-02-27")]
"""The steps, and the whole way there and back."""


@cache
def changes(old: str, new: str) -> tuple[Change, ...]:
    return compare(load(f"dall-e-2@{old}"), load(f"dall-e-2@{new}")).changes


def change(old: str, new: str, pointer: str, kind: str) -> Change:
    return next(c for c in changes(old, new) if (c.pointer, c.kind) == (pointer, kind))


def keeps(revision: str, part: Part, body: JSON) -> bool:
    """Return whether a body is valid by the published schema as the tests hold it."""
    published = PUBLISHED[f"dall-e-2@{revision}"]
    schema = published.request if part is Part.REQUEST else published.response
    return Draft202012Validator(schema or {}).is_valid(body)


@pytest.mark.parametrize("step", TIMELINE)
def test_each_revision_changed_what_the_documents_say(step: tuple[str, str]) -> None:
    found = {(str(c.verdict), str(c.level), c.pointer, c.kind) for c in changes(*step)}
    assert found == TIMELINE[step]


@pytest.mark.parametrize("pair", PAIRS)
def test_every_breaking_change_has_an_example_and_comes_before_the_others(
    pair: tuple[str, str],
) -> None:
    verdicts = [c.verdict for c in changes(*pair)]
    assert verdicts == sorted(verdicts, key=list(Verdict).index)
    for c in changes(*pair):
        assert (c.example is not None) == (c.verdict is Verdict.BREAKING), c


@pytest.mark.parametrize("pair", PAIRS)
def test_an_example_of_a_request_was_valid_and_is_not_now(pair: tuple[str, str]) -> None:
    for c in changes(*pair):
        if c.part is Part.REQUEST and c.level == "documented" and c.example:
            assert keeps(pair[0], c.part, c.example.value), c
            assert not keeps(pair[1], c.part, c.example.value), c


@pytest.mark.parametrize("pair", PAIRS)
def test_an_example_of_a_response_is_valid_now_and_was_not(pair: tuple[str, str]) -> None:
    for c in changes(*pair):
        if c.part is Part.RESPONSE and c.example:
            assert keeps(pair[1], c.part, c.example.value), c
            assert c.level == "client-required" or not keeps(pair[0], c.part, c.example.value), c


@pytest.mark.parametrize(
    ("step", "pointer", "kind", "value"),
    [
        (1, "/request/body/model", "required", {"prompt": "text"}),
        (1, "/request/body/n", "minimum", {"model": "dall-e-2", "prompt": "text", "n": 0}),
        (1, "/request/body/n", "maximum", {"model": "dall-e-2", "prompt": "text", "n": 11}),
        (1, "/request/body/prompt", "maxLength", {"model": "dall-e-2", "prompt": "x" * 1001}),
        (
            1,
            "/request/body/size",
            "null",
            {"model": "dall-e-2", "prompt": "text", "size": None},
        ),
        (
            1,
            "/request/body/size",
            "enum",
            {"model": "dall-e-2", "prompt": "text", "size": "1024x1792"},
        ),
        (3, "/response/status", "status", {"status": 200}),
        (
            4,
            "/response/body/meta/usage/tokens_used",
            "removed",
            {
                "created": 1,
                "data": [{"url": "https://images.test/1.png"}],
                "meta": {"usage": {"credits_used": 1}},
            },
        ),
    ],
)
def test_an_example_is_the_smallest(step: int, pointer: str, kind: str, value: JSON) -> None:
    example = change(*list(TIMELINE)[step], pointer, kind).example
    assert example is not None
    assert example.value == value


def test_a_field_that_took_the_place_of_another_is_named() -> None:
    gone = change("2025-11-20", "2026-01-16", "/response/body/meta/usage/tokens_used", "removed")
    assert "credits_used of the same schema is new" in gone.words


def test_an_undocumented_field_is_reported_as_ignored() -> None:
    words = change("2025-02-27", "2025-06-12", "/request/body/quality", "removed").words
    assert words == "no longer documented: accepted and ignored, as any unknown field"
    closed = change("2025-06-12", "2025-02-27", "/request/body/quality", "added")
    assert (closed.verdict, closed.words) == (Verdict.COMPATIBLE, "new and optional")


def test_a_contract_does_not_differ_from_itself() -> None:
    assert changes("2025-08-19", "2025-08-19") == ()


def test_a_body_that_is_no_longer_documented_is_unclear() -> None:
    back = change("2025-08-19", "2025-06-12", "/response/body", "documentation")
    assert back.words.startswith("no body is documented now")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(diff, arguments)


def test_diff_prints_the_breaking_changes_first_within_a_hundred_columns() -> None:
    result = run("--timeline", "dall-e-2")
    assert result.exit_code == 1
    assert result.output.startswith(
        "dall-e-2@2024-09-10 -> dall-e-2@2025-02-27: 3 breaking, 7 unclear, 1 compatible\n"
    )
    assert result.output.count(" -> ") == 5
    assert max(map(len, result.output.splitlines())) <= 100
    first = result.output.partition("\n\ndall-e-2@")[0]
    assert first.index("  breaking\n") < first.index("  unclear\n") < first.index("  compatible\n")


def test_diff_reports_the_same_change_of_many_fields_once() -> None:
    output = run("dall-e-2@2025-08-19", "dall-e-2@2025-11-20").output
    assert f"/response/body/{{{', '.join(JOB_FIELDS)}}}" in output
    assert output.count("was always there") == 1


def test_diff_prints_markdown_with_one_row_a_change() -> None:
    result = run("dall-e-2@2025-11-20", "dall-e-2@2026-01-16", "--markdown")
    assert result.exit_code == 1
    title, _, header, _, *rows = result.output.splitlines()
    assert title.startswith("### dall-e-2@2025-11-20 -> dall-e-2@2026-01-16")
    assert len(rows) == 2
    assert {row.replace("\\|", "").count("|") for row in [header, *rows]} == {5}


def test_diff_prints_json_with_whole_examples() -> None:
    result = run("dall-e-2@2025-02-27", "dall-e-2@2025-06-12", "--json")
    (comparison,) = json.loads(result.output)["comparisons"]
    assert comparison["counts"] == {"breaking": 7, "unclear": 2, "compatible": 1}
    prompt = next(c for c in comparison["changes"] if c["kind"] == "maxLength")
    assert (prompt["before"], prompt["after"]) == (4000, 1000)
    assert prompt["example"]["value"]["prompt"] == "x" * 1001


@pytest.mark.parametrize("form", [[], ["--markdown"]])
def test_diff_of_equal_contracts_exits_with_0(form: list[str]) -> None:
    result = run("dall-e-2", "dall-e-2", *form)
    assert result.exit_code == 0
    assert "no change" in result.output


def test_diff_takes_folders(schemas: Path) -> None:
    folder = schemas / "dall-e-2" / "2026-01-16"
    result = run("dall-e-2@2026-01-16", str(folder))
    assert (result.exit_code, "no change" in result.output) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected two contracts, or --timeline MODEL"),
        (["dall-e-2"], "expected two contracts, or --timeline MODEL"),
        (["dall-e-2", "--timeline", "dall-e-2"], "received both"),
        (["dall-e-2", "dall-e-9"], "no contract 'dall-e-9'"),
        (["dall-e-2", "schemas"], "schemas: no contract.json in this folder"),
        (["--timeline", "dall-e-3"], "1 revision of 'dall-e-3', two are needed"),
        (["--timeline", "nope"], "; models with two or more: dall-e-2"),
        (["--timeline", "dall-e-2@2024-09-10"], "expected a model without @REVISION"),
    ],
)
def test_wrong_usage_of_diff_is_an_error(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code != 0
    assert message in f"{result.output}{result.exception}"


HEADERS = ("x-inference-id", "x-client-request-id", "x-aimlapi-credits-used", "x-aimlapi-usd-spent")


@pytest.mark.parametrize(
    ("old", "new", "verdicts"),
    [
        ("off", "on", ["compatible"] * 4),
        ("on", "off", ["breaking", "unclear", "breaking", "breaking"]),
        ("on", "on", []),
    ],
)
def test_headers_that_come_or_go_are_changes(old: str, new: str, verdicts: list[str]) -> None:
    before, after = (default_catalog(headers=mode).load(f"dall-e-2@{LAST}") for mode in (old, new))
    verdict_of = {change.pointer: str(change.verdict) for change in compare(before, after).changes}
    pointers = [f"/response/headers/{name}" for name in HEADERS if verdicts]
    assert verdict_of == dict(zip(pointers, verdicts, strict=True))


def test_a_header_that_is_gone_is_shown_by_a_response_without_it() -> None:
    before, after = (
        default_catalog(headers=mode).load(f"dall-e-2@{LAST}") for mode in ("on", "off")
    )
    change = compare(before, after).changes[0]
    assert change.words == "may be missing now, was always there"
    assert change.example == Counterexample({}, "expected string, received nothing")
