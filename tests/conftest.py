"""What the tests share: the mock on a clock that stands still, and the mock as a process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, lru_cache
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient

from mockserver.app.factory import create_app
from mockserver.images.inspect import inspect
from mockserver.paths import SCHEMAS
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.http import SECRET, FrozenClock, Generate, MakeClient, Serve
from tests.process import served

# A machine that is busy draws the same examples as an idle one, and takes longer over them.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=True)
hypothesis.settings.load_profile("tests")


def pytest_itemcollected(item: pytest.Item) -> None:
    if "serve" in getattr(item, "fixturenames", ()):
        item.add_marker("slow")


@pytest.fixture(autouse=True, scope="session")
def _decode_each_image_once() -> Iterator[None]:
    """Decoding takes half of a run of the suite, and the mock sends the same images each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mockserver.contracts.image_checks.inspect", lru_cache(32)(inspect))
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


@pytest.fixture
def make_client(clock: FrozenClock) -> MakeClient:
    def make(**settings: JSON) -> FlaskClient:
        given = {"url_secret": SECRET, **settings}
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
