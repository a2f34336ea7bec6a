"""Documents that move: each change is judged by what happens to a request that was valid before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mockserver.compare import Comparison, Counterexample, compare
from mockserver.compare.report import as_text
from mockserver.contracts import Contract
from mockserver.strict_json import JSON
from tests.documents import document, imported

TEXT = {"type": "string"}
COUNT = {"type": "number", "minimum": 1, "maximum": 4, "default": 1}
LORAS = {"type": "array", "items": {"type": "object", "properties": {"path": TEXT}}}
IMAGE = {"type": "object", "properties": {"url": TEXT, "b64_json": TEXT}}
FORMATS = {"type": "string", "enum": ["url", "b64_json"]}
LINK, BASE64 = ({**FORMATS, "default": value} for value in ("url", "b64_json"))
TRUE, FALSE = ({"type": "boolean", "default": value} for value in (True, False))


def usage(name: str) -> dict[str, Any]:
    """A response with a cost of this name, which is required."""
    costs = {"type": "object", "properties": {name: {"type": "number"}}, "required": [name]}
    meta = {"type": "object", "properties": {"usage": costs}, "required": ["usage"]}
    fields = {"data": {"type": "array", "items": IMAGE}, "meta": meta}
    return {"type": "object", "properties": fields}


def job() -> dict[str, Any]:
    """A response with its images inside a job's output."""
    choice = {"type": "object", "properties": {"image_base64": TEXT}, "required": ["image_base64"]}
    choices = {"type": "array", "items": choice}
    output = {"type": "object", "properties": {"choices": choices}, "required": ["choices"]}
    fields = {"status": TEXT, "output": output}
    return {"type": "object", "properties": fields, "required": list(fields)}


def contract(folder: Path, fields: dict[str, JSON]) -> Contract:
    """The contract of an imported document whose request has some fields."""
    return imported(folder, document(**fields)).contracts[0].load()


def moved(folder: Path, old: dict[str, JSON], new: dict[str, JSON]) -> Comparison:
    return compare(contract(folder, old), contract(folder, new))


def short(comparison: Comparison) -> list[tuple[str, str, str, JSON]]:
    """Each change: verdict, place, kind, and the example."""
    return [
        (
            str(change.verdict),
            change.pointer.removeprefix("/request/body/").removeprefix("/response/body/"),
            change.kind,
            change.example and change.example.value,
        )
        for change in comparison.changes
    ]


PLAIN = {"model": "mock-1", "prompt": "text"}

MOVES: list[tuple[dict[str, JSON], dict[str, JSON], list[tuple[str, str, str, JSON]]]] = [
    (
        {"prompt": {**TEXT, "maxLength": 4000}, "num_images": COUNT},
        {"prompt": {**TEXT, "maxLength": 400}, "num_images": {**COUNT, "type": "integer"}},
        [
            ("breaking", "prompt", "maxLength", {**PLAIN, "prompt": "x" * 401}),
            ("breaking", "num_images", "type", {**PLAIN, "num_images": 1.5}),
        ],
    ),
    (
        {"response": usage("tokens_used")},
        {"response": usage("credits_used")},
        [
            (
                "breaking",
                "meta/usage/tokens_used",
                "removed",
                {"data": [{"b64_json": "text"}], "meta": {"usage": {"credits_used": 1}}},
            ),
            ("compatible", "meta/usage/credits_used", "added", None),
        ],
    ),
    (
        {},
        {"model": {"enum": ["mock-2"]}},
        [
            ("breaking", "model", "enum", PLAIN),
            ("compatible", "model", "enum", None),
        ],
    ),
    (
        {"aspect_ratio": {**TEXT, "enum": ["1:1", "16:9", "21:9"], "default": "1:1"}},
        {"aspect_ratio": {**TEXT, "enum": ["1:1"], "default": "1:1"}},
        [("breaking", "aspect_ratio", "enum", {**PLAIN, "aspect_ratio": "16:9"})],
    ),
    (
        {"loars": LORAS},
        {"loras": LORAS},
        [("breaking", "loars", "renamed", {**PLAIN, "loars": []})],
    ),
    (
        {"apple": TEXT},
        {"zebra": TEXT},
        [("unclear", "apple", "removed", None), ("compatible", "zebra", "added", None)],
    ),
    (
        {"loars": LORAS, "guidance": COUNT},
        {"loras": LORAS, "steps": TEXT, "seed": TEXT},
        [
            ("breaking", "loars", "renamed", {**PLAIN, "loars": []}),
            ("unclear", "guidance", "removed", None),
            ("compatible", "steps", "added", None),
            ("compatible", "seed", "added", None),
        ],
    ),
    (
        {"model": {"enum": ["mock-1", "mock-2", "mock-3"]}},
        {"model": {"enum": ["mock-1", "mock-4"]}},
        [
            ("breaking", "model", "models", {**PLAIN, "model": "mock-2"}),
            ("compatible", "model", "models", None),
        ],
    ),
    (
        {"response_format": LINK},
        {"response_format": BASE64},
        [("breaking", "response_format", "default", PLAIN)],
    ),
    (
        {"convert_base64_to_url": TRUE},
        {"convert_base64_to_url": FALSE},
        [("breaking", "convert_base64_to_url", "default", PLAIN)],
    ),
    (
        {"sync_mode": FALSE},
        {"response_format": BASE64},
        [
            ("breaking", "sync_mode", "removed", PLAIN),
            ("breaking", "response_format", "added", PLAIN),
        ],
    ),
    (
        {"sync_mode": TRUE},
        {"response_format": BASE64},
        [
            ("unclear", "sync_mode", "removed", None),
            ("compatible", "response_format", "added", None),
        ],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), MOVES)
