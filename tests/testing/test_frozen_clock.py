"""In a test that freezes the time, the mock's dates are frozen, and its waiting is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from freezegun import freeze_time

from mockserver import MockServer, intercept_requests
from mockserver.clock import monotonic
from mockserver.testing.admin_client import AdminClient
from tests.http import NEWEST, PATH

ORIGIN = "https://api.aimlapi.com"
NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


@contextmanager
def in_process() -> Iterator[tuple[str, AdminClient]]:
    with intercept_requests(NEWEST, rate_limit="2/minute") as api:
        yield ORIGIN, api


@contextmanager
def served() -> Iterator[tuple[str, AdminClient]]:
    with MockServer(NEWEST, rate_limit="2/minute") as api:
        yield api.url, api.everybody()


def draw(origin: str) -> requests.Response:
    body = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}
    headers = {"Authorization": "Bearer mock-key"}
    return requests.post(origin + PATH, json=body, headers=headers, timeout=10)


MOCKS = {"in process": in_process, "served": served}


@pytest.mark.parametrize("mock", MOCKS)
def test_dates_are_frozen_and_waiting_is_not(mock: str) -> None:
    with MOCKS[mock]() as (origin, api), freeze_time(NEW_YEAR):
        check(origin, api)


@pytest.mark.parametrize("mock", MOCKS)
def test_a_mock_that_starts_in_a_frozen_time_is_no_different(mock: str) -> None:
    with freeze_time(NEW_YEAR), MOCKS[mock]() as (origin, api):
        check(origin, api)


def check(origin: str, api: AdminClient) -> None:
    body = draw(origin).json()
    assert body["created"] == NEW_YEAR.timestamp()
    query = parse_qs(urlsplit(body["data"][0]["url"]).query)
    assert query["se"] == ["2024-01-01T01:00:00Z"]
    (entry,) = api.requests
    assert entry.time == NEW_YEAR
    assert 0 < entry.duration_ms < 60_000
    started = monotonic()
    with pytest.raises(AssertionError, match=r"within 0\.1 s"):
        api.wait(2, timeout=0.1)
    assert 0.1 <= monotonic() - started < 30
    assert [draw(origin).status_code for _ in range(2)] == [200, 429]
    assert api.find(status=429)[0].time == NEW_YEAR
