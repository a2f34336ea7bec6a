"""Each kind of fault, as a client of the mock in this process sees it."""

from __future__ import annotations

import binascii
import json

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app.factory import STATE
from mockserver.app.faults import Fault, FaultContext, fault_kinds
from mockserver.app.faults.prefer_header import WARNING
from mockserver.app.signed_urls import ImageRef
from mockserver.app.store import EVERYBODY
from mockserver.contracts import Level, error_catalog
from mockserver.contracts.response_template import MockResponse
from mockserver.strict_json import JSON
from tests.http import BEARER, NEWEST, PATH, PINNED, Generate, MakeClient, load

SMALL = "256x256"
REFUSED = {"Prefer": "fault=content-refused"}


def null_field(pointer: str, body: bytes) -> bytes:
    """The body after the fault null-field."""
    kind = fault_kinds()["null-field"]
    context = FaultContext(
        kind, {"pointer": pointer}, PATH, "", 0, errors=error_catalog(), sleep=lambda _: None
    )
    return b"".join(kind.change_response(MockResponse(200, [body]), context).pieces)


DOCUMENTED = [error.name for error in error_catalog().errors.values() if not error.project_defined]


@pytest.fixture
def newest(make_client: MakeClient) -> Generate:
    """Return a client of a mock with ``data[]``, ten thousand times as fast."""
    return Generate(make_client(contracts=(NEWEST,), time_scale=1e-4))


def fail(generate: Generate, fault: str, **rest: JSON) -> None:
    """Let something go wrong for everybody."""
    queue = generate.client.application.extensions[STATE].tenants.get(EVERYBODY).faults
    queue.add(Fault.of({"fault": fault, **rest}))


def ask(generate: Generate, **fields: JSON) -> TestResponse:
    return generate(**{"size": SMALL, **fields})


def rules(generate: Generate, **fields: JSON) -> list[str]:
    """What is wrong with the next answer, by the contract's own checks."""
    exchange = generate.exchange(**{"size": SMALL, **fields})
    return [f"{f.level} {f.rule}" for f in load(NEWEST).findings(exchange)]


IMAGE = b"aGVsbG8h" * 2000
CREATED = {"pointer": "/created"}


def change_large(name: str, **options: JSON) -> tuple[bytes, bool]:
    """The body of a large response after a fault, and whether it shares the image."""
    kind = fault_kinds()[name]
    context = FaultContext(kind, options, PATH, "", 0, errors=error_catalog(), sleep=lambda _: None)
    response = MockResponse(200, [b'{"created": 1, "b64": "', IMAGE, b'"}'])
    pieces = kind.change_response(response, context).pieces
    return b"".join(pieces), any(memoryview(piece).obj is IMAGE for piece in pieces)


@pytest.mark.parametrize(
    ("name", "options", "changed"),
    [
        ("drop-field", CREATED, {"b64": IMAGE.decode()}),
        ("null-field", CREATED, {"created": None, "b64": IMAGE.decode()}),
        ("retype-field", CREATED, {"created": "1", "b64": IMAGE.decode()}),
    ],
)
def test_a_changed_field_copies_no_image(name: str, options: JSON, changed: JSON) -> None:
    body, is_shared = change_large(name, **options)
    assert (json.loads(body), is_shared) == (changed, True)


@pytest.mark.parametrize("name", ["truncated-body", "malformed-json", "slow-drip"])
def test_a_cut_body_copies_no_image(name: str) -> None:
    assert change_large(name)[1]


def test_a_field_with_an_image_can_be_changed() -> None:
    assert json.loads(change_large("drop-field", pointer="/b64")[0]) == {"created": 1}


def test_large_pieces_outside_of_strings_are_read_as_well() -> None:
    head = b'{"n": [' + b"1, " * 2000
    assert json.loads(null_field("/a", head + b'1], "a": 2}'))["a"] is None


@pytest.mark.parametrize(
    ("environ", "status"),
    [("mockserver.may_wait", 503), ("waitress.client_disconnected", 499)],
)
@pytest.mark.parametrize("path", [PATH, "/__admin/requests/wait"])
def test_a_wait_ends_when_too_many_wait_or_its_client_has_left(
    make_client: MakeClient, environ: str, status: int, path: str
) -> None:
    body = {"model": "dall-e-2", "prompt": "x"} if path == PATH else {"timeout": 50}
    response = make_client().post(
        path,
        json=body,
        headers={**BEARER, "Prefer": "fault=hang"},
        environ_overrides={environ: lambda: environ.startswith("waitress")},
    )
    assert (response.status_code, response.get_json()["statusCode"]) == (status, status)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_error_comes_with_its_documented_body(newest: Generate, name: str) -> None:
    fail(newest, name, headers={"Retry-After": "7", "X-Extra": "yes"})
    response = ask(newest)
    error = error_catalog()[name]
    assert (response.status_code, response.get_json()["message"]) == (error.status, error.message)
    assert response.headers["Retry-After"] == "7"
    assert response.headers["X-Extra"] == "yes"
    assert rules(newest) == []