def test_a_change_is_judged_by_what_was_valid_before(
    tmp_path: Path,
    old: dict[str, JSON],
    new: dict[str, JSON],
    expected: list[tuple[str, str, str, JSON]],
) -> None:
    assert short(moved(tmp_path, old, new)) == expected


def test_images_that_move_at_the_same_status_break_readers(tmp_path: Path) -> None:
    found = short(moved(tmp_path, {"response": job()}, {}))
    assert found[0][:3] == ("breaking", "/response/body", "image")
    assert [each[:3] for each in found[1:]] == [
        ("breaking", "status", "removed"),
        ("breaking", "output", "removed"),
        ("compatible", "data", "added"),
    ]


def test_a_renamed_field_is_one_change_in_words(tmp_path: Path) -> None:
    assert list(as_text(moved(tmp_path, {"loars": LORAS}, {"loras": LORAS}))) == [
        "mock-1@2026-09-01 -> mock-1@2026-09-01: 1 breaking",
        "",
        "  breaking",
        "    /request/body/loars",
        "      renamed to loras; the old name is ignored, as any unknown field",
        '      sent:         {"model": "mock-1", "prompt": "text", "loars": []}',
        "      but now:      loars is ignored",
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"additionalProperties": False},
            "expected no such field, only 'model' | 'prompt' | 'loras', received array",
        ),
        ({"required": ["model", "prompt", "loras"]}, "expected array, received nothing"),
    ],
)
def test_a_renamed_field_may_be_refused(tmp_path: Path, more: dict[str, JSON], words: str) -> None:
    old, new = (contract(tmp_path, {name: LORAS}) for name in ("loars", "loras"))
    new = replace(new, request_schema={**new.request_schema, **more})
    (change,) = compare(old, new).changes[:1]
    assert change.kind == "renamed"
    assert change.example == Counterexample({**PLAIN, "loars": []}, words)
    assert change.words == "renamed to loras; the old name is refused"


def test_a_renamed_field_without_a_known_value_is_unclear(tmp_path: Path) -> None:
    code = {**TEXT, "pattern": "^[0-9]{3}$"}
    assert short(moved(tmp_path, {"code": code}, {"cody": code})) == [
        ("unclear", "code", "renamed", None)
    ]


OLD_SPELLING: dict[str, Any] = {
    "image": {"oneOf": [{"type": "array", "items": TEXT, "maxItems": 2}, TEXT]},
    "num_images": {"type": "integer", "nullable": True, "minimum": 0, "exclusiveMinimum": True},
    "size": {
        "anyOf": [
            {"type": "string", "enum": ["square", "wide"]},
            {"type": "object", "properties": {"width": {"type": "integer"}}},
        ]
    },
    "seed": {"type": "string", "enum": ["a", None], "nullable": True},
    "response": {
        "type": "object",
        "properties": {
            "data": {
                "type": "array",
                "nullable": True,
                "items": {
                    "type": "object",
                    "properties": {
                        "url": {"type": "string", "nullable": True},
                        "b64_json": {"type": "string", "nullable": True},
                    },
                },
            }
        },
    },
}
NULL = {"type": "null"}
NEW_SPELLING = {
    "image": {"anyOf": [{"$ref": "#/components/schemas/Link"}, OLD_SPELLING["image"]["oneOf"][0]]},
    "num_images": {"anyOf": [NULL, {"type": "integer", "exclusiveMinimum": 0}]},
    "size": {
        "anyOf": [
            {"type": "object", "properties": {"width": {"type": "integer"}}, "title": "Pixels"},
            {"enum": ["wide", "square"]},
        ]
    },
    "seed": {"oneOf": [NULL, {"const": "a"}]},
    "response": {"$ref": "#/components/schemas/Images"},
}
COMPONENTS = {
    "Link": TEXT,
    "Image": {
        "properties": {
            "b64_json": {"type": ["null", "string"]},
            "url": {"anyOf": [{"$ref": "#/components/schemas/Link"}, NULL]},
        },
        "type": "object",
    },
    "Images": {
        "allOf": [
            {"type": "object"},
            {
                "properties": {
                    "data": {
                        "oneOf": [
                            {"type": "array", "items": {"$ref": "#/components/schemas/Image"}},
                            NULL,
                        ]
                    }
                }
            },
        ]
    },
}


def test_two_spellings_of_a_document_differ_in_nothing(tmp_path: Path) -> None:
    old = imported(tmp_path, document("3.0.3", **OLD_SPELLING)).contracts[0].load()
    content = document("3.1.0", **NEW_SPELLING)
    content["components"]["schemas"] = COMPONENTS
    new = imported(tmp_path, content).contracts[0].load()
    assert compare(old, new).changes == ()
    assert compare(new, old).changes == ()
