"""Each key has a state of its own: no tenant sees, or waits for, another's."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient

from mockserver.app.factory import STATE
from mockserver.app.rules import RuleReader
from mockserver.app.store import Store
from mockserver.app.tenants import Tenants, tenant_id
from mockserver.contracts import Contract
from mockserver.contracts.exchange import bearer_key
from mockserver.contracts.reloading import ReloadingCatalog
from mockserver.errors import SettingsError
from mockserver.images import ImageLibrary
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.http import NEWEST, PATH, PINNED, Generate, MakeClient
from tests.process import served

EVERY_STORE = True


TENANTS = 20
REQUESTS = 15
SMALL = "256x256"
KEYS = [f"mock-tenant-{i}" for i in range(TENANTS)]


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer mock-key", "mock-key"),
        ("bearer  mock-key ", "mock-key"),
        ("Basic mock-key", ""),
        ("Bearer", ""),
        ("Bearer ", ""),
        ("mock-key", ""),
        ("", ""),
    ],
)
def test_a_key_is_read_from_its_header(header: str, key: str) -> None:
    assert bearer_key(header) == key


def test_a_tenant_tells_nothing_about_its_key() -> None:
    names = {tenant_id(key) for key in KEYS}
    assert len(names) == TENANTS
    assert all(len(name) == 12 and int(name, 16) >= 0 for name in names)


def tenants_of(settings: Settings, store: Store) -> Tenants:
    return Tenants(store, settings, ReloadingCatalog((), ()), RuleReader(ImageLibrary()))


def test_the_tenant_that_was_quiet_the_longest_is_forgotten() -> None:
    tenants = tenants_of(Settings(credits=5), Store())
    tenants.set_credits("first", 1)
    for i in range(10_100):
        tenants.set_credits(f"tenant {i}", 1)
        tenants.get("first" if i < 10_000 else "another")
    assert tenants.get("first").balance == 1
    for i in range(10_100):
        tenants.set_credits(f"tenant {i}", 1)
    assert tenants.get("first").balance == 5


def test_parallel_first_requests_meet_one_scenario(store: Store) -> None:
    for _ in range(20):
        store.reset("t")
        tenants = tenants_of(Settings(), store)
        together = Barrier(8)

        def get(tenants: Tenants = tenants, together: Barrier = together) -> None:
            together.wait()
            assert len(tenants.get("t", "mock-rate-limited").faults) == 1

        with ThreadPoolExecutor(8) as pool:
            for got in [pool.submit(get) for _ in range(8)]:
                got.result()
        assert len(tenants.get("t").faults) == 1


def test_what_is_set_for_one_happens_to_no_other(make_client: MakeClient) -> None:
    client = make_client()
    mine, other = (Generate(client, headers=bearer(key)) for key in KEYS[:2])
    me = {"tenant": tenant_id(KEYS[0])}
    client.post("/__admin/faults", json={**me, "status": 503, "times": "always"})
    client.put("/__admin/limits", json={**me, "rate": "1/minute", "concurrency": 1})
    client.put("/__admin/credits", json={**me, "balance": 0})
    client.put("/__admin/contracts", json={**me, "contract": NEWEST})
    client.put("/__admin/clock", json={**me, "time": "2030-01-01T00:00:00Z"})
    assert [mine(size=SMALL).status_code for _ in range(3)] == [503] * 3
    assert [other(size=SMALL).status_code for _ in range(3)] == [201] * 3
    client.post("/__admin/reset", json=me)
    assert mine(size=SMALL).status_code == 201


def test_a_reset_of_one_keeps_the_other(make_client: MakeClient) -> None:
    client = make_client()
    for key in KEYS[:2]:
        client.post("/__admin/faults", json={"tenant": tenant_id(key), "status": 503})
        Generate(client, headers=bearer(key))(size="1x1")
    client.post("/__admin/reset", json={"tenant": tenant_id(KEYS[0])})
    journal = client.get("/__admin/requests").get_json()["requests"]
    assert [entry["tenant"] for entry in journal] == [tenant_id(KEYS[1])]


def test_a_reset_wakes_who_hangs(make_client: MakeClient) -> None:
    client = make_client()
    for body in ({"tenant": tenant_id(KEYS[0])}, {}):
        client.post("/__admin/faults", json={"fault": "hang", "tenant": tenant_id(KEYS[0])})
        tenant = client.application.extensions[STATE].tenants.get(tenant_id(KEYS[0]))
        with ThreadPoolExecutor(1) as pool:
            own = client.application.test_client()
            hanging = pool.submit(Generate(own, headers=bearer(KEYS[0])), size=SMALL)
            while not tenant.inside:
                time.sleep(0.005)
            assert not hanging.done()
            client.post("/__admin/reset", json=body)
            assert hanging.result(30).status_code == 504


def plans() -> list[tuple[dict[str, JSON], dict[int, int]]]:
    """What is set for each tenant, and the statuses that it has to count then; in five kinds."""
    rest = REQUESTS
    return [
        ({}, {201: rest}),
        ({"faults": {"status": 503, "times": 7}}, {503: 7, 201: rest - 7}),
        ({"limits": {"rate": "9/hour"}}, {201: 9, 429: rest - 9}),
        ({"credits": {"balance": 11 * 120_000}}, {201: 11, 403: rest - 11}),
        ({"contracts": {"contract": NEWEST}}, {200: rest}),
    ]


def plan_of(key: str) -> tuple[dict[str, JSON], dict[int, int]]:
    kinds = plans()
    return kinds[KEYS.index(key) % len(kinds)]


def prompt_of(key: str) -> str:
    return f"An image for tenant {KEYS.index(key)}"


METHODS = {"faults": "POST", "limits": "PUT", "credits": "PUT", "contracts": "PUT"}


def set_up(http: httpx.Client) -> None:
    for key in KEYS:
        for name, body in plan_of(key)[0].items():
            body = {**body, "tenant": tenant_id(key)}
            assert http.request(METHODS[name], f"/__admin/{name}", json=body).is_success


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    with served("--journal", "5000") as url:
        yield url


def test_parallel_requests_of_twenty_tenants_do_not_meet(mock: str) -> None:
    asked = [key for key in KEYS for _ in range(REQUESTS)]
    random.Random(1).shuffle(asked)
    pool_limits = httpx.Limits(max_connections=40)
    with httpx.Client(base_url=mock, timeout=60, limits=pool_limits) as http:
        set_up(http)

        def ask(key: str) -> tuple[str, int]:
            body = {"model": "dall-e-2", "prompt": prompt_of(key), "size": SMALL}
            return key, http.post(PATH, json=body, headers=bearer(key)).status_code

        with ThreadPoolExecutor(40) as pool:
            responses = Counter(pool.map(ask, asked))
        for key in KEYS:
            statuses = {status: n for (who, status), n in responses.items() if who == key}
            assert statuses == plan_of(key)[1], key
            assert_journal_of(http, key)


def assert_journal_of(http: httpx.Client, key: str) -> None:
    """A tenant's journal holds its own requests, all of them, and no other's."""
    query = {"tenant": tenant_id(key)}
    entries: list[dict[str, Any]] = http.get("/__admin/requests", params=query).json()["requests"]
    assert {entry["fields"]["prompt"] for entry in entries} == {prompt_of(key)}
    assert Counter(entry["status"] for entry in entries) == plan_of(key)[1]
    contract = NEWEST if 200 in plan_of(key)[1] else PINNED
    assert {entry["contract"] for entry in entries} == {contract}


def test_an_unknown_tenant_begins_with_the_settings(client: FlaskClient) -> None:
    limits = client.get("/__admin/limits?tenant=nobody").get_json()
    assert limits == {"rate": None, "concurrency": None, "inside": 0}


def test_a_tenants_contract_is_renewed_or_gone_with_its_files(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = client.application.extensions[STATE]
    mine = {"tenant": tenant_id("mock-key"), "contract": NEWEST}
    client.put("/__admin/contracts", json=mine)
    assert state.refresh() is False
    monkeypatch.setattr(state.catalog, "refresh", lambda: True)
    assert state.refresh() is True
    assert Generate(client)(size=SMALL).status_code == 200

    def gone(contract_id: str) -> Contract:
        raise SettingsError(f"no contract {contract_id!r}")

    monkeypatch.setattr(state.catalog, "load", gone)
    state.refresh()
    assert Generate(client)(size=SMALL).status_code == 201
