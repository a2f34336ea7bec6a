"""The header ``Prefer`` (RFC 7240): what a request asks to go wrong with itself."""

from __future__ import annotations

import time

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app.faults import read_preferences
from tests.http import BEARER, NEWEST, PATH, Generate, MakeClient

BODY = {"model": "dall-e-2", "prompt": "A fox", "size": "256x256"}


def prefer(client: FlaskClient, *headers: str) -> TestResponse:
    """Return the response to a request with these ``Prefer`` headers."""
    given = [*BEARER.items(), *(("Prefer", header) for header in headers)]
    return client.post(PATH, json=BODY, headers=given)


def applied(response: TestResponse) -> str | None:
    return response.headers.get("Preference-Applied")


def warned(response: TestResponse) -> str | None:
    return response.headers.get("X-Mock-Warning")


@pytest.mark.parametrize("code", [400, 401, 403, 404, 429, 500, 502, 503, 504])
def test_a_code_is_answered(client: FlaskClient, code: int) -> None:
    response = prefer(client, f"code={code}")
    assert (response.status_code, response.get_json()["statusCode"]) == (code, code)
    assert applied(response) == f"code={code}"
    assert warned(response) is None


def test_a_delay_is_kept(make_client: MakeClient, waits: list[float]) -> None:
    client = make_client(time_scale=0.1)
    response = prefer(client, "delay=2.5")
    assert sum(waits) == pytest.approx(0.25)
    assert (response.status_code, applied(response)) == (201, "delay=2.5")


@pytest.mark.parametrize("delay", ["10ms", '"1ms..5ms"', "0.01s"])
def test_a_delay_may_have_a_unit_or_a_range(client: FlaskClient, delay: str) -> None:
    response = prefer(client, f"delay={delay}")
    assert applied(response) == f"delay={delay}".replace('"', "")


def test_a_fault_is_named(client: FlaskClient) -> None:
    response = prefer(client, "fault=truncated-body")
    assert applied(response) == "fault=truncated-body"
    assert response.content_length is not None
    assert len(response.data) < response.content_length


def test_a_fault_takes_parameters(make_client: MakeClient) -> None:
    client = make_client(contracts=(NEWEST,))
    response = prefer(client, 'fault=drop-field; pointer="/data/0/url"')
    assert response.get_json()["data"] == [{}]
    response = prefer(client, "fault=null-field;pointer=/data")
    assert response.get_json()["data"] is None
    response = prefer(client, "fault=migrate; contract=dall-e-2@2025-08-19")
    assert response.status_code == 201


def test_a_delay_and_a_fault_go_together(client: FlaskClient) -> None:
    response = prefer(client, "delay=1ms, code=503")
    assert (response.status_code, applied(response)) == (503, "delay=1ms, code=503")


def test_several_headers_are_one_list(client: FlaskClient) -> None:
    response = prefer(client, "delay=1ms", "", "code=503")
    assert (response.status_code, applied(response)) == (503, "delay=1ms, code=503")


def test_any_status_can_be_preferred(client: FlaskClient) -> None:
    for header in ("code=529", "fault=error; status=529", 'fault=error; status="529"'):
        assert prefer(client, header).status_code == 529