def test_a_withdrawn_model_is_refused_as_one_that_is_not_offered(newest: Generate) -> None:
    fail(newest, "model-withdrawn", times="always")
    lines = ask(newest).get_json()["message"].splitlines()
    assert lines[0] == "Body validation error!"
    assert lines[1].startswith("model: Invalid enum value. Expected '")
    assert lines[1].endswith("received 'dall-e-2'")
    assert "'dall-e-" not in lines[1].partition("received")[0], "both are withdrawn"
    assert "received 'dall-e-9'" in ask(newest, model="dall-e-9").get_json()["message"]


@pytest.mark.parametrize("name", ["internal", "problem-json", "html-page"])
def test_a_header_of_a_fault_replaces_the_responses_own(newest: Generate, name: str) -> None:
    fail(newest, name, headers={"Content-Type": "text/plain", "X-Place": "caf\xe9"})
    response = newest()
    assert response.headers.getlist("Content-Type") == ["text/plain"]
    assert response.headers["X-Place"] == "caf\xe9"


@pytest.mark.parametrize(
    ("body", "media_type", "text"),
    [
        ("<h1>529</h1>", "text/html", "<h1>529</h1>"),
        ("Overloaded", "text/plain", "Overloaded"),
        ('{"error": 1}', "application/json", '{"error": 1}'),
        ({"error": "caf\xe9"}, "application/json", '{"error": "caf\\u00e9"}'),
        ([], "application/json", "[]"),
        (None, "application/json", "null"),
    ],
)
@pytest.mark.parametrize("what", [{"status": 529.0}, {"status": 503}, {"fault": "content-refused"}])
def test_an_error_has_the_chosen_body(
    newest: Generate, what: dict[str, JSON], body: JSON, media_type: str, text: str
) -> None:
    newest.client.post("/__admin/faults", json={**what, "body": body, "headers": {"X-Extra": "a"}})
    response = ask(newest)
    assert response.status_code == what.get("status", 400)
    assert (response.mimetype, response.text) == (media_type, text)
    assert response.headers["X-Extra"] == "a"


@pytest.mark.parametrize(
    ("status", "message"), [(408, "Request Timeout"), (409, "Conflict"), (529, "Error 529")]
)
def test_any_status_comes_with_the_documented_body(
    newest: Generate, status: int, message: str
) -> None:
    for stated in ({}, {"message": "Overloaded"}):
        newest.client.post("/__admin/faults", json={"status": status, **stated})
        response = ask(newest)
        got = response.get_json()
        expected = stated.get("message", message)
        assert (response.status_code, got["statusCode"], got["message"]) == (
            *(status, status),
            expected,
        )


def test_refused_content_costs_nothing(make_client: MakeClient) -> None:
    client = make_client(credits=120_000)
    refused = client.post(
        PATH, json={"model": "dall-e-2", "prompt": "x"}, headers={**BEARER, **REFUSED}
    )
    assert refused.status_code == 400
    assert refused.get_json()["message"].startswith('400 {"error": ')
    assert ask(Generate(client)).status_code == 201


def test_the_next_request_is_answered_again(newest: Generate) -> None:
    fail(newest, "internal", times=2)
    assert [ask(newest).status_code for _ in range(4)] == [500, 500, 200, 200]


def test_the_other_dialect_has_the_fields_that_were_seen(newest: Generate) -> None:
    fail(newest, "problem-json", headers={"X-Extra": "yes"})
    response = ask(newest)
    body = json.loads(response.data)
    assert (response.status_code, response.mimetype) == (403, "application/problem+json")
    assert list(body) == [
        *("title", "status", "instance", "message", "requestId", "timestamp", "error")
    ]
    assert body["error"] == {"name": "Forbidden", "message": body["message"]}
    assert (body["title"], body["status"], body["instance"]) == ("Forbidden", 403, PATH)
    assert body["requestId"] == response.headers["X-Request-Id"]
    assert response.headers["X-Extra"] == "yes"


def test_a_gateway_answers_with_its_own_page(newest: Generate) -> None:
    fail(newest, "html-page", headers={"Server": "gateway"})
    response = ask(newest)
    assert (response.status_code, response.mimetype) == (502, "text/html")
    assert response.data.startswith(b"<!doctype html>")
    assert response.headers["Server"] == "gateway"


