"""When a fault happens, and to whom: the queues of everybody and of each tenant."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from mockserver.app.factory import STATE
from mockserver.app.faults import Fault, read_fault
from mockserver.app.match_queue import MatchQueue
from mockserver.app.state import State
from mockserver.app.store import EVERYBODY, Store
from mockserver.app.tenants import tenant_id
from mockserver.errors import SettingsError
from tests.http import Generate, MakeClient

EVERY_STORE = True

Queue = Callable[..., MatchQueue[Fault]]


FIELDS = {"model": "dall-e-2", "prompt": "A red fox in the snow", "size": "256x256"}


@pytest.fixture
def queue(store: Store) -> Queue:
    """Returns a queue with faults."""
    return lambda *faults: MatchQueue(store, "t", "faults", Fault.of).replace(map(Fault.of, faults))


def happened(fault_queue: MatchQueue[Fault], times: int, tenant: str = "t") -> list[str | None]:
    """What happens to so many equal requests, one after the other."""
    faults = [fault_queue.pop_matching(FIELDS, tenant) for _ in range(times)]
    return [fault.name if fault else None for fault in faults]


def test_an_empty_queue_lets_everything_pass(queue: Queue) -> None:
    assert happened(queue(), 2) == [None, None]


def test_a_fault_happens_once_unless_told(queue: Queue) -> None:
    assert happened(queue({"status": 500}), 3) == ["internal", None, None]


def test_a_fault_can_happen_always(queue: Queue) -> None:
    assert happened(queue({"status": 500, "times": "always"}), 50) == ["internal"] * 50


def test_a_fault_can_wait_for_some_requests(queue: Queue) -> None:
    faults = queue({"status": 500, "after": 2, "times": 2})
    assert happened(faults, 6) == [None, None, "internal", "internal", None, None]


def test_the_first_that_matches_happens(queue: Queue) -> None:
    faults = queue({"status": 503}, {"status": 502, "times": 2})
    assert happened(faults, 4) == ["unavailable", "bad-gateway", "bad-gateway", None]


def test_what_one_fault_takes_another_does_not_count(queue: Queue) -> None:
    faults = queue({"status": 503, "times": 2}, {"status": 502, "after": 1})
    assert happened(faults, 5) == ["unavailable", "unavailable", None, "bad-gateway", None]


def test_seconds_out_of_a_range_come_out_the_same_for_the_same_seed(queue: Queue) -> None:
    def drawn(seed: int) -> list[float]:
        delay = {"fault": "delay", "seconds": "100ms..2s", "times": "always", "seed": seed}
        fault_queue = queue(delay)
        faults = [fault_queue.pop_matching(FIELDS, "t") for _ in range(20)]
        return [fault.options["seconds"] for fault in faults if fault]

    assert drawn(1) == drawn(1) != drawn(2)
    assert len(set(drawn(1))) == 20
    assert all(0.1 <= seconds <= 2 for seconds in drawn(1))


def test_a_probability_comes_out_the_same_for_the_same_seed(queue: Queue) -> None:
    def drawn(seed: int) -> list[str | None]:
        fault = {"status": 500, "times": "always", "probability": 0.3, "seed": seed}
        return happened(queue(fault), 400)

    first = drawn(1)
    assert drawn(1) == first != drawn(2)
    assert 90 < first.count("internal") < 150


@pytest.mark.parametrize(
    ("match", "happens"),
    [
        ({}, True),
        ({"model": "dall-e-2"}, True),
        ({"model": "dall-e-3"}, False),
        ({"prompt": "red fox"}, True),
        ({"prompt": "Red Fox"}, False),
        ({"size": "256x256"}, True),
        ({"size": "512x512"}, False),
        ({"model": "dall-e-2", "prompt": "fox", "size": "256x256"}, True),
        ({"model": "dall-e-2", "prompt": "hen", "size": "256x256"}, False),
    ],
)
def test_a_fault_happens_to_requests_that_match(
    queue: Queue, match: dict[str, str], happens: bool
) -> None:
    fault = queue({"status": 500, "match": match}).pop_matching(FIELDS, "t")
    assert bool(fault) is happens


def test_requests_that_do_not_match_are_not_counted(queue: Queue) -> None:
    fault_queue = queue({"status": 500, "after": 1, "match": {"prompt": "hen"}})
    assert happened(fault_queue, 3) == [None] * 3
    assert fault_queue.to_json()[0]["seen"] == 0


def test_a_fault_in_everybodys_queue_can_be_for_one_tenant(queue: Queue) -> None:
    fault_queue = queue({"status": 500, "tenant": "a", "times": "always"})
    assert happened(fault_queue, 2, "b") == [None, None]
    assert happened(fault_queue, 2, "a") == ["internal", "internal"]


def test_a_fault_happens_exactly_as_often_as_it_says_to_parallel_requests(queue: Queue) -> None:
    fault_queue = queue({"status": 500, "times": 50})
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: fault_queue.pop_matching(FIELDS, "t"), range(400)))
    assert sum(fault is not None for fault in found) == 50


def test_one_fault_is_taken_out_by_its_number(queue: Queue) -> None:
    fault_queue = queue({"status": 500}, {"status": 502})
    first, second = fault_queue.to_json()
    assert fault_queue.clear(first["id"]) == 1
    assert fault_queue.clear(first["id"]) == 0
    assert [fault["id"] for fault in fault_queue.to_json()] == [second["id"]]
    assert fault_queue.clear() == 1
    assert len(fault_queue) == 0


def test_a_wrong_fault_leaves_a_queue_as_it_was(queue: Queue) -> None:
    fault_queue = queue({"status": 500})
    with pytest.raises(SettingsError):
        fault_queue.replace(map(read_fault, [{"fault": "internal"}, {"fault": "lightning"}]))
    assert happened(fault_queue, 2) == ["internal", None]


def state_of(client: FlaskClient) -> State:
    state: State = client.application.extensions[STATE]
    return state


def test_a_tenants_own_fault_comes_before_everybodys(generate: Generate) -> None:
    state = state_of(generate.client)
    state.tenants.get(EVERYBODY).faults.add(Fault.of({"status": 503}))
    state.tenants.get(tenant_id("mock-key")).faults.add(Fault.of({"status": 502}))
    assert [generate(size="256x256").status_code for _ in range(3)] == [502, 503, 201]


def test_a_fault_matches_what_a_request_leaves_out(make_client: MakeClient) -> None:
    client = make_client(contracts=("dall-e-2@2025-02-27",))
    match = {"model": "dall-e-2", "size": "1024x1024"}
    state_of(client).tenants.get(EVERYBODY).faults.add(Fault.of({"status": 503, "match": match}))
    generate = Generate(client)
    assert generate(size="256x256").status_code == 201
    assert generate.send({"prompt": "A fox"}).status_code == 503


def test_the_journal_knows_the_contract_of_what_failed(generate: Generate) -> None:
    state_of(generate.client).tenants.get(EVERYBODY).faults.add(Fault.of({"status": 503}))
    generate(quality="hd")
    (entry,) = generate.client.get("/__admin/requests?size=1024x1024").get_json()["requests"]
    assert (entry["fault"], entry["contract"]) == ("unavailable", "dall-e-2@2025-08-19")
    assert [finding["rule"] for finding in entry["findings"]] == ["unread"]
