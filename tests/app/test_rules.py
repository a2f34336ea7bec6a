"""Rules: own images and own responses to the requests that match."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from mockserver.app import rule_checks
from mockserver.app.factory import create_app
from mockserver.app.rules import Rule, RuleReader, with_image
from mockserver.app.tenants import tenant_id
from mockserver.contracts import image_checks
from mockserver.contracts.response_template import MockResponse, Template
from mockserver.errors import SettingsError
from mockserver.images import ImageLibrary
from mockserver.images.inspect import inspect
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.http import BEARER, PATH, Generate, MakeClient

EVERY_STORE = True


TENANT = tenant_id("mock-key")
TEAPOT: dict[str, JSON] = {"status": 418, "body": "short and stout"}


def write_rules(folder: Path, *rules: JSON) -> str:
    file = folder / "rules.json"
    file.write_text(json.dumps({"rules": rules}))
    return str(file)


@pytest.fixture
def generate(make_client: MakeClient) -> Generate:
    return Generate(make_client(latency="5s", time_scale=0))


def set_rules(generate: Generate, *rules: JSON, **fields: JSON) -> JSON:
    """Replace the rules by the admin API, and return them as it shows them."""
    response = generate.client.put("/__admin/rules", json={"rules": rules, **fields})
    assert response.status_code == 200, response.text
    return response.get_json()["rules"]


def entry(generate: Generate) -> dict[str, Any]:
    """The latest entry of the journal."""
    found: list[dict[str, Any]] = generate.client.get("/__admin/requests").get_json()["requests"]
    return found[-1]


def test_rules_of_a_file_respond(make_client: MakeClient, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "fox.png")
    rules = write_rules(
        tmp_path,
        {"name": "our fox", "match": {"prompt": "fox"}, "image": "fox.png"},
        {"match": {"prompt": "boat"}, "merge": {"tags": {"of": "a boat"}}},
        {**TEAPOT, "match": {"prompt": "tea"}},
    )
    generate = Generate(make_client(rules=rules))
    fox = generate(prompt="A fox", n=2, size="256x256")
    shown = entry(generate)
    assert (fox.status_code, shown["rule"]) == (201, "our fox")
    assert [(i["name"], i["width"]) for i in shown["images"]] == [("rules/fox.png", 256)] * 2
    assert generate.response(prompt="A boat")["tags"] == {"of": "a boat"}
    assert entry(generate)["rule"] == "/rules/1"
    assert entry(generate)["findings"] == []
    tea = generate(prompt="tea")
    assert (tea.status_code, tea.text, tea.mimetype) == (418, "short and stout", "text/plain")
    assert generate(prompt="A lighthouse").status_code == 201
    assert entry(generate)["rule"] is None


RED_FOX = {"prompt": "A red fox", "size": "512x512"}


@pytest.mark.parametrize(
    ("match", "responds"),
    [
        ({}, True),
        ({"model": "dall-e-2", "prompt": "red", "pattern": "A * fox"}, True),
        ({"model": "dall-e-3"}, False),
        ({"prompt": "Red"}, False),
        ({"pattern": "A *"}, True),
        ({"pattern": "A [rb]ed ???"}, True),
        ({"pattern": "red"}, False),
        ({"fields": {"size": "512x512", "n": 1}}, True),
        ({"fields": {"n": True}}, False),
        ({"fields": {"n": 1.0}}, True),
        ({"fields": {"colour": None}}, False),
    ],
)
def test_a_rule_responds_to_requests_that_match_all_of_it(
    generate: Generate, match: JSON, responds: bool
) -> None:
    set_rules(generate, {**TEAPOT, "match": match})
    assert (generate(**RED_FOX).status_code == 418) is responds


def test_a_pattern_takes_linear_time(generate: Generate) -> None:
    hostile = {"pattern": "*a*a*a*[a-z]*a*a*?*b"}
    set_rules(generate, {**TEAPOT, "match": hostile})
    assert generate(prompt="a" * 900_000).status_code == 400


def test_the_first_rule_that_matches_responds_as_often_as_it_says(generate: Generate) -> None:
    set_rules(
        generate,
        {"status": 500, "body": 1, "after": 1, "times": 1.0},
        {"status": 501, "body": 2, "times": 2},
        {"status": 502.0, "body": 3, "probability": 0.5, "seed": 3},
    )
    statuses = [generate().status_code for _ in range(20)]
    assert statuses[:3] == [501, 500, 501]
    assert set(statuses[3:]) == {201, 502}
    rules = generate.client.get("/__admin/rules").get_json()["rules"]
    assert [(rule["seen"], rule["used"]) for rule in rules[:2]] == [(2, 1), (2, 2)]


def test_parallel_requests_are_counted_once_each(generate: Generate) -> None:
    set_rules(generate, {**TEAPOT, "times": 5})
    clients = [Generate(generate.client.application.test_client()) for _ in range(20)]
    with ThreadPoolExecutor(8) as pool:
        responses = pool.map(lambda each: each(size="256x256").status_code, clients)
        assert sorted(responses) == [201] * 15 + [418] * 5


def test_a_tenant_has_its_own_rules_before_those_of_all(generate: Generate) -> None:
    other = Generate(generate.client, {"Authorization": "Bearer mock-other"})
    set_rules(generate, {"status": 500, "body": 1}, {**TEAPOT, "tenant": "nobody"})
    set_rules(generate, TEAPOT, tenant=TENANT)
    assert (generate().status_code, other().status_code) == (418, 500)
    generate.client.post("/__admin/reset", json={"tenant": TENANT})
    assert generate().status_code == 500


def test_a_reset_returns_to_the_rules_of_the_settings(
    make_client: MakeClient, tmp_path: Path
) -> None:
    generate = Generate(make_client(rules=write_rules(tmp_path, TEAPOT)))
    set_rules(generate)
    assert generate().status_code == 201
    (tmp_path / "rules.json").unlink()
    generate.client.post("/__admin/reset")
    assert generate().status_code == 418


def test_a_fault_comes_before_a_rule_and_changes_its_response(generate: Generate) -> None:
    set_rules(generate, {"merge": {"tags": {"own": 1}}}, {**TEAPOT, "match": {"prompt": "tea"}})
    for fault in ({"status": 503}, {"fault": "drop-field", "pointer": "/tags/own"}):
        generate.client.post("/__admin/faults", json=fault)
    assert generate().status_code == 503
    assert entry(generate)["rule"] is None
    assert generate.response()["tags"] == {}
    assert (entry(generate)["rule"], entry(generate)["fault"]) == ("/rules/0", "drop-field")


def test_an_invalid_request_is_refused_unless_a_rule_has_the_whole_response(
    generate: Generate,
) -> None:
    set_rules(generate, {**TEAPOT, "match": {"model": "own/model"}}, {"image": "t-rex"})
    assert generate(n=0).status_code == 400
    assert entry(generate)["rule"] is None
    assert generate.send([]).status_code == 400
    assert generate(model="own/model").status_code == 418
    assert entry(generate)["rule"] == "/rules/0"


@pytest.mark.parametrize("action", [{"image": "t-rex"}, {"merge": {}}, TEAPOT])
def test_a_rule_has_its_own_latency(
    make_client: MakeClient, waits: list[float], action: dict[str, JSON]
) -> None:
    generate = Generate(make_client(latency="5s"))
    set_rules(generate, {**action, "latency": "100ms", "match": {"prompt": "own"}}, action)
    generate(prompt="own")
    assert sum(waits) == pytest.approx(0.1)
    generate()
    assert sum(waits) == pytest.approx(0.1 + (5 if action is not TEAPOT else 0))


BREAKS: list[tuple[JSON, list[str]]] = [
    ({"merge": {"output": None}}, ["/response/body/output"]),
    ({"merge": {"status": 5}}, ["/response/body/status"]),
    ({"status": 201, "body": [1]}, ["/response/body"]),
    ({"status": 403, "body": "<h1>No</h1>"}, ["/response/body"]),
    ({"status": 418, "body": {"message": 1}}, ["/response/status", "/response/body/message"]),
]


@pytest.mark.parametrize(("rule", "pointers"), BREAKS)
def test_what_breaks_the_contract_is_a_warning_and_a_finding(
    generate: Generate, rule: JSON, pointers: list[str]
) -> None:
    [shown] = set_rules(generate, rule)
    generate()
    found = [finding["pointer"] for finding in entry(generate)["findings"]]
    assert set(pointers) <= set(found)
    for pointer in pointers:
        assert any(f" {pointer}: expected " in warning for warning in shown["warnings"])


def test_what_keeps_the_contract_is_no_finding(generate: Generate) -> None:
    error = generate(n=0).get_json()
    whole = generate.response(**RED_FOX)
    set_rules(
        generate,
        {"status": 400, "body": error, "match": {"fields": {"n": 0}}},
        {"match": {"model": "dall-e-3"}, "merge": {"data": [{"url": "https://a.test/1.png"}]}},
        {"status": 201, "body": whole, "match": {"fields": RED_FOX}},
        {"merge": {"meta": {"usage": {"credits_used": 5}}}},
    )
    for fields in ({"n": 0}, RED_FOX, {"model": "dall-e-3"}, {}):
        generate(**fields)
        assert entry(generate)["rule"]
        assert [f for f in entry(generate)["findings"] if "response" in f["pointer"]] == []
    rules = generate.client.get("/__admin/rules").get_json()["rules"]
    assert [rules[1]["warnings"], rules[3]["warnings"]] == [[], []]


def test_warnings_about_a_file_are_logged(
    make_client: MakeClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = {"status": 201, "body": {}}
    make_client(rules=write_rules(tmp_path, whole, {"match": {"model": "x"}, "image": "t-rex"}))
    assert "rules.json: /rules/0: dall-e-2@2025-08-19: documented /response/body" in caplog.text
    assert ": and 4 more" in caplog.text
    assert "/rules/1: no contract of 'x' is served" in caplog.text


def test_links_to_the_image_of_a_rule_work_as_long_as_the_rule_is_there(
    make_client: MakeClient, tmp_path: Path
) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "fox.png")
    generate = Generate(make_client(contracts=("dall-e-2@2026-01-16",)))
    fox = with_image({"image": str(tmp_path / "fox.png")}, tmp_path)
    set_rules(generate, fox)
    link = generate.response(response_format="url")["data"][0]["url"]
    assert generate.client.get(link).status_code == 200
    assert generate.client.delete("/__admin/rules").get_json() == {"removed": 1}
    gone = generate.client.get(link)
    assert gone.status_code == 404
    assert "no image 'rule-" in gone.get_json()["message"]


def test_a_file_that_vanishes_makes_the_response_unavailable(
    make_client: MakeClient, tmp_path: Path
) -> None:
    own = tmp_path / "own.png"
    Image.new("RGB", (30, 20), "red").save(own)
    generate = Generate(make_client(images=tmp_path, credits=120_000))
    own.unlink()
    response = generate()
    assert response.status_code == 503
    reason = "own.png: an image that cannot be read: No such file or directory"
    assert response.get_json()["message"] == f"Service unavailable\n{reason}"
    rules = {"rules": [{"merge": {"created": 1}}]}  # are tried out before they are taken
    refused = generate.client.put("/__admin/rules", json=rules)
    assert (refused.status_code, refused.get_json()["message"].count(reason)) == (503, 1)
    assert generate.client.get("/__admin/credits", query_string={"tenant": TENANT}).get_json() == {
        "balance": 120_000
    }


WRONG: list[tuple[JSON, str]] = [
    ({}, "#/rules/0: expected one of 'image' | 'merge'"),
    ({"image": "none.png"}, "#/rules/0/image: no image 'none.png'; expected one of t-rex,"),
    ({"image": "text.png"}, "#/rules/0/image: "),
    ({"image": "a\0b"}, "#/rules/0/image: "),
    ({"image": "data:,text"}, "#/rules/0/image: expected a data URL such as data:image/png"),
    ({"image": "data:image/png;base64,AAA"}, "#/rules/0/image: a data URL that is no base64"),
    ({"image": "data:image/png;base64,AAAA"}, "#/rules/0/image: no PNG, JPEG or WebP"),
    ({"latency": "5s..1s"}, "#/rules/0/latency: expected a range from short to long"),
    ({"latency": "soon"}, "#/rules/0/latency: expected text that matches"),
    ({"status": 403, "image": "t-rex"}, "#/rules/0: expected body only with 'status' and status"),
    ({"status": 204, "body": ""}, "#/rules/0/status: expected the status of a response with a"),
    ({**TEAPOT, "merge": {}}, "#/rules/0/body: expected a body, or an image and fields to merge"),
    ({**TEAPOT, "match": {"promt": "x"}}, "#/rules/0/match/promt: expected no such field, only"),
]


@pytest.mark.parametrize(("rule", "words"), WRONG)
def test_a_wrong_rule_is_refused_with_file_and_pointer(
    tmp_path: Path, rule: JSON, words: str
) -> None:
    (tmp_path / "text.png").write_text("text")
    with pytest.raises(SettingsError) as error:
        create_app(Settings(rules=write_rules(tmp_path, rule)))
    assert f"{tmp_path / 'rules.json'}{words}" in str(error.value)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("none.json", None, "cannot be read: No such file"),
        ("rules.json", "{", "Expected JSON"),
        ("rules.json", "{}", "#/rules: expected array, received nothing"),
        ("rules.toml", "[[rules]]\nmerge.created = 2026-01-16", "expected no date or time"),
        ("rules.toml", f"rules = {'[' * 3000}{']' * 3000}", "recursion"),
    ],
)
def test_a_file_without_rules_is_refused(
    tmp_path: Path, name: str, text: str | None, words: str
) -> None:
    file = tmp_path / name
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError) as error:
        create_app(Settings(rules=str(file)))
    assert str(error.value).startswith(str(file))
    assert words in str(error.value)


def test_a_wrong_rule_gets_400_from_the_admin_api(client: FlaskClient, tmp_path: Path) -> None:
    def message(response: TestResponse) -> str:
        assert response.status_code == 400
        return str(response.get_json()["message"])

    Image.new("RGB", (30, 20), "red").save(tmp_path / "fox.png")
    for name in ("none.png", str(tmp_path / "fox.png")):  # it reads no file of its machine
        wrong = {"image": name}
        assert f"\n/image: no image {name!r}" in message(client.post("/__admin/rules", json=wrong))
    body = {"rules": [{"image": "t-rex"}, wrong]}
    assert "\n/rules/1/image: no image" in message(client.put("/__admin/rules", json=body))
    assert client.get("/__admin/rules").get_json() == {"rules": []}
    assert "\nbody: " not in message(client.post("/__admin/rules", json={"merge": []}))
    too_many = {"rules": [{"image": "t-rex"}] * 1001}
    assert "rules: Expected at most 1000" in message(client.put("/__admin/rules", json=too_many))


def test_a_sample_response_is_made_once_for_all_rules_of_a_request(
    generate: Generate, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendering = Mock(wraps=Template)
    monkeypatch.setattr(rule_checks, "Template", rendering)
    set_rules(generate, *[{"merge": {"tags": i}} for i in range(5)])
    assert rendering.call_count == 1


def test_rules_are_added_and_removed_one_by_one(client: FlaskClient) -> None:
    first = client.post("/__admin/rules", json={"image": "t-rex"})
    second = client.post("/__admin/rules", json={**TEAPOT, "name": "tea"})
    assert (first.status_code, second.status_code) == (201, 201)
    names = [first.get_json()["name"], second.get_json()["name"]]
    assert names == ["/rules/0", "tea"]
    removed = client.delete("/__admin/rules", query_string={"id": first.get_json()["id"]})
    assert removed.get_json() == {"removed": 1}
    assert client.get("/__admin/rules").get_json() == {"rules": [second.get_json()]}


def test_an_image_may_be_larger_than_a_request_for_images(client: FlaskClient) -> None:
    large = {"image": "data:image/png;base64," + "A" * 2_000_000}
    assert client.post("/__admin/rules", json=large).status_code == 400
    assert client.post(PATH, json=large, headers=BEARER).status_code == 413


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_fields_are_merged_as_rfc_7396_says(target: JSON, patch: JSON, merged: JSON) -> None:
    changed = merging(patch).change(MockResponse(200, [json.dumps(target).encode()]))
    assert json.loads(b"".join(changed.pieces)) == merged


def merging(patch: JSON) -> Rule:
    return RuleReader(ImageLibrary()).read({"merge": patch}, "name")


def test_large_pieces_stay_shared() -> None:
    pieces = [b'{"a": "', b"A" * 5000, b'"}']
    changed = merging({"b": 1}).change(MockResponse(200, pieces))
    assert any(piece is pieces[1] for piece in changed.pieces)


@pytest.mark.parametrize(
    ("merge", "decoded"),
    [
        ({"meta": {"usage": {"credits_used": 5}}}, 0),
        ({"output": {"choices": [{"image_base64": "AAAA"}] * 2}}, 2),
    ],
)
def test_only_images_of_a_rule_are_decoded(
    generate: Generate, monkeypatch: pytest.MonkeyPatch, merge: JSON, decoded: int
) -> None:
    inspecting = Mock(wraps=inspect)
    monkeypatch.setattr(image_checks, "inspect", inspecting)
    set_rules(generate, {"merge": merge})
    inspecting.reset_mock()
    generate(n=2)
    assert inspecting.call_count == decoded
    rules = [finding["rule"] for finding in entry(generate)["findings"]]
    assert rules.count("image") == decoded
