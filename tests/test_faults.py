"""Each kind of fault, as a client of the mock in this process sees it."""

from __future__ import annotations

import binascii
import json
import time
from collections.abc import Iterator
from random import Random

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app import STATE
from mockserver.contract import Level, error_catalogue
from mockserver.duration import parse_duration
from mockserver.errors import SettingsError
from mockserver.faults import Effect, Fault, effect_of, fault_kinds
from mockserver.jsontext import JSON
from tests.asking import BEARER, PATH, PINNED, Generate, MakeClient, load
from tests.clients.following import NEWEST, Follow

SMALL = "256x256"
DOCUMENTED = [error.name for error in error_catalogue().errors.values() if not error.ours]


@pytest.fixture
def newest(make_client: MakeClient) -> Generate:
    """Asks a mock that answers with ``data[]``, ten thousand times as fast."""
    return Follow(make_client(contracts=(NEWEST,), time_scale=1e-4))


def fail(generate: Generate, fault: str, **rest: JSON) -> None:
    """Let something go wrong for everybody."""
    queue = generate.client.application.extensions[STATE].faults
    queue.add(Fault.of({"fault": fault, **rest}))


def ask(generate: Generate, **fields: JSON) -> TestResponse:
    return generate(**{"size": SMALL, **fields})


def rules(generate: Generate, **fields: JSON) -> list[str]:
    """What is wrong with the next answer, by the contract's own checks."""
    exchange = generate.exchange(**{"size": SMALL, **fields})
    return [f"{f.level} {f.rule}" for f in load(NEWEST).findings(exchange)]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_error_comes_with_its_documented_body(newest: Generate, name: str) -> None:
    fail(newest, name, headers={"Retry-After": "7", "X-Extra": "yes"})
    answer = ask(newest)
    error = error_catalogue()[name]
    assert (answer.status_code, answer.get_json()["message"]) == (error.status, error.message)
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["X-Extra"] == "yes"
    assert rules(newest) == []


def test_the_next_request_is_answered_again(newest: Generate) -> None:
    fail(newest, "internal", times=2)
    assert [ask(newest).status_code for _ in range(4)] == [500, 500, 200, 200]


@pytest.mark.parametrize(
    ("status", "name"), [(401, "unauthorized"), (403, "out-of-credits"), (500, "internal")]
)
def test_a_status_names_its_first_documented_error(status: int, name: str) -> None:
    assert Fault.of({"status": status}).name == name


def test_the_other_dialect_has_the_fields_that_were_seen(newest: Generate) -> None:
    fail(newest, "problem-json", headers={"X-Extra": "yes"})
    answer = ask(newest)
    body = json.loads(answer.data)
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert list(body) == [
        *("title", "status", "instance", "message", "requestId", "timestamp", "error")
    ]
    assert body["error"] == {"name": "Forbidden", "message": body["message"]}
    assert (body["title"], body["status"], body["instance"]) == ("Forbidden", 403, PATH)
    assert body["requestId"] == answer.headers["X-Request-Id"]
    assert answer.headers["X-Extra"] == "yes"


def test_a_gateway_answers_with_its_own_page(newest: Generate) -> None:
    fail(newest, "html-page", headers={"Server": "gateway"})
    answer = ask(newest)
    assert (answer.status_code, answer.mimetype) == (502, "text/html")
    assert answer.data.startswith(b"<!doctype html>")
    assert answer.headers["Server"] == "gateway"


def test_a_delay_only_takes_time(make_client: MakeClient) -> None:
    generate = Generate(make_client(time_scale=0.1))
    fail(generate, "delay", seconds=2)
    begun = time.perf_counter()
    assert ask(generate).status_code == 201
    assert 0.2 <= time.perf_counter() - begun < 1.5


def test_a_hang_ends_in_the_documented_timeout(newest: Generate) -> None:
    fail(newest, "hang")
    answer = ask(newest)
    assert (answer.status_code, answer.get_json()["message"]) == (504, "Generation timeout")


def test_a_trickling_body_is_whole_in_the_end(newest: Generate) -> None:
    fail(newest, "slow-drip", seconds=10)
    drops = newest.client.post(PATH, json=newest.body({"size": SMALL}), headers=BEARER)
    assert drops.content_length is None
    assert json.loads(drops.data)["data"]
    assert rules(newest) == []


def test_a_trickling_body_takes_the_time_that_it_says(make_client: MakeClient) -> None:
    generate = Generate(make_client(contracts=(NEWEST,), time_scale=0.05))
    fail(generate, "slow-drip", seconds="4..4")
    begun = time.perf_counter()
    assert json.loads(ask(generate, response_format="b64_json").data)
    assert 0.2 <= time.perf_counter() - begun < 1.5


def test_a_truncated_body_is_half_of_what_is_announced(newest: Generate) -> None:
    fail(newest, "truncated-body")
    answer = ask(newest)
    assert answer.content_length is not None
    assert len(answer.data) == answer.content_length // 2


def test_malformed_json_lacks_its_last_brace(newest: Generate) -> None:
    fail(newest, "malformed-json")
    answer = ask(newest)
    assert answer.content_length == len(answer.data)
    assert json.loads(answer.data + b"}")["data"]
    fail(newest, "malformed-json")
    assert rules(newest) == ["documented json"]