def test_a_delay_only_takes_time(make_client: MakeClient, waits: list[float]) -> None:
    generate = Generate(make_client(time_scale=0.1))
    fail(generate, "delay", seconds=2)
    assert ask(generate).status_code == 201
    assert sum(waits) == pytest.approx(0.2)


def test_a_hang_ends_in_the_documented_timeout(newest: Generate) -> None:
    fail(newest, "hang")
    response = ask(newest)
    assert (response.status_code, response.get_json()["message"]) == (504, "Generation timeout")


def test_a_trickling_body_is_whole_in_the_end(newest: Generate) -> None:
    fail(newest, "slow-drip", seconds=10)
    drops = newest.client.post(PATH, json=newest.body({"size": SMALL}), headers=BEARER)
    assert drops.content_length is None
    assert json.loads(drops.data)["data"]
    assert rules(newest) == []


def test_a_trickling_body_takes_the_time_that_it_says(
    make_client: MakeClient, waits: list[float]
) -> None:
    generate = Generate(make_client(contracts=(NEWEST,), time_scale=0.05))
    fail(generate, "slow-drip", seconds="4..4")
    assert json.loads(ask(generate, response_format="b64_json").data)
    assert sum(waits) == pytest.approx(0.2)


def test_a_truncated_body_is_half_of_what_is_announced(newest: Generate) -> None:
    fail(newest, "truncated-body")
    response = ask(newest)
    assert response.content_length is not None
    assert len(response.data) == response.content_length // 2


def test_malformed_json_lacks_its_last_brace(newest: Generate) -> None:
    fail(newest, "malformed-json")
    response = ask(newest)
    assert response.content_length == len(response.data)
    assert json.loads(response.data + b"}")["data"]
    fail(newest, "malformed-json")
    assert rules(newest) == ["documented json"]


def test_a_wrong_content_type_labels_the_right_body(newest: Generate) -> None:
    fail(newest, "wrong-content-type")
    response = ask(newest)
    assert response.mimetype == "text/html"
    assert json.loads(response.data)["data"]


def test_a_field_is_dropped(newest: Generate) -> None:
    fail(newest, "drop-field", pointer="/data/0/url")
    assert ask(newest).get_json()["data"] == [{}]
    fail(newest, "drop-field", pointer="/meta/usage/credits_used")
    assert rules(newest) == ["documented required"]


def test_a_field_is_null(newest: Generate) -> None:
    fail(newest, "null-field", pointer="/data")
    assert ask(newest).get_json()["data"] is None
    fail(newest, "null-field", pointer="/data/0/url")
    assert rules(newest) == ["client-required type"]


@pytest.mark.parametrize(
    ("pointer", "kind"), [("/data/0/url", int), ("/created", str), ("/meta", str)]
)
def test_a_field_changes_its_type(newest: Generate, pointer: str, kind: type) -> None:
    fail(newest, "retype-field", pointer=pointer)
    found = ask(newest).get_json()
    for step in pointer.split("/")[1:]:
        found = found[int(step)] if isinstance(found, list) else found[step]
    assert isinstance(found, kind)


@pytest.mark.parametrize(
    "pointer",
    ["/nothing", "/data/7", "/data/-1", "/data/00", "/data/x", "/created/deeper", "/data/0/url/0"],
)
@pytest.mark.parametrize("fault", ["drop-field", "null-field", "retype-field"])
def test_a_field_that_is_not_there_changes_nothing(
    newest: Generate, fault: str, pointer: str
) -> None:
    fail(newest, fault, pointer=pointer)
    assert rules(newest) == []


def test_a_fault_that_changes_nothing_says_so(newest: Generate) -> None:
    fail(newest, "drop-field", pointer="/nothing")
    words = "fault=drop-field: nothing at /nothing in this response"
    assert newest().headers["X-Mock-Warning"] == words
    (entry,) = (newest.client.get("/__admin/requests").json or {})["requests"]
    assert (entry["fault"], entry["message"]) == ("drop-field", words)


def test_a_pointer_reaches_names_with_slashes_and_tildes() -> None:
    assert json.loads(null_field("/a~1b/c~0d", b'{"a/b": {"c~d": 1}}')) == {"a/b": {"c~d": None}}


def test_a_null_stays_null() -> None:
    assert null_field("/a", b'{"a": null}') == b'{"a": null}'


@pytest.mark.parametrize("form", ["url", "b64_json"])
def test_a_corrupted_image_cannot_be_decoded(newest: Generate, form: str) -> None:
    fail(newest, "corrupted-image")
    assert rules(newest, response_format=form) == ["semantic image"]


def test_an_image_of_the_wrong_size_is_half_as_large(newest: Generate) -> None:
    fail(newest, "wrong-size-image")
    assert rules(newest) == ["semantic image-size"]


