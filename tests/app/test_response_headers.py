"""The response headers that the mock sends, with images and with errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app.factory import STATE
from mockserver.app.state import State
from mockserver.app.tenants import tenant_id
from mockserver.recording.writer import Recorder
from tests.http import BEARER, NEWEST, PATH, Generate, MakeClient

BODY = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}
NAMES = ("x-inference-id", "x-client-request-id", "x-aimlapi-credits-used", "x-aimlapi-usd-spent")


@pytest.fixture
def client(make_client: MakeClient) -> FlaskClient:
    return make_client(contracts=(NEWEST,), headers="on", credits=500_000)


def post(client: FlaskClient, request_id: str = "a", **headers: str) -> TestResponse:
    sent = {**BEARER, "X-Client-Request-Id": request_id, **headers}
    return client.post(PATH, json=BODY, headers=sent)


def sent_names(response: TestResponse) -> list[str]:
    return [name for name in NAMES if name in response.headers]


@pytest.mark.parametrize(
    ("request_id", "is_echoed"),
    [("a", True), ("Az09._:-", True), ("x" * 128, True)]
    + [(bad, False) for bad in ("x" * 129, "a b", "a/b", "a,b", "\xfc", "")],
)
def test_a_valid_client_request_id_is_echoed_and_another_is_ignored(
    client: FlaskClient, request_id: str, is_echoed: bool
) -> None:
    response = post(client, request_id)
    assert response.status_code == 200
    assert response.headers.get("x-client-request-id") == (request_id if is_echoed else None)


def test_each_response_has_its_own_inference_id(client: FlaskClient) -> None:
    assert len({post(client).headers["x-inference-id"] for _ in range(3)}) == 3


def test_the_cost_is_that_of_the_body_and_of_the_balance(client: FlaskClient) -> None:
    response = Generate(client)(n=2, size="256x256")
    assert response.json is not None
    assert response.json["meta"]["usage"]["credits_used"] == 240_000
    assert response.headers["x-aimlapi-credits-used"] == "240000"
    assert response.headers["x-aimlapi-usd-spent"] == "0.120000000"
    assert balance(client) == 260_000


def balance(client: FlaskClient) -> int | None:
    state: State = client.application.extensions[STATE]
    return state.tenants.get(tenant_id("mock-key")).balance


@pytest.mark.parametrize("fault", ["internal", "rate-limited", "generation-timeout"])
def test_an_error_has_the_ids_and_costs_nothing(client: FlaskClient, fault: str) -> None:
    response = post(client, Prefer=f"fault={fault}")
    assert response.status_code >= 400
    assert sent_names(response) == ["x-inference-id", "x-client-request-id"]
    assert balance(client) == 500_000


def test_a_request_without_a_key_gets_no_inference_id(client: FlaskClient) -> None:
    assert sent_names(client.post(PATH, json=BODY)) == []


def test_a_response_that_cannot_be_made_costs_nothing(client: FlaskClient) -> None:
    assert post(client, Host="a b").status_code == 400
    assert balance(client) == 500_000


def test_a_fault_may_set_a_header_itself(client: FlaskClient) -> None:
    fault = {"fault": "internal", "headers": {"X-Inference-Id": "mine"}}
    client.post("/__admin/faults", json=fault)
    assert post(client).headers.getlist("x-inference-id") == ["mine"]


@pytest.mark.parametrize(("headers", "count"), [("on", 4), ("off", 0), ("as-documented", 0)])
def test_the_setting_decides_for_a_contract_of_an_earlier_date(
    make_client: MakeClient, headers: str, count: int
) -> None:
    assert len(sent_names(post(make_client(headers=headers)))) == count


def test_a_page_may_read_the_headers(client: FlaskClient) -> None:
    response = post(client, Origin="https://page.test")
    assert set(NAMES) <= set(response.headers["Access-Control-Expose-Headers"].split(", "))


def test_a_replayed_response_has_the_recorded_headers_and_the_id_of_its_own_request(
    client: FlaskClient, make_client: MakeClient, tmp_path: Path
) -> None:
    sent = {**BEARER, "X-Client-Request-Id": "user-12345678"}
    exchange = Generate(client, sent).exchange(**BODY)
    Recorder(tmp_path).write(exchange, NEWEST)
    replaying = make_client(contracts=(NEWEST,), headers="on", replay=str(tmp_path))
    response = post(replaying, "another")
    recorded = {name: exchange.response.headers[name] for name in NAMES}
    assert {name: response.headers[name] for name in NAMES} == {
        **recorded,
        "x-client-request-id": "another",
    }
    assert len(response.headers.getlist("x-inference-id")) == 1
