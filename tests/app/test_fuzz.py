"""Whatever is sent, the mock answers: with images, or with the documented error body."""

from __future__ import annotations

import json
from functools import cache

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from mockserver.app.factory import create_app
from mockserver.contracts import Response, error_catalog
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.http import BEARER, CONTRACTS, PATH, SECRET, Generate, load

HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))
NAMES = """
    Accept Authorization Content-Length Content-Type Expect Host If-None-Match Origin Prefer Range
    Transfer-Encoding X-Forwarded-For X-Forwarded-Host X-Forwarded-Port X-Forwarded-Proto
"""
HEADERS = st.dictionaries(st.sampled_from(NAMES.split()), HEADER, max_size=4)
METHODS = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"]
)
PATHS = st.one_of(
    st.just(PATH),
    st.text().map(lambda tail: "/" + tail),
    st.text().map(lambda tail: f"{PATH}/{tail}"),
    st.text().map(lambda token: f"/generated/{token}.png"),
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(), v, max_size=4),
    max_leaves=8,
)
SMALL = st.just("256x256")
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["dall-e-2", "dall-e-3"]) | VALUES,
        "prompt": st.text(min_size=1, max_size=30) | VALUES,
        "n": st.integers(-1, 12) | st.floats(0, 11) | VALUES,
        "size": SMALL | VALUES,
        "response_format": st.sampled_from(["url", "b64_json"]) | VALUES,
        "quality": VALUES,
        "style": st.sampled_from(["vivid", None]) | VALUES,
    },
).map(lambda fields: {"size": "256x256", **fields})


@cache
def client_of(contract_id: str) -> FlaskClient:
    settings = Settings(contracts=(contract_id,), url_secret=SECRET, trust_proxy=True)
    return create_app(settings).test_client()


def check(reply: TestResponse) -> None:
    """The answer is no failure, and a refusal is the documented one."""
    assert reply.status_code < 500, reply.text
    if reply.status_code < 400:
        return
    assert reply.data or reply.request.method == "HEAD"
    if reply.data:
        response = Response(reply.status_code, dict(reply.headers), reply.data)
        assert [str(f) for f in error_catalog().findings(response)] == []
        assert reply.headers["X-Request-Id"] == json.loads(reply.data)["requestId"]


def as_json(value: JSON) -> bytes:
    return json.dumps(value).encode()


@given(method=METHODS, path=PATHS, headers=HEADERS, body=st.binary(max_size=200))
@example(method="POST", path="//", headers={}, body=b"")
@example(method="GET", path="/", headers={"Host": "[::1"}, body=b"")
@example(method="GET", path="/", headers={"Host": "a/b?c"}, body=b"")
@example(method="GET", path="/", headers={"Host": ":99999999"}, body=b"")
@example(method="POST", path=PATH, headers={"Content-Length": "-1"}, body=b"")
@settings(max_examples=150)
def test_any_request_at_all_is_answered(
    method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    client = client_of("dall-e-2@2025-08-19")
    check(client.open(path, method=method, headers=headers, data=body))


@given(headers=HEADERS, body=st.binary(max_size=200))
def test_any_bytes_as_a_body_are_answered(headers: dict[str, str], body: bytes) -> None:
    known = {**headers, **BEARER, "Content-Type": "application/json"}
    check(client_of("dall-e-2@2025-02-27").post(PATH, headers=known, data=body))


@pytest.mark.parametrize("contract_id", CONTRACTS)
@given(value=VALUES)
@settings(max_examples=20)
def test_any_json_as_a_body_is_answered(contract_id: str, value: JSON) -> None:
    headers = {**BEARER, "Content-Type": "application/json"}
    check(client_of(contract_id).post(PATH, headers=headers, data=as_json(value)))


@pytest.mark.parametrize("contract_id", CONTRACTS)
@given(fields=FIELDS)
@settings(max_examples=20)
def test_what_the_mock_answers_the_contract_lets_pass(
    contract_id: str, fields: dict[str, JSON]
) -> None:
    generate = Generate(client_of(contract_id))
    exchange = generate.exchange_of(as_json(fields))
    contract = load(contract_id)
    found = [str(f) for f in contract.findings(exchange) if f.pointer.startswith("/response")]
    assert exchange.response.status < 500
    if fields.get("model", contract.model) == contract.model:
        assert found == []
