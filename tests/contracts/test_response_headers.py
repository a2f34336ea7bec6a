"""Documented response headers: for which contracts, and what is wrong with those of a response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from mockserver.contracts import Contract, Exchange, Response, default_catalog, load_contract
from mockserver.contracts.response_headers import ResponseHeaders
from mockserver.errors import ContractError
from mockserver.settings import HeaderMode
from mockserver.strict_json import JSON
from tests.http import Generate, MakeClient, load

CONTRACT = "dall-e-2@2026-01-16"
COST = 120_000
SENT_ID = "order:17"
HEADERS = {
    "x-inference-id": "V1StGXR8Z5jdHi6BmyT8k",
    "x-client-request-id": SENT_ID,
    "x-aimlapi-credits-used": "120000",
    "x-aimlapi-usd-spent": "0.060000000",
}
ID, CLIENT_ID, CREDITS, USD = HEADERS
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return default_catalog(headers="on").load(CONTRACT)


@pytest.fixture
def exchange(make_client: MakeClient) -> Exchange:
    client = make_client(contracts=(CONTRACT,), headers="on")
    sent = {"Authorization": "Bearer mock-key", "X-Client-Request-Id": SENT_ID}
    return Generate(client, sent).exchange(size="256x256")


def with_headers(
    exchange: Exchange, changes: Mapping[str, str | None], status: int = 200
) -> Exchange:
    """Return an exchange with headers of the response changed; None removes one."""
    changed = {**exchange.response.headers, **changes}
    headers = {name: value for name, value in changed.items() if value is not None}
    return replace(exchange, response=Response(status, headers, exchange.response.body))


def found(contract: Contract, exchange: Exchange) -> list[str]:
    return [
        f"{f.level} {f.pointer.removeprefix('/response/headers/')} {f.rule}"
        for f in contract.findings(exchange)
        if f.pointer.startswith("/response/headers")
    ]


@pytest.mark.parametrize(
    ("headers", "contract_id", "count"),
    [
        ("as-documented", CONTRACT, 0),
        ("on", CONTRACT, 4),
        ("on", "flux/schnell", 4),
        ("off", CONTRACT, 0),
        ("off", "flux/schnell", 0),
    ],
)
def test_the_setting_chooses_which_contracts_document_headers(
    headers: HeaderMode, contract_id: str, count: int
) -> None:
    contract = default_catalog(headers=headers).load(contract_id)
    assert len(contract.header_schema.get("properties", {})) == count


@pytest.mark.parametrize(("revision", "count"), [("2026-08-18", 0), ("2026-08-19", 4)])
def test_headers_are_documented_for_revisions_from_their_date_on(
    schemas: Path, revision: str, count: int
) -> None:
    folder = dated(schemas, revision)
    assert len(load_contract(folder).header_schema.get("properties", {})) == count


def dated(schemas: Path, revision: str, **about: JSON) -> Path:
    """Return a copied contract with another date, and more in its contract.json."""
    folder = schemas / "dall-e-2" / "2026-01-16"
    file = folder / "contract.json"
    known = json.loads(file.read_text())
    file.write_text(json.dumps({**known, "revision": revision, **about}))
    return folder


def test_a_contract_documents_its_own_headers_besides_those_of_its_date(schemas: Path) -> None:
    folder = dated(schemas, "2026-08-19", headers="headers.schema.json")
    own = {"properties": {"x-own": {"const": 7}, "x-none": {}}, "required": ["x-own"]}
    (folder / "headers.schema.json").write_text(json.dumps({"$schema": DIALECT, **own}))
    contract = load_contract(folder)
    assert list(contract.header_schema["properties"]) == [*HEADERS, "x-own", "x-none"]
    assert contract.headers.of_success(COST) == {
        "x-own": "7",
        CREDITS: "120000",
        USD: "0.060000000",
    }


@pytest.mark.parametrize("name", ["Content-Length", "content-length", "x y", "x:y", ""])
def test_a_header_that_no_contract_can_have_is_refused(schemas: Path, name: str) -> None:
    folder = dated(schemas, "2026-08-19", headers="headers.schema.json")
    own = {"$schema": DIALECT, "properties": {name: {}}}
    (folder / "headers.schema.json").write_text(json.dumps(own))
    with pytest.raises(ContractError, match="expected the lower-case name of a header"):
        load_contract(folder)


def test_the_mocks_headers_are_the_documented_ones(contract: Contract, exchange: Exchange) -> None:
    sent = {name: exchange.response.headers[name] for name in HEADERS}
    assert sent == {**HEADERS, ID: sent[ID]}
    assert len(sent[ID]) == len(HEADERS[ID])
    assert contract.findings(exchange) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"x-undocumented": "1"}, []),
        ({ID: None}, [f"documented {ID} required"]),
        ({ID: ""}, [f"documented {ID} minLength"]),
        ({CLIENT_ID: None}, [f"semantic {CLIENT_ID} echo"]),
        ({CLIENT_ID: "another"}, [f"semantic {CLIENT_ID} echo"]),
        ({CLIENT_ID: "a b"}, [f"documented {CLIENT_ID} pattern"]),
        ({CREDITS: None}, [f"documented {CREDITS} required"]),
        ({CREDITS: "many"}, [f"documented {CREDITS} type"]),
        ({CREDITS: "-1"}, [f"documented {CREDITS} minimum"]),
        ({CREDITS: "120001"}, [f"semantic {CREDITS} cost"]),
        ({USD: None}, [f"documented {USD} required"]),
        ({USD: "6e-2"}, [f"documented {USD} pattern"]),
    ],
)
def test_what_is_wrong_with_a_header_is_found(
    contract: Contract, exchange: Exchange, changes: dict[str, str | None], expected: list[str]
) -> None:
    assert found(contract, with_headers(exchange, changes)) == expected


@pytest.mark.parametrize(("usd", "count"), [("0.060000000", 0), ("0.06", 0), ("0.060000002", 1)])
def test_the_cost_in_dollars_agrees_with_the_body(
    make_client: MakeClient, usd: str, count: int
) -> None:
    model = "openai/gpt-image-1"
    exchange = Generate(make_client(headers="on"), model=model).exchange()
    contract = default_catalog(headers="on").load(model)
    changed = with_headers(exchange, {USD: usd})
    assert "usd_spent" in json.loads(exchange.response.body)["meta"]["usage"]
    assert found(contract, changed) == [f"semantic {USD} cost"] * count


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({CLIENT_ID: "another"}, [f"semantic {CLIENT_ID} echo"]),
        ({CREDITS: "0"}, []),
        ({CREDITS: "1"}, [f"semantic {CREDITS} cost"]),
        ({USD: "0.01"}, [f"semantic {USD} cost"]),
    ],
)
def test_an_error_needs_no_header_and_costs_nothing(
    contract: Contract, exchange: Exchange, changes: dict[str, str], expected: list[str]
) -> None:
    bare = with_headers(exchange, dict.fromkeys(HEADERS), 503)
    assert found(contract, with_headers(bare, changes, 503)) == expected


@pytest.mark.parametrize(("cost", "usd"), [(0, "0.000000000"), (2480, "0.001240000")])
def test_the_cost_is_written_as_documented(contract: Contract, cost: int, usd: str) -> None:
    assert contract.headers.of_success(cost) == {CREDITS: str(cost), USD: usd}


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ({"type": "integer"}, "12", 12),
        ({"type": "integer"}, "012", "012"),
        ({"type": "boolean"}, "true", True),
        ({"type": "string"}, "12", "12"),
        ({}, "12", "12"),
    ],
)
def test_a_header_is_read_by_its_type(field: JSON, text: str, value: JSON) -> None:
    headers = ResponseHeaders({"properties": {"x-a": field}})
    assert headers.values(Response(200, {"X-A": text}, b"")) == {"x-a": value}


def test_what_no_header_can_hold_is_not_sent() -> None:
    field = {"const": "a\r\nb"}
    headers = ResponseHeaders({"properties": {"x-a": field}, "required": ["x-a"]})
    assert headers.of_success(COST) == {"x-a": ""}


def test_a_contract_without_headers_has_no_findings_about_them(exchange: Exchange) -> None:
    changed = with_headers(exchange, {CREDITS: "7", ID: None})
    assert load(CONTRACT).findings(changed) == []
