"""What each store does, and what the mock does while the server of a store is away."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient
from PIL import Image

from mockserver.app.factory import STATE, create_app
from mockserver.app.faults import Fault
from mockserver.app.match_queue import MatchQueue
from mockserver.app.store import EVERYBODY, MAX_TENANTS, Count, Counter, Store
from mockserver.app.tenants import tenant_id
from mockserver.errors import APIError, SettingsError
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.http import NEWEST, Generate, MakeClient
from tests.process import run
from tests.redis_server import free_port, redis_server

EVERY_STORE = True

TEAPOT = {"status": 418, "body": "short and stout"}
COUNTER = Counter("n", most=3)


def value(store: Store, counter: Counter = COUNTER) -> int:
    return store.add("t", counter, 0).value


def test_fields_are_set_and_removed(store: Store) -> None:
    store.write(EVERYBODY, {"for all": 1})
    store.write("t", {"a": [1, {"b": None}], "c": "text", "d": False})
    store.write("t", {"c": None, "none": None})
    snapshot = store.read("t")
    assert snapshot
    assert snapshot.everybody == {"for all": 1}
    assert snapshot.own == {"a": [1, {"b": None}], "d": False}


def test_nothing_is_read_until_something_changes(store: Store) -> None:
    first = store.read("t")
    assert first
    assert store.read("t", first.stamp) is None
    store.add("t", COUNTER)
    store.enter("t", "lease", 1, 9)
    store.write("u", {"a": 1})
    assert store.read("t", first.stamp) is None
    for scope in ("t", EVERYBODY):
        store.write(scope, {"a": 1})
        changed = store.read("t", first.stamp)
        assert changed
        assert changed.life == first.life
        first = changed


def test_a_write_that_expects_another_state_is_refused(store: Store) -> None:
    for expected in (True, True, False):
        snapshot = store.read("t")
        assert snapshot
        if not expected:
            store.write("t", {"a": "another process"})
        assert store.write("t", {"a": 1}, expected=snapshot.stamp[1]) is expected
    snapshot = store.read("t")
    assert snapshot
    assert snapshot.own == {"a": "another process"}


def test_a_counter_stops_at_its_limit(store: Store) -> None:
    assert [store.add("t", COUNTER) for _ in range(4)] == [
        *(Count(True, 1), Count(True, 2), Count(True, 3)),
        Count(False, 3),
    ]
    assert store.add("u", COUNTER, 4) == Count(False, 0)
    store.write("t", {}, dropped=["n"])
    assert value(store) == 0


def test_a_counter_ends_with_its_period(store: Store) -> None:
    counter = Counter("n", most=1, seconds=0.125)  # without a rounding error
    assert value(store, counter) == 0
    granted, _, left = store.add("t", counter)
    assert granted
    assert 0 < left <= 0.125
    assert not store.add("t", counter).granted
    time.sleep(0.14)
    assert store.add("t", counter, 0) == Count(True, 0, 0)
    assert store.add("t", counter).granted


def test_a_counter_begins_anew_with_its_epoch(store: Store) -> None:
    later = COUNTER._replace(epoch=2)
    store.add("t", COUNTER, 3)
    assert store.add("t", later, 2).value == 2
    assert not store.add("t", COUNTER, -3).granted
    assert value(store, later) == 2
    assert store.add("t", later, -5).value == 0


def test_leases_are_limited_and_expire(store: Store) -> None:
    assert store.enter("t", "a", 2, 0.1) == Count(True, 1)
    assert store.enter("t", "b", 2, 9) == Count(True, 2)
    assert store.enter("t", "c", 2, 9) == Count(False, 2)
    assert store.enter("t", "b", 0, 9) == Count(True, 2)
    time.sleep(0.11)
    assert store.enter("t", "c", 2, 9).granted
    store.leave("t", "c")
    store.leave("t", "c")
    assert store.enter("t", "", 0, 0) == Count(False, 1)


def test_a_reset_begins_a_life(store: Store) -> None:
    for scope in ("t", EVERYBODY):
        store.write("t", {"a": 1})
        store.write(EVERYBODY, {"a": 1})
        store.add("t", COUNTER)
        store.enter("t", "lease", 1, 9)
        before = store.read("t")
        store.reset(scope)
        after = store.read("t")
        assert before
        assert after
        assert before.life != after.life
        assert (after.own, value(store)) == ({}, 0)
        assert after.everybody == ({} if scope == EVERYBODY else {"a": 1})
        assert store.enter("t", "", 0, 0).value == 0


def test_what_is_added_to_a_log_is_read_and_removed(store: Store) -> None:
    log = store.log(3, str, int)
    begin = log.mark()
    assert not log.wait(begin, 0.01)
    for i in range(5):
        log.append("odd" if i % 2 else "even", i)
    assert log.items() == [2, 3, 4]
    assert log.wait(begin, 9)
    assert (log.clear("even"), log.items()) == (2, [3])
    assert (log.clear(None), log.items()) == (1, [])


def test_a_log_is_read_page_by_page(store: Store) -> None:
    log = store.log(4, str, int)
    empty = log.page("", 2)
    assert (empty.items, empty.is_new) == ([], True)
    for i in range(3):
        log.append("t", i)
    first = log.page(empty.cursor, 2)
    second = log.page(first.cursor, 2)
    end = log.page(second.cursor, 2)
    assert [page.items for page in (first, second, end)] == [[0, 1], [2], []]
    assert [page.is_new for page in (first, second, end)] == [False] * 3
    log.append("u", 3)
    assert log.page(end.cursor, 9) == (log.items()[3:], log.page("", 9).cursor, False)


@pytest.mark.parametrize("void", ["dropped", "removed", "wrong", "not a number"])
def test_a_void_cursor_begins_anew(store: Store, void: str) -> None:
    log = store.log(2, str, int)
    log.append("t", 0)
    cursor = log.page("", 9).cursor
    if void == "removed":
        log.clear("t")
    for i in (1, 2):
        log.append("t", i)
    log.append("t", 3)
    given = {"wrong": "another" + cursor, "not a number": cursor + "x"}
    page = log.page(given.get(void, cursor), 9)
    assert (page.items, page.is_new) == ([2, 3], True)


def test_the_tenants_that_were_used_last_come_first(store: Store) -> None:
    for name in ("a", "b", "c", EVERYBODY, "a"):
        store.read(name)
    assert store.tenants(2) == (3, ["a", "c"])
    store.reset(EVERYBODY)
    assert store.tenants(2) == (0, [])


def test_a_wait_for_a_log_ends_with_an_item(store: Store) -> None:
    log = store.log(3, str, int)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(log.wait, log.mark(), 0.9)
        while not waiting.running():
            time.sleep(0.001)
        log.append("t", 1)
        assert waiting.result()


def test_a_process_keeps_so_many_tenants() -> None:
    store = Store()
    for i in range(MAX_TENANTS + 2):
        store.add(f"tenant {i}", COUNTER)
        store.read("tenant 0")
    counts = [store.add(f"tenant {i}", COUNTER, 0).value for i in (0, 1, 3)]
    assert counts[:2] == [1, 0]


Lost = tuple[FlaskClient, int, "subprocess.Popen[bytes]"]


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lost]:
    """A mock, the port of its Redis, and its process."""
    monkeypatch.setattr("mockserver.app.store.connection._RETRY_SECONDS", 0.1)
    port = free_port()
    settings = Settings(store=f"redis://:planted-password@127.0.0.1:{port}", credits=360_000)
    with redis_server(port, "--requirepass", "planted-password") as process:
        yield create_app(settings).test_client(), port, process


def health(client: FlaskClient) -> str:
    status: str = client.get("/healthz").get_json()["status"]
    return status


def wait_until(client: FlaskClient, status: str) -> None:
    for _ in range(500):
        if health(client) == status:
            return
        time.sleep(0.02)
    pytest.fail(f"the status is never {status}")


def test_a_mock_goes_on_without_redis_and_comes_back(
    lost: Lost, caplog: pytest.LogCaptureFixture
) -> None:
    client, port, process = lost
    generate, tenant = Generate(client), tenant_id("mock-key")
    client.post("/__admin/faults", json={"status": 503, "tenant": tenant})
    assert [generate(size="256x256").status_code for _ in range(3)] == [503, 201, 201]
    assert health(client) == "ok"
    process.kill()
    process.wait()
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(Generate(client.application.test_client()), n=1) for _ in range(16)]
        statuses = [each.result().status_code for each in asked]
    assert (statuses.count(201), statuses.count(403)) == (1, 15), "what was spent is known"
    assert health(client) == "degraded"
    refused = client.get("/__admin/requests")
    assert (refused.status_code, refused.get_json()["statusCode"]) == (503, 503)
    new = Generate(client, headers={"Authorization": "Bearer mock-flaky"})
    assert new(size="256x256").status_code == 201
    with redis_server(port, "--requirepass", "planted-password"):
        wait_until(client, "ok")
        assert client.get("/__admin/requests/count").get_json() == {"count": 17}
        assert generate(size="256x256").status_code == 201
    name = f"the store redis://%5Bredacted%5D@127.0.0.1:{port}"
    lost_line, found_line = [line for line in caplog.messages if "the store" in line]
    assert lost_line.startswith(f"{name} does not respond, so each process keeps its own state: ")
    assert found_line == f"{name} responds again"
    assert "planted" not in caplog.text


def test_a_mock_goes_on_while_redis_hangs(
    lost: Lost,
) -> None:
    client, _, process = lost
    process.send_signal(signal.SIGSTOP)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(Generate(client.application.test_client())) for _ in range(3)]
        assert [each.result().status_code for each in asked] == [201] * 3
    process.send_signal(signal.SIGCONT)
    wait_until(client, "ok")


def test_a_password_is_shown_nowhere(
    lost: Lost,
) -> None:
    client, port, _ = lost
    shown = client.get("/__admin/settings").get_json()["store"]
    assert shown == f"redis://%5Bredacted%5D@127.0.0.1:{port}"
    state = client.application.extensions[STATE]
    assert "planted" not in repr(state.settings)
    Generate(client)(size="256x256", note="planted-password")
    assert "planted" not in client.get("/__admin/requests").text


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://planted@127.0.0.1", "expected a URL such as redis://localhost:6379/0"),
        ("redis://:planted/x@127.0.0.1", "expected a URL such as redis://localhost:6379/0"),
        (
            "redis://:planted@127.0.0.1:1",
            "the store redis://%5Bredacted%5D@127.0.0.1:1 does not respond",
        ),
    ],
)
def test_a_store_that_is_not_there_is_an_error_at_the_start(url: str, words: str) -> None:
    with pytest.raises(SettingsError) as error:
        create_app(Settings(store=url))
    assert words in str(error.value)
    status, _, complaint = run("serve", "--port", "0", "--store", url)
    assert (status, complaint.count("\n")) == (2, 1)
    assert "planted" not in complaint + str(error.value)


def test_journal_has_no_secret(make_client: MakeClient, redis_url: str) -> None:
    client = make_client(store=redis_url)
    Generate(client)(size="1x1", note="mock-key mock-key")
    with redis.Redis.from_url(redis_url, decode_responses=True) as server:
        (entry,) = server.xrange("mockserver:journal")
        assert "mock-key" not in str(entry)
        assert all(server.ttl(key) > 0 for key in server.scan_iter())


def two_mocks(redis_url: str, first: dict[str, JSON], second: dict[str, JSON]) -> list[Generate]:
    """Two mocks as on two machines, with one state."""
    common: dict[str, Any] = {
        "store": redis_url,
        "url_secret": "mock-secret",
        "contracts": (NEWEST,),
    }
    return [
        Generate(create_app(Settings(**common, **each)).test_client()) for each in (first, second)
    ]


def test_the_image_of_a_rule_is_sent_by_every_process(redis_url: str, tmp_path: Path) -> None:
    red, green = (data_url(colour) for colour in ("red", "green"))
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"rules": [{"image": "fox.png"}]}))
    (tmp_path / "fox.png").write_bytes(b64decode(red.partition(",")[2]))
    first, second = two_mocks(redis_url, {"rules": str(file)}, {"rules": str(file)})
    rule = {"image": green, "times": 2, "tenant": tenant_id("mock-key")}
    assert first.client.post("/__admin/rules", json=rule).status_code == 201
    assert first.client.post("/__admin/rules", json=TEAPOT).status_code == 201
    links = [each.response()["data"][0]["url"] for each in (second, first, second)]
    colours = [colour_of(first.client.get(link).data) for link in links]
    assert colours == [(0, 128, 0), (0, 128, 0), (255, 0, 0)]
    assert colour_of(second.client.get(links[0]).data) == (0, 128, 0)


def test_a_rule_that_a_process_cannot_read_is_left_out(
    redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "own.png").write_bytes(b64decode(data_url("red").partition(",")[2]))
    first, second = two_mocks(redis_url, {"images": str(tmp_path)}, {})
    rules = [{"image": "own.png"}, TEAPOT]
    assert first.client.put("/__admin/rules", json={"rules": rules}).status_code == 200
    assert [each().status_code for each in (first, second)] == [200, 418]
    assert "left out of the rules: /image: no image 'own.png'" in caplog.text
    shown = [each.client.get("/__admin/rules").get_json()["rules"][-1] for each in (first, second)]
    assert shown[0] == shown[1]
    assert "/response/status: expected " in shown[1]["warnings"][0]


def data_url(colour: str) -> str:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(file, "PNG")
    return "data:image/png;base64," + b64encode(file.getvalue()).decode()


def colour_of(data: bytes) -> object:
    return Image.open(io.BytesIO(data)).getpixel((0, 0))


def test_a_queue_has_a_limit(store: Store) -> None:
    queue = MatchQueue(store, "t", "faults", Fault.of)
    with pytest.raises(SettingsError, match="expected at most 1000 faults in a queue"):
        queue.replace([Fault.of({"fault": "internal"})] * 1001)
    assert len(queue.replace([Fault.of({"fault": "internal"})] * 1000)) == 1000
    with pytest.raises(SettingsError, match="expected at most 1000"):
        queue.add(Fault.of({"fault": "internal"}))


def test_parallel_changes_of_a_queue_are_all_kept(store: Store) -> None:
    def change(_: int) -> None:
        MatchQueue(store, "t", "faults", Fault.of).add(Fault.of({"fault": "internal"}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(24)))
    snapshot = store.read("t")
    assert snapshot
    assert len(MatchQueue(store, "t", "faults", Fault.of, snapshot.own)) == 24


def test_a_change_that_others_always_precede_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    monkeypatch.setattr(store, "write", lambda *_: False)
    with pytest.raises(APIError, match="Too many change the same queue"):
        MatchQueue(store, "t", "faults", Fault.of).add(Fault.of({"fault": "internal"}))
