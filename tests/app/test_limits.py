"""Limits for each key: requests in a while, requests at once, and credits."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app.factory import STATE
from mockserver.app.limits import Running, parse_rate
from mockserver.app.store import Store
from mockserver.app.tenants import Tenant, tenant_id
from mockserver.contracts import error_catalog
from mockserver.errors import APIError, FixtureError, SettingsError
from mockserver.images import ImageLibrary
from tests.http import BEARER, NEWEST, PINNED, FrozenClock, Generate, MakeClient
from tests.published import NO_CREDITS, NO_RESOURCES

EVERY_STORE = True


TENANT = tenant_id("mock-key")
COST = 120_000


def ask(generate: Generate, times: int, **fields: int) -> list[TestResponse]:
    return [generate(size="256x256", **fields) for _ in range(times)]


def with_key(client: FlaskClient, key: str) -> Generate:
    return Generate(client, headers={"Authorization": f"Bearer {key}"})


def tenant_of(client: FlaskClient) -> Tenant:
    tenant: Tenant = client.application.extensions[STATE].tenants.get(TENANT)
    return tenant


@pytest.fixture
def limit_clock(monkeypatch: pytest.MonkeyPatch) -> FrozenClock:
    """The clock of the rate limits, which stands still."""
    clock = FrozenClock()
    monkeypatch.setattr("mockserver.app.store.base.monotonic", clock)
    return clock


def test_a_rate_limit_refuses_with_the_documented_message(make_client: MakeClient) -> None:
    responses = ask(Generate(make_client(rate_limit="2/minute")), 3)
    assert [response.status_code for response in responses] == [201, 201, 429]
    assert responses[-1].get_json()["message"] == "Too Many Requests"


@pytest.mark.usefixtures("limit_clock")
def test_an_api_error_says_when_to_come_again(make_client: MakeClient) -> None:
    refused = ask(Generate(make_client(rate_limit="1/minute")), 2)[-1]
    seconds = int(refused.headers["Retry-After"])
    milliseconds = int(refused.headers["retry-after-ms"])
    assert (seconds, milliseconds) == (60, 60_000)


@pytest.mark.usefixtures("limit_clock")
def test_every_response_says_how_many_are_left(make_client: MakeClient) -> None:
    responses = ask(Generate(make_client(rate_limit="2/minute")), 3)
    assert [response.headers["X-RateLimit-Limit"] for response in responses] == ["2"] * 3
    assert [response.headers["X-RateLimit-Remaining"] for response in responses] == ["1", "0", "0"]
    assert [response.headers["X-RateLimit-Reset"] for response in responses] == ["60"] * 3


def test_a_wrong_request_counts_and_is_told_so(make_client: MakeClient) -> None:
    refused = Generate(make_client(rate_limit="2/minute"))(size="1x1")
    assert (refused.status_code, refused.headers["X-RateLimit-Remaining"]) == (400, "1")


def test_a_fault_does_not_count(make_client: MakeClient) -> None:
    generate = Generate(make_client(rate_limit="1/minute"))
    generate.client.post("/__admin/faults", json={"status": 503, "times": 3})
    assert [response.status_code for response in ask(generate, 5)] == [503, 503, 503, 201, 429]


def test_without_a_limit_no_header_speaks_of_one(generate: Generate) -> None:
    (response,) = ask(generate, 1)
    assert not [name for name, _ in response.headers if "ratelimit" in name.lower()]


def test_a_window_ends(make_client: MakeClient, limit_clock: FrozenClock) -> None:
    tenant = tenant_of(make_client(rate_limit="2/second"))
    tenant.hit_rate()
    tenant.hit_rate()
    with pytest.raises(APIError):
        tenant.hit_rate()
    limit_clock.now += 1.1
    assert tenant.hit_rate()["X-RateLimit-Remaining"] == "1"


def test_each_key_has_its_own_limit(make_client: MakeClient) -> None:
    client = make_client(rate_limit="1/minute")
    for key in ("mock-a", "mock-b"):
        assert [a.status_code for a in ask(with_key(client, key), 2)] == [201, 429]


def test_a_limit_of_parallel_requests_is_exact(make_client: MakeClient) -> None:
    tenant = tenant_of(make_client(rate_limit="30/minute"))

    def allowed(_: int) -> bool:
        try:
            return bool(tenant.hit_rate())
        except APIError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(allowed, range(200))) == 30


@pytest.mark.parametrize(
    "rate",
    ["10", "fast", "", "10/fortnight", "-1/minute", "1/s;2/minute", "0/minute", "10/0minute"],
)
def test_a_wrong_rate_is_refused(make_client: MakeClient, rate: str) -> None:
    with pytest.raises(SettingsError, match="expected a rate such as 10/minute"):
        parse_rate(rate)
    with pytest.raises(SettingsError, match="expected a rate such as 10/minute"):
        make_client(rate_limit=rate)


@pytest.mark.parametrize("rate", ["10/minute", "10 per minute", "2/second", "100 / 5 minutes"])
def test_a_rate_is_read(rate: str) -> None:
    assert parse_rate(rate)[0] in {10, 2, 100}


def test_a_gate_lets_so_many_in_at_once(make_client: MakeClient) -> None:
    client = make_client(concurrency=2)
    generate = Generate(client)
    tenant = tenant_of(client)
    with tenant.running("1"), tenant.running("2"):
        (refused,) = ask(generate, 1)
    assert (refused.status_code, refused.get_json()["message"]) == (429, "Too Many Requests")
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["retry-after-ms"] == "1000"
    assert ask(generate, 1)[0].status_code == 201
    assert tenant.inside == 0


def test_a_request_leaves_the_gate_however_it_ends(make_client: MakeClient) -> None:
    client = make_client(concurrency=1)
    generate = Generate(client)
    client.post("/__admin/faults", json={"status": 500})
    assert [a.status_code for a in ask(generate, 2)] == [500, 201]
    assert generate(size="1x1").status_code == 400
    assert ask(generate, 1)[0].status_code == 201


@pytest.mark.parametrize("header", ["delay=60", "fault=delay; seconds=300"])
def test_a_request_that_waits_holds_its_place(make_client: MakeClient, header: str) -> None:
    client = make_client(concurrency=1)
    slow = Generate(client, headers={"Authorization": "Bearer mock-key", "Prefer": header})
    tenant = tenant_of(client)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, slow, 1)
        while not tenant.inside:
            time.sleep(0.005)
        assert ask(Generate(client), 1)[0].status_code == 429
        client.post("/__admin/reset", json={"tenant": TENANT})
        assert first.result()[0].status_code == 201
    assert ask(Generate(client), 1)[0].status_code == 201


def test_a_gate_without_a_number_counts_only_who_waits(store: Store) -> None:
    with Running(store, "t", None, "1"), Running(store, "t", None, "2") as waiting:
        waiting.renew()
        assert store.enter("t", "", 0, 0).value == 1
    assert store.enter("t", "", 0, 0).value == 0


def test_images_are_paid_until_the_balance_is_spent(make_client: MakeClient) -> None:
    generate = Generate(make_client(credits=3 * COST, contracts=(NEWEST,)))
    responses = ask(generate, 1, n=2) + ask(generate, 1, n=2) + ask(generate, 2)
    assert [response.status_code for response in responses] == [200, 403, 200, 403]
    assert responses[0].get_json()["meta"]["usage"]["credits_used"] == 2 * COST
    assert responses[1].get_json()["message"].startswith("You've run out of credits. ")


@pytest.mark.parametrize(
    ("contract", "message"),
    [(PINNED, NO_RESOURCES), ("dall-e-2@2024-09-10", NO_RESOURCES), (NEWEST, NO_CREDITS)],
)
def test_a_spent_balance_is_refused_in_the_words_of_the_revision(
    make_client: MakeClient, contract: str, message: str
) -> None:
    generate = Generate(make_client(credits=0, contracts=(contract,)))
    assert generate(size="256x256").get_json()["message"] == message
    faulty = Generate(
        make_client(contracts=(contract,)), headers={**BEARER, "Prefer": "fault=out-of-credits"}
    )
    assert faulty(size="256x256").get_json()["message"] == message


def test_a_cost_of_its_own_is_paid(make_client: MakeClient) -> None:
    generate = Generate(make_client(credits=10, cost=4, contracts=(NEWEST,)))
    assert [response.status_code for response in ask(generate, 3)] == [200, 200, 403]


def test_a_wrong_request_costs_nothing(make_client: MakeClient) -> None:
    generate = Generate(make_client(credits=COST))
    assert generate(size="1x1").status_code == 400
    assert [response.status_code for response in ask(generate, 2)] == [201, 403]


def test_a_request_that_fails_late_costs_nothing(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = Generate(make_client(credits=COST))
    with monkeypatch.context() as patch:
        patch.setattr(ImageLibrary, "image", raise_fixture_error)
        assert ask(generate, 1)[0].status_code == 503
    assert [response.status_code for response in ask(generate, 2)] == [201, 403]


def raise_fixture_error(*_: object) -> None:
    raise FixtureError("missing on purpose")


def test_parallel_images_never_overdraw(make_client: MakeClient) -> None:
    tenant, begin = tenant_of(make_client(credits=50)), Event()

    def pays(_: int) -> bool:
        begin.wait()
        try:
            with tenant.charged(1, error_catalog()):
                return True
        except APIError:
            return False

    with ThreadPoolExecutor(8) as pool:
        paid = [pool.submit(pays, i) for i in range(200)]
        begin.set()
        assert sum(payment.result() for payment in paid) == 50
    assert tenant.balance == 0


def test_limits_are_set_shown_and_reset_for_one(make_client: MakeClient) -> None:
    client = make_client()
    generate, other = Generate(client), with_key(client, "mock-other")
    set_to = {"tenant": TENANT, "rate": "1/minute", "concurrency": 3}
    shown = client.put("/__admin/limits", json=set_to).get_json()
    assert (shown["rate"], shown["left"], shown["concurrency"]) == ("1/minute", 1, 3)
    assert [response.status_code for response in ask(generate, 2)] == [201, 429]
    assert [response.status_code for response in ask(other, 2)] == [201, 201]
    shown = client.get("/__admin/limits", query_string={"tenant": TENANT}).get_json()
    assert (shown["left"], shown["inside"]) == (0, 0)
    assert 50 < shown["seconds"] <= 60
    client.put("/__admin/limits", json=set_to)
    assert ask(generate, 1)[0].status_code == 201
    client.put("/__admin/limits", json={"tenant": TENANT})
    assert [response.status_code for response in ask(generate, 3)] == [201] * 3


def test_limits_of_everybody_hold_for_who_is_known_and_who_comes(make_client: MakeClient) -> None:
    client = make_client()
    known, new = Generate(client), with_key(client, "mock-new")
    ask(known, 1)
    client.put("/__admin/limits", json={"rate": "1/minute"})
    client.put("/__admin/credits", json={"balance": COST})
    shown = client.get("/__admin/limits").get_json()
    assert shown == {"rate": "1/minute", "concurrency": None}
    for generate in (known, new):
        assert [response.status_code for response in ask(generate, 2)] == [201, 429]
    client.put("/__admin/limits", json={})
    for generate in (known, new):
        assert [response.status_code for response in ask(generate, 1)] == [403]
    client.post("/__admin/reset")
    assert ask(known, 2)[-1].status_code == 201


def test_a_balance_is_set_shown_and_reset(make_client: MakeClient) -> None:
    client = make_client()
    generate = Generate(client)
    url = f"/__admin/credits?tenant={TENANT}"
    assert client.get(url).get_json() == {"balance": None}
    client.put("/__admin/credits", json={"tenant": TENANT, "balance": 2 * COST})
    ask(generate, 1)
    assert client.get(url).get_json() == {"balance": COST}
    assert client.get("/__admin/credits").get_json() == {"balance": None}
    client.put("/__admin/credits", json={"tenant": TENANT, "balance": None})
    assert [response.status_code for response in ask(generate, 3)] == [201] * 3