def test_a_wrong_content_type_labels_the_right_body(newest: Generate) -> None:
    fail(newest, "wrong-content-type")
    answer = ask(newest)
    assert answer.mimetype == "text/html"
    assert json.loads(answer.data)["data"]


def test_a_field_is_dropped(newest: Generate) -> None:
    fail(newest, "drop-field", pointer="/data/0/url")
    assert ask(newest).get_json()["data"] == [{}]
    fail(newest, "drop-field", pointer="/meta/usage/credits_used")
    assert rules(newest) == ["documented required"]


def test_a_field_is_null(newest: Generate) -> None:
    fail(newest, "null-field", pointer="/data")
    assert ask(newest).get_json()["data"] is None
    fail(newest, "null-field", pointer="/data/0/url")
    assert rules(newest) == ["expected type"]


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


def test_a_pointer_reaches_names_with_slashes_and_tildes() -> None:
    from mockserver.answer import Answer

    effect = effect_of(Fault.of({"fault": "null-field", "pointer": "/a~1b/c~0d"}))
    answer = effect.answer(Answer(200, [b'{"a/b": {"c~d": 1}}']))
    assert json.loads(b"".join(answer.pieces)) == {"a/b": {"c~d": None}}


def test_a_null_stays_null() -> None:
    from mockserver.answer import Answer

    effect = effect_of(Fault.of({"fault": "null-field", "pointer": "/a"}))
    assert b"".join(effect.answer(Answer(200, [b'{"a": null}'])).pieces) == b'{"a": null}'


@pytest.mark.parametrize("form", ["url", "b64_json"])
def test_a_corrupted_picture_cannot_be_decoded(newest: Generate, form: str) -> None:
    fail(newest, "corrupted-picture")
    assert rules(newest, response_format=form) == ["meaning picture"]


def test_a_picture_of_the_wrong_size_is_half_as_large(newest: Generate) -> None:
    fail(newest, "wrong-size-picture")
    assert rules(newest) == ["meaning picture-size"]


def test_a_picture_is_missing(newest: Generate) -> None:
    fail(newest, "fewer-pictures")
    assert rules(newest, n=3) == ["meaning count"]


@pytest.mark.parametrize(("contract", "pointer"), [(NEWEST, "data"), (PINNED, "output")])
def test_every_picture_is_missing(make_client: MakeClient, contract: str, pointer: str) -> None:
    generate = Generate(make_client(contracts=(contract,)))
    fail(generate, "no-pictures")
    found = ask(generate, n=2).get_json()[pointer]
    assert found in ([], {"choices": []})


@pytest.mark.parametrize(("fault", "status"), [("dead-link", 404), ("expired-link", 403)])
def test_a_link_leads_to_an_error(newest: Generate, fault: str, status: int) -> None:
    fail(newest, fault)
    answer = ask(newest)
    assert answer.status_code == 200
    download = newest.client.get(answer.get_json()["data"][0]["url"])
    assert (download.status_code, download.get_json()["statusCode"]) == (status, status)
    assert set(download.get_json()) == {
        *("message", "path", "requestId", "statusCode", "timestamp")
    }


def test_a_slow_link_keeps_waiting(make_client: MakeClient) -> None:
    generate = Generate(make_client(contracts=(NEWEST,), time_scale=0.05))
    fail(generate, "slow-link", seconds=4)
    begun = time.perf_counter()
    url = ask(generate).get_json()["data"][0]["url"]
    middle = time.perf_counter()
    assert generate.client.get(url).status_code == 200
    assert middle - begun < time.perf_counter() - middle
    assert 0.2 <= time.perf_counter() - middle < 1.5


def test_the_provider_migrates_in_mid_flight(generate: Generate) -> None:
    fail(generate, "migrate", contract=NEWEST, after=2, times="always")
    answers = [ask(generate) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 200, 200]
    assert "data" in answers[-1].get_json()
    journal = generate.client.get("/__admin/requests").get_json()["requests"]
    assert [entry["contract"] for entry in journal] == [PINNED, PINNED, NEWEST, NEWEST]


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


def test_a_fault_of_the_answer_lets_a_refusal_pass(newest: Generate) -> None:
    fail(newest, "malformed-json")
    assert newest.exchange(size="1x1").response.status == 400
    assert rules(newest) == []


def test_every_kind_says_what_a_client_sees() -> None:
    assert len(fault_kinds()) == len(DOCUMENTED) + 19
    for name, kind in fault_kinds().items():
        assert kind.summary, name
        assert "\n" not in kind.summary


def test_what_overrides_nothing_changes_nothing(newest: Generate) -> None:
    exchange = newest.exchange(size=SMALL)
    assert Effect(Fault(name="none")).drawn(Random(0)) == 0
    assert not [f for f in load(NEWEST).findings(exchange) if f.level is not Level.ADVICE]


