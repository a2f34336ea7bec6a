"""What responses are identified as, and how that is reported."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockserver.cli.contracts import contracts
from mockserver.cli.identify import identify
from mockserver.compare import Documented, drift_summary, headline, identify_exchange, merge
from mockserver.compare import identify as identified
from mockserver.contracts import Exchange, Request, Response, load_contract
from mockserver.paths import FIXTURES
from mockserver.recording.http_client import HTTPClient
from mockserver.strict_json import JSON
from mockserver.testing.mock_server import MockServer
from tests.contracts.test_golden_exchanges import exchange_of, golden
from tests.http import ALL_CONTRACTS, BEARER, CONTRACTS, PATH, PINNED, load

LINK = "https://images.test/1.png"
FIRST = "dall-e-2@2024-09-10"
WIDE, NARROW = "dall-e-2@2025-02-27", "dall-e-2@2025-06-12"
TOKENS, CREDITS = "dall-e-2@2025-11-20", "dall-e-2@2026-01-16"
JOB = golden("printed-answer-2025-08-19")["response"]["body"]
SAMPLE = golden("printed-answer-2025-05-29")["response"]["body"]
NO_IMAGE = f"no contract: keeps the documents of {TOKENS} and {CREDITS}, but no client can use it"
MORE = f"no contract: keeps the documents of {TOKENS} and {CREDITS}, but clients need more (ours)"
UNKNOWN = "no known contract"


def without(body: dict[str, JSON], name: str) -> dict[str, JSON]:
    return {field: value for field, value in body.items() if field != name}


def data(item: JSON, **more: JSON) -> dict[str, JSON]:
    return {"created": 1, "data": [item], **more}


RESPONSES: list[tuple[JSON, str, int, str]] = [
    (JOB, PINNED, 0, PINNED),
    ({**JOB, "seed": 7}, PINNED, 1, PINNED),
    (without(JOB, "subjobs"), PINNED, 4, f"{UNKNOWN}; nearest is {PINNED}"),
    (
        SAMPLE,
        NARROW,
        0,
        (
            f"a documented response of {FIRST}, "
            f"and the client-required one (ours) of {NARROW} and {WIDE}"
        ),
    ),
    ({}, CREDITS, 4, f"{NO_IMAGE}; nearest is {CREDITS}"),
    ({"data": None}, CREDITS, 4, f"{NO_IMAGE}; nearest is {CREDITS}"),
    ({"data": [{}]}, CREDITS, 4, f"{NO_IMAGE}; nearest is {CREDITS}"),
    ({"data": [{"url": LINK}]}, CREDITS, 2, f"{MORE}; nearest is {CREDITS}"),
    (data({"url": LINK}, meta={"usage": {"tokens_used": 1}}), TOKENS, 1, TOKENS),
    (data({"url": LINK}, meta={"usage": {"credits_used": 1}}), CREDITS, 1, CREDITS),
    (data({"b64_json": "text"}, meta={"usage": {"credits_used": 1}}), CREDITS, 1, CREDITS),
    (data({"b64_json": "text"}, meta={"usage": {"tokens_used": 1}}), TOKENS, 1, TOKENS),
    (data({"url": LINK}, meta={"usage": {}}), NARROW, 1, NARROW),
    ({"images": [{"url": LINK}]}, CREDITS, 5, f"{UNKNOWN}; nearest is {CREDITS}"),
    ("<html><body>Bad Gateway</body></html>", CREDITS, 4, f"{UNKNOWN}; nearest is {CREDITS}"),
    ([{"url": LINK}], CREDITS, 4, f"{UNKNOWN}; nearest is {CREDITS}"),
    (None, CREDITS, 4, f"{UNKNOWN}; nearest is {CREDITS}"),
]


@pytest.mark.parametrize(("body", "nearest", "distance", "line"), RESPONSES)
def test_a_response_is_identified(body: JSON, nearest: str, distance: int, line: str) -> None:
    found = identified(body)
    assert (found.nearest.contract.id, found.nearest.distance) == (nearest, distance)
    if not line.startswith(nearest):
        assert headline(found) == line


def exchanged(status: int, body: bytes, **fields: JSON) -> Exchange:
    sent = {"model": "dall-e-2", "prompt": "A red fox", **fields}
    headers = {**BEARER, "Content-Type": "application/json"}
    request = Request("POST", PATH, headers, json.dumps(sent).encode())
    return Exchange(request, Response(status, headers, body))


def test_the_seeds_response_is_the_pinned_contract_though_its_values_are_placeholders() -> None:
    found = identify_exchange(exchange_of(golden("printed-answer-2025-08-19")))
    assert found.is_pinned
    assert found.against_pinned.documented is Documented.KEPT
    assert {finding.level for finding in found.against_pinned.findings} == {"semantic"}


def test_the_printed_sample_keeps_the_first_document_and_the_overlay() -> None:
    found = identify_exchange(exchange_of(golden("printed-answer-2025-05-29")))
    documented = {m.contract.id: m.documented for m in found.matches}
    assert documented[NARROW] is documented[WIDE] is Documented.ABSENT
    assert [name for name, kept in documented.items() if kept is Documented.KEPT] == [FIRST]
    assert [m.contract.id for m in found.matches if m.fits] == [NARROW, WIDE, FIRST]
    assert not found.is_pinned


def test_the_nearly_empty_documents_allow_a_job() -> None:
    match = next(m for m in identified(JOB).matches if m.contract.id == CREDITS)
    assert match.documented is Documented.UNDOCUMENTED_FIELDS
    assert "/response/body/output" in match.undocumented
    assert not match.fits


def test_the_same_violation_of_many_images_counts_once() -> None:
    many = {**JOB, "output": {"choices": [{"image": "text"}] * 5}}
    match = identified(many).against_pinned
    assert [f.pointer for f in match.findings] == ["/response/body/output/choices/0/image_base64"]
    assert match.undocumented == ("/response/body/output/choices/0/image",)


def test_where_documents_allow_any_field_none_is_undocumented() -> None:
    schema = {"type": "object", "properties": {"data": {}}, "additionalProperties": True}
    free = replace(load(CREDITS), response_schema=schema)
    assert identified({"data": [], "more": 1}, contracts=[free]).nearest.undocumented == ()


def test_a_known_status_tells_contracts_apart() -> None:
    body = data({"url": LINK})
    assert identified(body).nearest.contract.id == NARROW
    assert identified(body, status=200).nearest.contract.id == CREDITS


def test_a_valid_request_is_used() -> None:
    arguments = {"model": "dall-e-2", "prompt": "A red fox", "response_format": "b64_json"}
    found = identified(data({"url": LINK}), arguments=arguments).nearest
    assert found.request_is_valid
    assert [f.pointer for f in found.findings] == ["/response/body/data/0/b64_json"]


def test_an_invalid_request_is_corrected_and_the_semantic_level_not_checked() -> None:
    arguments = {"prompt": "A red fox", "size": "1024x1792", "response_format": "b64_json"}
    found = identified(data({"b64_json": "text"}), arguments=arguments)
    by_name = {m.contract.id: m for m in found.matches}
    assert by_name[WIDE].request_is_valid
    assert not by_name[NARROW].request_is_valid
    assert by_name[NARROW].fits


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (golden("refusal-with-text-status")["response"]["body"], 429, "429 rate-limited"),
        (golden("refusal-with-text-status")["response"]["body"], None, "429 rate-limited"),
        (golden("undocumented-403")["response"]["body"], 403, "403 (undocumented)"),
        ("<html>", 502, "502 (undocumented)"),
    ],
)
def test_an_api_error_identifies_no_contract(body: JSON, status: int | None, name: str) -> None:
    found = identified(body, status=status)
    assert headline(found) == f"an API error, {name}: the same in every contract"
    assert not found.is_pinned
    assert drift_summary(found, "the mock")[0].startswith("the mock answers with an API error")


@pytest.mark.parametrize(
    "body", [{"statusCode": "429"}, {"statusCode": 200, "message": ""}, {"statusCode": "x"}, "429"]
)
def test_what_only_resembles_an_api_error_is_a_response(body: JSON) -> None:
    assert identified(body).api_error is None


def test_a_response_that_is_no_json_is_taken_as_text() -> None:
    found = identify_exchange(exchanged(200, b"<html>"))
    assert "received string '<html>'" in found.nearest.findings[-1].words


def test_an_exchange_whose_request_is_no_json_is_identified_all_the_same() -> None:
    kept = exchanged(200, json.dumps(data({"url": LINK})).encode())
    exchange = Exchange(Request("POST", PATH, {}, b"?"), kept.response)
    assert not identify_exchange(exchange).nearest.request_is_valid


def test_another_contract_can_be_pinned_even_one_that_is_not_among_the_candidates() -> None:
    found = identified(SAMPLE, contracts=[load(CREDITS)], pinned=load(NARROW))
    assert (found.pinned, found.is_pinned) == (NARROW, True)
    assert {m.contract.id for m in found.matches} == {CREDITS, NARROW}


def test_where_none_is_pinned_the_latest_is() -> None:
    assert identified({}, contracts=[load(NARROW), load(CREDITS)]).pinned == CREDITS


def test_many_responses_are_identified_together() -> None:
    bodies = [data({"url": LINK}), data({"url": LINK}, meta={"usage": {"tokens_used": 1}})]
    api_error = identified("<html>", status=502)
    found = merge([api_error, *(identified(body) for body in bodies)])
    assert found.nearest.contract.id == TOKENS
    assert found.nearest.undocumented == ("/response/body/created",)


def test_api_errors_alone_identify_nothing() -> None:
    with pytest.raises(ValueError, match="no API error"):
        merge([identified("<html>", status=502)])


def summary(body: JSON, **known: JSON) -> list[str]:
    return drift_summary(identified(body, **known))


def test_the_summary_of_drift_names_both_contracts_the_differences_and_the_commands() -> None:
    lines = summary(data({"url": LINK}, meta={"usage": {"credits_used": 1}}), status=200)
    assert lines[0] == f"the live API answers as {CREDITS}; you test {PINNED}"
    assert f"what the documents changed: {PINNED} -> {CREDITS}: 11 breaking, 2 compatible" in lines
    assert [line for line in lines if line.startswith("  mockserver")] == [
        f"  mockserver diff {PINNED} {CREDITS}",
        f"  mockserver serve --contract {CREDITS}",
        f"  mockserver verify --target live --contract {CREDITS}",
    ]
    assert max(map(len, lines)) <= 100


def test_drift_within_the_documents_can_be_put_into_a_baseline() -> None:
    bare = {"data": [{"url": LINK}], "meta": {"usage": {"credits_used": 1}}}
    lines = summary(bare, status=200)
    assert f"  mockserver diff {PINNED} {CREDITS}" in lines
    assert lines[-1] == (
        f"  mockserver verify --target live --contract {CREDITS} "
        "--baseline known-drift.json --update-baseline"
    )


def test_the_commands_name_the_target_that_drifted() -> None:
    found = identified(data({"url": LINK}, meta={"usage": {"credits_used": 1}}), status=200)
    lines = drift_summary(found, "http://127.0.0.1:8000")
    assert lines[-2:] == [
        "  # test http://127.0.0.1:8000 against it",
        f"  mockserver verify --target http://127.0.0.1:8000 --contract {CREDITS}",
    ]


def test_without_drift_the_summary_is_a_line() -> None:
    assert summary(JOB) == [f"the live API answers as {PINNED}, which you test"]


def test_drift_to_nothing_known_names_what_the_nearest_lacks() -> None:
    lines = summary({"images": [{"url": LINK}]})
    assert f"differences from the nearest contract, {CREDITS}" in lines
    assert lines[-1] == "  mockserver import FILE|URL"


def test_drift_within_the_pinned_contract_names_it_once() -> None:
    lines = summary(without(JOB, "subjobs"))
    assert lines[0].startswith(f"the live API answers as no known contract; nearest is {PINNED}")
    assert sum("/response/body/subjobs" in line for line in lines) == 1


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(identify, arguments, input=given)


EXCHANGES = FIXTURES / "exchanges"


@pytest.mark.parametrize(
    ("name", "status", "first"),
    [
        ("printed-answer-2025-08-19", 0, PINNED),
        ("printed-answer-2025-05-29", 1, f"a documented response of {FIRST}, and the"),
        ("documented-example-2026-01-16", 1, f"no contract: keeps the documents of {CREDITS}"),
        ("refusal-with-text-status", 1, "an API error, 429 rate-limited"),
    ],
)
def test_identify_reads_a_recorded_exchange(name: str, status: int, first: str) -> None:
    result = run(str(EXCHANGES / f"{name}.json"))
    assert result.exit_code == status
    assert result.output.startswith(first)
    assert max(map(len, result.output.splitlines())) <= 100


def test_identify_reads_standard_input_and_prints_a_table() -> None:
    output = run("-", given=json.dumps(without(JOB, "subjobs"))).output
    heading, pinned, *_ = (line.split() for line in output.splitlines()[2:])
    assert heading == ["contract", "documented", "client-required", "semantic", "distance"]
    assert pinned == [PINNED, "(pinned)", "1", "broken", "-", "-", "4"]


def test_identify_prints_json() -> None:
    result = run(str(EXCHANGES / "printed-answer-2025-05-29.json"), "--json")
    (found,) = json.loads(result.output)["exchanges"]
    assert found["file"].endswith("printed-answer-2025-05-29.json")
    assert (found["nearest"], found["pinned"], found["is_pinned"]) == (NARROW, PINNED, False)
    assert found["matches"][0]["levels"] == {
        "documented": "no body",
        "client-required": "kept",
        "semantic": "kept",
    }
    assert found["api_error"] is None


def test_identify_prints_an_api_error_as_json() -> None:
    result = run(str(EXCHANGES / "undocumented-403.json"), "--json")
    (found,) = json.loads(result.output)["exchanges"]
    assert found["api_error"] == {"name": None, "status": 403}
    assert (found["nearest"], found["matches"]) == (None, [])


def test_identify_takes_another_pinned_contract() -> None:
    assert run("-", "--contract", NARROW, given=json.dumps(SAMPLE)).exit_code == 0


def test_identify_takes_the_requests_model_where_it_is_known() -> None:
    response = {"status": 200, "body": data({"url": LINK}, meta={"usage": {"credits_used": 1}})}
    request = {"body": {"model": "dall-e-3", "prompt": "A red fox"}}
    given = json.dumps({"request": request, "response": response})
    assert run("-", given=given).output.startswith("dall-e-3@2026-01-16\n")


@pytest.mark.parametrize("given", ["<html>", ""])
def test_what_is_no_json_is_wrong_usage(given: str) -> None:
    result = run("-", given=given)
    assert "expected the JSON of a response or a recorded exchange" in str(result.exception)


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    assert run(str(tmp_path / "none.json")).exit_code == 2


def test_contracts_lists_every_contract_with_its_source() -> None:
    output = CliRunner().invoke(contracts).output
    heading, *rows = output.splitlines()
    names = ["model", "revision", "success", "response", "pinned", "withdrawn", "source"]
    assert heading.split() == names
    assert [f"{row.split()[0]}@{row.split()[1]}" for row in rows] == ALL_CONTRACTS
    assert [row.split()[1] for row in rows if "  pinned  " in row] == ["2025-08-19"]
    assert "aimlapi/api-docs@1e516913 dall-e-2.json" in output


def test_contracts_lists_them_as_json() -> None:
    listed = json.loads(CliRunner().invoke(contracts, "--json").output)["contracts"]
    assert [row["contract"] for row in listed] == ALL_CONTRACTS
    listed = [row for row in listed if row["contract"] in CONTRACTS]
    assert [row["contract"] for row in listed if not row["response_documented"]] == [WIDE, NARROW]
    assert [row["contract"] for row in listed if row["pinned"]] == [PINNED]
    assert {row["withdrawn"] for row in listed} == {"2026-06-09"}


def test_identify_sends_a_request_to_a_target() -> None:
    with MockServer(CREDITS) as mock:
        result = run("--target", mock.url)
        received, _ = mock.everybody().find()
    assert result.exit_code == 1
    assert result.output.startswith(f"{CREDITS}\n")
    assert received.size == "256x256"


def test_identify_reports_a_target_without_a_response() -> None:
    result = run("--target", "http://127.0.0.1:9")
    assert result.exit_code == 3
    assert "no response from http://127.0.0.1:9" in result.output


@pytest.mark.parametrize("arguments", [(), ("-", "--target", "live")])
def test_identify_takes_a_file_or_a_target(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "expected a FILE or --target live|URL, and not both" in result.output


def test_the_headers_of_an_exchange_tell_contracts_apart(schemas: Path) -> None:
    later = schemas / "dall-e-2" / "2026-08-19"
    shutil.copytree(schemas / "dall-e-2" / "2026-01-16", later)
    about = json.loads((later / "contract.json").read_text())
    (later / "contract.json").write_text(json.dumps({**about, "revision": later.name}))
    known = [load(CREDITS), load_contract(later)]
    with MockServer(CREDITS, headers="on") as mock:
        client = HTTPClient(20)
        body = json.dumps({"model": "dall-e-2", "prompt": "A fox", "size": "256x256"}).encode()
        headers = {**BEARER, "Content-Type": "application/json"}
        exchange = client.exchange(Request("POST", mock.url + PATH, headers, body))
        client.close()
    assert isinstance(exchange, Exchange)
    response = exchange.response
    without = {n: v for n, v in response.headers.items() if not n.startswith(("x-inf", "x-aiml"))}
    bare = replace(exchange, response=Response(response.status, without, response.body))
    unknown = replace(exchange, response=Response(response.status, {}, response.body))
    nearest = [
        identify_exchange(each, contracts=known).nearest.contract.id
        for each in (exchange, bare, unknown)
    ]
    assert nearest == ["dall-e-2@2026-08-19", CREDITS, "dall-e-2@2026-08-19"]