def test_an_image_is_missing(newest: Generate) -> None:
    fail(newest, "fewer-images")
    assert rules(newest, n=3) == ["semantic count"]


@pytest.mark.parametrize(("contract", "pointer"), [(NEWEST, "data"), (PINNED, "output")])
def test_every_image_is_missing(make_client: MakeClient, contract: str, pointer: str) -> None:
    generate = Generate(make_client(contracts=(contract,)))
    fail(generate, "no-images")
    found = ask(generate, n=2).get_json()[pointer]
    assert found in ([], {"choices": []})


@pytest.mark.parametrize(("fault", "status"), [("dead-link", 404), ("expired-link", 403)])
def test_a_link_leads_to_an_error(newest: Generate, fault: str, status: int) -> None:
    fail(newest, fault)
    response = ask(newest)
    assert response.status_code == 200
    download = newest.client.get(response.get_json()["data"][0]["url"])
    assert (download.status_code, download.get_json()["statusCode"]) == (status, status)
    assert set(download.get_json()) == {
        *("message", "path", "requestId", "statusCode", "timestamp")
    }


def test_a_link_to_an_image_that_is_no_more_is_not_found(client: FlaskClient) -> None:
    gone = ImageRef(NEWEST, "0" * 64, 0, "image-of-old", 256, 256)
    state = client.application.extensions[STATE]
    response = client.get(state.links.write(gone, state.now()))
    assert response.status_code == 404
    assert "no image 'image-of-old'" in response.get_json()["message"]


def test_a_slow_link_keeps_waiting(make_client: MakeClient, waits: list[float]) -> None:
    generate = Generate(make_client(contracts=(NEWEST,), time_scale=0.05))
    fail(generate, "slow-link", seconds=4)
    url = ask(generate).get_json()["data"][0]["url"]
    assert waits == []
    assert generate.client.get(url).status_code == 200
    assert sum(waits) == pytest.approx(0.2)


def test_the_provider_migrates_in_mid_flight(generate: Generate) -> None:
    fail(generate, "migrate", contract=NEWEST, after=2, times="always")
    responses = [ask(generate) for _ in range(4)]
    assert [response.status_code for response in responses] == [201, 201, 200, 200]
    assert "data" in responses[-1].get_json()
    journal = generate.client.get("/__admin/requests").get_json()["requests"]
    assert [entry["contract"] for entry in journal] == [PINNED, PINNED, NEWEST, NEWEST]


def test_a_migration_to_an_unknown_contract_is_a_warning(generate: Generate) -> None:
    prefer = {**BEARER, "Prefer": "fault=migrate; contract=dall-e-9"}
    response = generate.client.post(PATH, json=generate.body({"size": SMALL}), headers=prefer)
    assert response.status_code == 201
    assert "fault=migrate: no contract 'dall-e-9'" in response.headers[WARNING]


def test_a_migration_of_another_model_passes(generate: Generate) -> None:
    fail(generate, "migrate", contract="dall-e-3@2026-01-16")
    assert ask(generate).status_code == 201


def test_a_fault_comes_before_the_body_is_looked_at(newest: Generate) -> None:
    fail(newest, "rate-limited")
    assert newest.send(["no", "object"]).status_code == 429
    assert newest.send(["no", "object"]).status_code == 400


@pytest.mark.parametrize("body", [b"{", b""])
def test_a_fault_happens_to_a_body_that_is_no_json_too(newest: Generate, body: bytes) -> None:
    fail(newest, "unavailable")
    headers = {**BEARER, "Content-Type": "application/json"}
    assert newest.client.post(PATH, data=body, headers=headers).status_code == 503
    assert newest.client.post(PATH, data=body, headers=headers).status_code == 400


def test_nothing_happens_to_a_request_without_a_key(client: FlaskClient) -> None:
    generate = Generate(client, headers={})
    fail(generate, "internal")
    assert ask(generate).status_code == 401
    assert ask(Generate(client)).status_code == 500


def test_a_fault_of_the_response_lets_an_api_error_pass(newest: Generate) -> None:
    fail(newest, "malformed-json")
    assert newest.exchange(size="1x1").response.status == 400
    assert rules(newest) == []


def test_without_a_fault_nothing_changes(newest: Generate) -> None:
    exchange = newest.exchange(size=SMALL)
    assert not [f for f in load(NEWEST).findings(exchange) if f.level is not Level.HINT]


def test_corrupt_base64_is_still_base64(newest: Generate) -> None:
    fail(newest, "corrupted-image")
    encoded = ask(newest, response_format="b64_json").get_json()["data"][0]["b64_json"]
    assert binascii.a2b_base64(encoded, strict_mode=True).startswith(b"\x89PNG")