WRONG: list[tuple[JSON, str]] = [
    ({}, "a fault: expected"),
    ([], "a fault: expected object, received array"),
    ({"fault": "internal", "status": 500}, "a fault: expected"),
    ({"fault": ""}, "/fault: expected at least 1 character"),
    ({"status": 200}, "/status: expected a number of at least 400"),
    ({"status": 418}, "expected a status of 400, 401, 403, 404, 429, 500, 502, 503, 504"),
    ({"status": "429"}, "/status: expected integer, received string '429'"),
    ({"fault": "internal", "times": 0}, "/times: expected a number of at least 1"),
    ({"fault": "internal", "times": "often"}, "/times: expected text that matches ^always$"),
    ({"fault": "internal", "after": -1}, "/after: expected a number of at least 0"),
    ({"fault": "internal", "probability": 0}, "/probability: expected a number above 0"),
    ({"fault": "internal", "probability": 2}, "/probability: expected a number of at most 1"),
    ({"fault": "internal", "match": {"colour": "red"}}, "/match/colour: expected no such field"),
    ({"fault": "internal", "tenant": ""}, "/tenant: expected at least 1 character"),
    ({"fault": "internal", "headers": {"X": "a\r\nY: b"}}, "/headers/X: expected text"),
    ({"fault": "delay", "seconds": -1}, "/seconds: expected a number of at least 0"),
    ({"fault": "delay", "seconds": 4000}, "/seconds: expected a number of at most 3600"),
    ({"fault": "drop-field", "pointer": "data"}, "/pointer: expected text that matches"),
    ({"fault": "internal", "colour": "red"}, "/colour: expected no such field"),
]


@pytest.mark.parametrize(("data", "words"), WRONG)
def test_a_fault_that_breaks_the_schema_is_refused(data: JSON, words: str) -> None:
    with pytest.raises(SettingsError) as error:
        Fault.of(data)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"fault": "lightning"}, "no fault 'lightning'; expected one of validation, "),
        ({"fault": "migrate"}, "fault 'migrate' needs contract"),
        ({"fault": "drop-field"}, "fault 'drop-field' needs pointer"),
        ({"fault": "migrate", "contract": "dall-e-9"}, "no contract 'dall-e-9'"),
        ({"fault": "delay", "seconds": "2s..1s"}, "expected a range from short to long"),
        ({"fault": "delay", "seconds": "1.2.3"}, "expected a duration such as 200ms"),
        ({"fault": "delay", "seconds": "2..9999"}, "expected a duration such as 200ms"),
    ],
)
def test_a_fault_that_cannot_happen_is_refused(data: JSON, words: str) -> None:
    fault = Fault.of(data)
    with pytest.raises(SettingsError) as error:
        effect_of(fault)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "data",
    [
        {"fault": "internal"},
        {"fault": "delay", "seconds": "1..2", "times": "always", "after": 3, "seed": 4},
        {"fault": "internal", "match": {"prompt": "fox"}, "tenant": "abc", "probability": 0.5},
        {"fault": "internal", "headers": {"Retry-After": "1"}, "times": 3},
    ],
)
def test_a_fault_is_written_as_it_is_read(data: dict[str, JSON]) -> None:
    written = Fault.of(data).to_json()
    assert data.items() <= written.items()
    assert Fault.of(written) == Fault.of(data)


def test_a_whole_number_of_times_may_be_written_with_a_point() -> None:
    assert Fault.of(json.loads('{"fault": "internal", "times": 2.0}')).times == 2


DURATIONS: list[tuple[str | float, float, float]] = [
    (2, 2, 2),
    (2.5, 2.5, 2.5),
    (0.00001, 0.00001, 0.00001),
    ("200ms", 0.2, 0.2),
    ("2.5 s", 2.5, 2.5),
    ("100ms..2s", 0.1, 2),
    (" 1 .. 2 ", 1, 2),
]


@pytest.mark.parametrize(("text", "least", "most"), DURATIONS)
def test_a_duration_is_read(text: str | float, least: float, most: float) -> None:
    duration = parse_duration(text)
    drawn = [duration(Random(seed)) for seed in range(50)]
    assert all(least <= seconds <= most for seconds in drawn)
    assert least == most or max(drawn) - min(drawn) > (most - least) / 2


@pytest.mark.parametrize(
    "text", ["", "soon", "-1", "1h", "1..", "..1", "3601", "2..1", "٣", float("nan"), -1, 3601.0]
)
def test_a_wrong_duration_is_refused(text: str | float) -> None:
    with pytest.raises(SettingsError):
        parse_duration(text)


def faults_of(client: FlaskClient) -> Iterator[dict[str, JSON]]:
    yield from client.get("/__admin/faults").get_json()["faults"]


def test_each_use_is_counted(newest: Generate) -> None:
    fail(newest, "internal", after=1, times=2)
    for _ in range(5):
        ask(newest)
    (fault,) = faults_of(newest.client)
    assert (fault["seen"], fault["used"]) == (3, 2)


def test_corrupt_base64_is_still_base64(newest: Generate) -> None:
    fail(newest, "corrupted-picture")
    encoded = ask(newest, response_format="b64_json").get_json()["data"][0]["b64_json"]
    assert binascii.a2b_base64(encoded, strict_mode=True).startswith(b"\x89PNG")
