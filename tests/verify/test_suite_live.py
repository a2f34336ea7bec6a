"""The contract suite against a stub of the live API: what it buys, and how a run ends."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count

import pytest
import requests

from mockserver.contracts import error_catalog
from tests.servers.behavior import answering, refusing_all, refusing_with, setting, succeeding
from tests.servers.live import KEY, as_documented, run_live
from tests.servers.mutation import LINKS
from tests.servers.running import run_suite
from tests.servers.stub_server import Behavior, Response, Right, StubRequest

pytestmark = pytest.mark.unmeasured

PASSED, FAILED, USAGE, NOTHING_VERIFIED = 0, 1, 4, 5
NO_KEY = error_catalog()["unauthorized"].message
JSON_TYPE = {"Content-Type": "application/json"}
HTML = Response(502, {"Content-Type": "text/html"}, b"<html><h1>Bad gateway</h1></html>")


def failing(failure: requests.RequestException) -> Behavior:
    """Fail on the wire."""

    def behave(_asked: StubRequest, _right: Right) -> Response:
        raise failure

    return behave


def always(response: Response) -> Behavior:
    return lambda _asked, _right: response


def every_other(wrong: Response) -> Behavior:
    """Answer every other order wrongly."""
    turns = count()
    return succeeding(lambda response: wrong if next(turns) % 2 else response)


def cut(response: Response) -> Response:
    return replace(response, body=response.body[:-9])


ALWAYS_RUN = {
    "an overload now and then",
    "no connection",
    "the key is refused",
}
ENDS = {
    "a field has gone": (succeeding(setting("/args", {})), FAILED, "/response/body/args/n"),
    "another status": (succeeding(lambda a: replace(a, status=200)), FAILED, "received: 200"),
    "JSON cut short": (succeeding(cut), FAILED, "/response/body (json)"),
    "an HTML page for a success": (
        succeeding(lambda _: replace(HTML, status=201)),
        FAILED,
        "/response/headers/content-type",
    ),
    "invalid requests accepted": (
        lambda request, right: right(request.with_json({"model": "dall-e-2", "prompt": "it"})),
        FAILED,
        "expected: 400",
    ),
    "the endpoint has gone": (refusing_all(404, "Not Found"), FAILED, "received: 404"),
    "valid requests refused": (
        refusing_all(400, "Body validation error!"),
        FAILED,
        "received: 400",
    ),
    "refusals without an id": (
        refusing_with(setting("/requestId", "")),
        FAILED,
        "/response/body/requestId",
    ),
    "the key is refused": (refusing_all(401, NO_KEY), NOTHING_VERIFIED, "401 'This request"),
    "payment required": (refusing_all(402, "Pay first"), NOTHING_VERIFIED, "402 'Pay first'"),
    "no credits": (refusing_all(403, "You've run out"), NOTHING_VERIFIED, "403 'You've run out'"),
    "too many requests": (
        refusing_all(429, "Too Many Requests"),
        NOTHING_VERIFIED,
        "429 'Too Many",
    ),
    "a failure": (refusing_all(500, "Internal server error"), NOTHING_VERIFIED, "500 'Internal"),
    "unavailable": (refusing_all(503, "Service unavailable"), NOTHING_VERIFIED, "503 'Service"),
    "an HTML error page": (always(HTML), NOTHING_VERIFIED, "502 'Bad Gateway'"),
    "no answer in time": (
        failing(requests.ReadTimeout("it took too long")),
        NOTHING_VERIFIED,
        "nothing came within 180 s",
    ),
    "no connection": (
        failing(requests.ConnectionError("no route")),
        NOTHING_VERIFIED,
        "no response: ConnectionError: no route",
    ),
    "an answer that breaks off": (
        failing(requests.exceptions.ChunkedEncodingError("8 bytes read, 92 more expected")),
        NOTHING_VERIFIED,
        "92 more expected",
    ),
    "an overload now and then": (every_other(HTML), PASSED, "not verified: 502"),
}


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(end, id=name, marks=() if name in ALWAYS_RUN else pytest.mark.nightly)
        for name, end in ENDS.items()
    ],
)
def test_exit_status_of_a_run_against_the_live_api(end: tuple[Behavior, int, str]) -> None:
    behave, status, words = end
    run = run_live(behave)
    assert run.outcome.status == status, run.outcome.output
    assert words in run.outcome.output
    assert ("nothing is known of live now" in run.outcome.output) is (status == NOTHING_VERIFIED)
    assert KEY not in run.outcome.output


def test_right_live_api_passes_with_six_small_images_and_no_key_for_links() -> None:
    run = run_live(contract=LINKS)
    assert run.outcome.status == PASSED, run.outcome.output
    assert sum(image_request.get("n", 1) for image_request in run.orders) == 6
    assert {image_request["size"] for image_request in run.orders} == {"256x256"}
    assert "cost: 6 images paid for" in run.outcome.output
    assert "left out by --max-images 6" in run.outcome.output
    downloads = [request for request, _ in run.exchanges if request.method == "GET"]
    assert downloads
    assert not any(request.authorization for request in downloads)


@pytest.mark.nightly
def test_the_same_request_is_paid_for_once() -> None:
    run = run_live(as_documented, "--max-images", "60")
    orders = [json.dumps(image_request, sort_keys=True) for image_request in run.orders]
    assert len(orders) == len(set(orders)) > 10


@pytest.mark.parametrize(
    "most", [1, *(pytest.param(n, marks=pytest.mark.nightly) for n in (3, 20))]
)
def test_no_more_is_paid_for_than_allowed(most: int) -> None:
    run = run_live(as_documented, "--max-images", str(most))
    assert 0 < sum(image_request.get("n", 1) for image_request in run.orders) <= most


@pytest.mark.nightly
def test_a_budget_of_nothing_verifies_nothing() -> None:
    run = run_live(as_documented, "--max-images", "0")
    assert run.orders == []
    assert run.outcome.status == NOTHING_VERIFIED
    assert "nothing is known of live now: no request for images was answered" in run.outcome.output


def test_images_for_bad_requests_end_the_spending() -> None:
    plain = {"model": "dall-e-2", "prompt": "a T-Rex", "size": "256x256"}
    run = run_live(lambda request, right: right(request.with_json(plain)))
    assert run.outcome.status == FAILED
    assert len(run.orders) < 10


def serving_links_as(response: Response) -> Behavior:
    return answering(lambda request, _: request.method == "GET", lambda _: response)


@pytest.mark.nightly
def test_link_that_cannot_be_followed_now_is_no_drift() -> None:
    run = run_live(serving_links_as(HTML), contract=LINKS)
    assert run.outcome.status == PASSED, run.outcome.output
    assert "could not be fetched: status 502" in run.outcome.output


@pytest.mark.nightly
def test_link_to_nothing_is_drift() -> None:
    run = run_live(serving_links_as(Response(404, JSON_TYPE, b"{}")), contract=LINKS)
    assert run.outcome.status == FAILED
    assert "semantic /response/body/data/0/url (download)" in run.outcome.output


def test_key_that_a_server_repeats_is_not_printed() -> None:
    run = run_live(refusing_all(400, f"{KEY} is not welcome"), "--exitfirst")
    assert run.outcome.status == FAILED
    assert KEY not in run.outcome.output
    assert "$AIMLAPI_KEY is not welcome" in run.outcome.output


@pytest.mark.nightly
def test_both_names_of_the_key_are_known() -> None:
    assert run_live(AIML_API_KEY=KEY).outcome.status == PASSED


@pytest.mark.parametrize("keys", [{}, {"AIMLAPI_KEY": " "}])
def test_without_a_key_nothing_is_sent(keys: dict[str, str]) -> None:
    outcome = run_suite("--target", "live", environment=keys)
    assert outcome.status == USAGE
    errors = [line for line in outcome.output.splitlines() if line.startswith("ERROR")]
    assert errors == ["ERROR: --target live needs the API key in AIMLAPI_KEY or AIML_API_KEY"]


def test_live_runs_are_not_spread_over_processes() -> None:
    pytest.importorskip("xdist")
    outcome = run_suite("--target", "live", "-n", "2", environment={"AIMLAPI_KEY": KEY})
    assert outcome.status == USAGE
    assert "to buy nothing twice" in outcome.output
