"""How long images take: as told, or as an image service takes."""

from __future__ import annotations

from random import Random
from statistics import median

import pytest

from mockserver.app.latency import parse_latency
from mockserver.contracts import ImageRequest
from mockserver.errors import SettingsError
from tests.http import PATH, Generate, MakeClient

DRAWS = 4000


def image_request(count: int = 1, side: int = 1024) -> ImageRequest:
    return ImageRequest(count=count, width=side, height=side, as_base64=False)


def drawn(text: str, count: int = 1, side: int = 1024) -> list[float]:
    latency = parse_latency(text)
    assert latency is not None
    random = Random(1)
    return sorted(latency(image_request(count, side), random) for _ in range(DRAWS))


def test_no_latency_takes_no_time() -> None:
    assert parse_latency(None) is None


def test_a_fixed_latency_is_always_the_same() -> None:
    assert set(drawn("200ms")) == {0.2}


def test_a_range_is_drawn_evenly() -> None:
    times = drawn("100ms..2s")
    assert 0.1 <= times[0] < 0.12
    assert 1.98 < times[-1] <= 2
    assert 0.95 < median(times) < 1.15


def test_half_of_the_realistic_images_take_three_seconds() -> None:
    assert 2.85 < median(drawn("realistic")) < 3.15


def test_one_realistic_image_in_a_hundred_takes_more_than_twice_as_long() -> None:
    times = drawn("realistic")
    assert 2.0 < times[DRAWS * 99 // 100] / median(times) < 2.6


@pytest.mark.parametrize(("count", "factor"), [(2, 1.25), (5, 2), (10, 3.25)])
def test_more_images_take_longer(count: int, factor: float) -> None:
    ratio = median(drawn("realistic", count)) / median(drawn("realistic"))
    assert ratio == pytest.approx(factor, rel=0.01)


@pytest.mark.parametrize(("side", "factor"), [(256, 0.53), (512, 0.625), (2048, 2.5)])
def test_larger_images_take_longer(side: int, factor: float) -> None:
    ratio = median(drawn("realistic", side=side)) / median(drawn("realistic"))
    assert ratio == pytest.approx(factor, rel=0.01)


@pytest.mark.parametrize("text", ["", "slow", "200 minutes", "-1", "2s..1s", "Realistic"])
def test_a_wrong_latency_is_refused(make_client: MakeClient, text: str) -> None:
    with pytest.raises(SettingsError):
        make_client(latency=text)


def test_every_latency_is_scaled(make_client: MakeClient, waits: list[float]) -> None:
    Generate(make_client(latency="10s", time_scale=0.02))(size="256x256")
    assert sum(waits) == pytest.approx(0.2)


def test_a_scale_of_nothing_waits_for_nothing(make_client: MakeClient, waits: list[float]) -> None:
    Generate(make_client(latency="realistic", time_scale=0))(size="256x256")
    assert waits == []


def test_only_images_take_time(make_client: MakeClient, waits: list[float]) -> None:
    generate = Generate(make_client(latency="30s"))
    generate(size="1x1")
    generate.client.post("/__admin/faults", json={"status": 503})
    generate(size="256x256")
    assert waits == []


def test_the_latency_comes_on_top_of_a_delay(make_client: MakeClient, waits: list[float]) -> None:
    client = make_client(latency="100ms")
    headers = {"Authorization": "Bearer mock-key", "Prefer": "delay=0.1"}
    Generate(client, headers=headers)(size="256x256")
    assert sum(waits) == pytest.approx(0.2)


def test_the_journal_tells_how_long_it_took(make_client: MakeClient) -> None:
    generate = Generate(make_client(latency="50ms"))
    generate(size="256x256")
    (entry,) = generate.client.get("/__admin/requests").get_json()["requests"]
    assert entry["path"] == PATH
    assert entry["duration_ms"] >= 50