def test_a_header_comes_before_what_waits(client: FlaskClient) -> None:
    client.post("/__admin/faults", json={"status": 500})
    assert [prefer(client, "code=503").status_code, prefer(client).status_code] == [503, 500]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("respond-async", "respond-async: expected code, delay or fault"),
        ("wait=10", "wait=10: expected code, delay or fault"),
        ("code=200", "code=200: /status: expected a number of at least 400, received 200"),
        ("code=600", "code=600: /status: expected a number of at most 599, received 600"),
        ("code=often", "code=often: /status: expected integer, received string 'often'"),
        ("code", "code: /status: expected integer"),
        ("fault=lightning", "fault=lightning: no fault 'lightning'; `mockserver faults`"),
        ("fault", "fault: /fault: expected at least 1 character"),
        ("fault=drop-field", "fault=drop-field: fault 'drop-field' needs pointer"),
        ("fault=hang; seconds=long", "/seconds: expected text that matches"),
        ("fault=hang; colour=red", "/colour: expected no such field"),
        ("fault=internal; times=always", "times: the fault happens to this request alone"),
        ("fault=internal; after=2; tenant=a", "after, tenant: the fault happens to this request"),
        ("fault=html-page; message=a", "fault 'html-page' takes no message, only headers"),
        ("delay=soon", "delay=soon: expected a duration such as 200ms, 2.5s or 100ms..2s"),
        ("delay", "delay: expected a duration"),
        ('code="429', 'code="429: expected code, delay or fault'),
        ("code=429 503", "code=429 503: expected code, delay or fault"),
        ('fault=hang; "odd"', 'fault=hang; "odd": expected code, delay or fault'),
        ("=5", "=5: expected code, delay or fault"),
        ("caf\u00e9=1", "caf\\xe9=1: expected code, delay or fault"),
    ],
)
def test_what_cannot_be_followed_is_named(client: FlaskClient, header: str, words: str) -> None:
    response = prefer(client, header)
    assert response.status_code == 201
    assert words in str(warned(response))
    assert applied(response) is None


def test_what_can_be_followed_is_followed_beside_what_cannot(client: FlaskClient) -> None:
    response = prefer(client, "respond-async, code=503, wait=10")
    assert (response.status_code, applied(response)) == (503, "code=503")
    assert str(warned(response)).count(" | ") == 1


@pytest.mark.parametrize(
    ("header", "status", "words"),
    [
        ("code=503, code=429", 503, "code=429: one fault a request; the first one is followed"),
        ("code=503, fault=hang", 503, "fault=hang: one fault a request"),
        ("delay=1ms, delay=60", 201, "delay=60: one delay a request; the first one is followed"),
    ],
)
def test_the_first_of_two_is_followed(
    client: FlaskClient, header: str, status: int, words: str
) -> None:
    response = prefer(client, header)
    assert response.status_code == status
    assert words in str(warned(response))


@pytest.mark.parametrize(
    "header",
    [
        "code=429",
        "Code = 429",
        'code="429"',
        'code="\\4\\29"',
        "code=429;",
        "code=429 ; ;",
        ",, code=429 ,",
        "\tcode=429\t",
    ],
)
def test_a_preference_is_read_however_it_is_written(header: str) -> None:
    found = read_preferences(header)
    assert (found.fault and found.fault.name, found.unknown) == ("rate-limited", [])


def test_a_quoted_string_may_hold_separators() -> None:
    found = read_preferences('fault=drop-field; pointer="/a,b;c\\"d=e", delay=2')
    assert found.fault is not None
    assert found.fault.options["pointer"] == '/a,b;c"d=e'
    assert found.applied == ["fault=drop-field", "delay=2"]


@pytest.mark.parametrize("mark", ['\\"', '"', ",", ";", "a=", "a "])
def test_a_header_that_is_too_long_is_not_read(client: FlaskClient, mark: str) -> None:
    begun = time.process_time()
    response = prefer(client, f'code=503, a="{mark * 20_000}')
    assert time.process_time() - begun < 1
    assert response.status_code == 201
    assert "expected at most 2000 characters" in str(warned(response))
    assert len(str(warned(response))) < 300


def test_an_empty_value_is_none() -> None:
    assert read_preferences('respond-async=""').unknown == [
        "respond-async: expected code, delay or fault"
    ]


@pytest.mark.parametrize("header", ["", " ", ",", ";", " ,;, "])
def test_nothing_is_no_preference(header: str) -> None:
    found = read_preferences(header)
    assert (found.fault, found.delay, found.headers()) == (None, None, {})


def test_a_request_without_the_header_says_nothing_of_it(generate: Generate) -> None:
    response = generate(size="256x256")
    assert (applied(response), warned(response)) == (None, None)


def test_a_page_of_another_origin_may_read_what_was_applied(client: FlaskClient) -> None:
    headers = {**BEARER, "Origin": "https://app.test", "Prefer": "code=503"}
    response = client.post(PATH, json=BODY, headers=headers)
    exposed = response.headers["Access-Control-Expose-Headers"]
    assert {"Preference-Applied", "X-Mock-Warning", "Retry-After"} <= set(exposed.split(", "))
