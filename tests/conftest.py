"""What the tests share: the mock on a clock that stands still, and the mock as a process."""

from __future__ import annotations

import gc
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient

from mockserver.app.factory import create_app
from mockserver.app.store import Store, open_store
from mockserver.images import ImageLibrary
from mockserver.images.inspect import ImageFile, inspect
from mockserver.paths import SCHEMAS
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.http import SECRET, FrozenClock, Generate, MakeClient, Serve
from tests.process import served
from tests.redis_server import free_port, redis_server

# A machine that is busy draws the same examples as an idle one, and takes longer over them.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=True)
hypothesis.settings.load_profile("tests")


def pytest_configure() -> None:
    """Heed the signals that nohup, or a shell in the background, has told us to ignore."""
    usual: dict[int, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGHUP: signal.SIG_DFL,
    }
    for number, handler in usual.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_itemcollected(item: pytest.Item) -> None:
    if "serve" in getattr(item, "fixturenames", ()):
        item.add_marker("slow")


def pytest_collection_finish() -> None:
    """Spare the garbage collector the thousands of tests, which all live to the end."""
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _decode_each_image_once() -> Iterator[None]:
    """Decoding takes half of a run of the suite, and the mock sends the same images each time.

    The images are known by their hashes, since so many of them would fill the memory.
    """
    known: dict[int, ImageFile] = {}

    def inspect_once(data: bytes) -> ImageFile:
        key = hash(data)
        if key not in known:
            known[key] = inspect(data)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mockserver.contracts.image_checks.inspect", inspect_once)
        yield


@pytest.fixture(autouse=True, scope="session")
def _read_each_image_once() -> Iterator[None]:
    """Reading and encoding an image takes longer than the rest of a test's first request."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mockserver.app.state.ImageLibrary", cache(ImageLibrary))
        yield


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each wait of the mock in this process; none takes any time."""
    waited: list[float] = []

    monkeypatch.setattr("mockserver.app.state.sleep", waited.append)
    monkeypatch.setattr("mockserver.app.state.monotonic", lambda: sum(waited))
    return waited


@pytest.fixture(scope="session")
def redis_origin() -> Iterator[str]:
    """The URL of a Redis for this process."""
    port = free_port()
    with redis_server(port):
        yield f"redis://127.0.0.1:{port}"


@pytest.fixture
def redis_url(redis_origin: str) -> str:
    """The URL of an empty Redis."""
    with redis.Redis.from_url(redis_origin) as client:
        client.flushdb()
    return redis_origin


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a module with EVERY_STORE over both stores; the time of Redis cannot be stopped."""
    names = metafunc.fixturenames
    if getattr(metafunc.module, "EVERY_STORE", False) and "store_url" in names:
        stores = ["memory"] if "limit_clock" in names else ["memory", "redis"]
        metafunc.parametrize("store_url", stores, indirect=True)


@pytest.fixture
def store_url(request: pytest.FixtureRequest) -> str | None:
    """The setting for the store, in memory unless the module runs over both."""
    is_redis = getattr(request, "param", None) == "redis"
    return request.getfixturevalue("redis_url") if is_redis else None


@pytest.fixture
def store(store_url: str | None) -> Store:
    """An empty store."""
    return open_store(store_url)


@pytest.fixture
def make_client(clock: FrozenClock, store_url: str | None) -> MakeClient:
    def make(**settings: JSON) -> FlaskClient:
        given = {"url_secret": SECRET, "store": store_url, **settings}
        return create_app(Settings(**given), clock=clock).test_client()

    return make


@pytest.fixture
def app(client: FlaskClient) -> Flask:
    return client.application


@pytest.fixture
def client(make_client: MakeClient) -> FlaskClient:
    return make_client()


@pytest.fixture
def generate(client: FlaskClient) -> Generate:
    return Generate(client)


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(*options: str) -> str:
            return stack.enter_context(served(*options))

        yield start


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    """A copy of the shipped schemas, to be changed."""
    return Path(shutil.copytree(SCHEMAS, tmp_path / "schemas"))


@pytest.fixture(scope="session")
def mock_for() -> Callable[[str], Generate]:
    """Gives, by contract, a mock that answers with it; one for all tests, so change no settings."""

    @cache
    def make(contract_id: str) -> Generate:
        settings = Settings(contracts=(contract_id,), url_secret=SECRET)
        client = create_app(settings, clock=FrozenClock()).test_client()
        return Generate(client, model=contract_id.partition("@")[0])

    return make
