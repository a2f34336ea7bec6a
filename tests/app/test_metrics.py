"""``GET /metrics``: what it counts, and that its labels are few."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from mockserver.errors import MockserverError
from tests.http import BEARER, NEWEST, PATH, PINNED, Generate, MakeClient
from tests.process import gunicorn

BODY = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}


def figures(text: str) -> dict[str, float]:
    """The figures but those of the histogram's buckets, by name and labels."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    pairs = (line.rsplit(" ", 1) for line in lines if "_bucket" not in line)
    return {name: float(number) for name, number in pairs if "_created" not in name}


def show(client: FlaskClient) -> dict[str, float]:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.content_type.startswith("text/plain; version=")
    return figures(response.text)


def test_requests_are_counted(make_client: MakeClient) -> None:
    client = make_client(metrics=True, contracts=(NEWEST,))
    generate = Generate(client)
    client.post("/__admin/faults", json={"status": 503})
    responses = [generate(size="256x256", n=2, quality="hd") for _ in range(2)]
    refused = generate(size="1x1")
    found = show(client)
    label = f'contract="{NEWEST}"'
    assert found[f'mockserver_requests_total{{{label},fault="unavailable",status="503"}}'] == 1
    assert found[f'mockserver_requests_total{{{label},fault="",status="200"}}'] == 1
    assert found[f'mockserver_requests_total{{{label},fault="",status="400"}}'] == 1
    assert found["mockserver_request_duration_seconds_count"] == 3
    assert found["mockserver_images_total"] == 2
    lengths = [len(response.data) for response in (*responses, refused)]
    assert found["mockserver_response_bytes_total"] == sum(lengths)
    assert found['mockserver_findings_total{level="documented"}'] == 1
    assert found["mockserver_store_errors_total"] == 0


def test_what_a_client_sends_is_no_label(make_client: MakeClient) -> None:
    client = make_client(metrics=True)
    before = len(show(client))
    for i in range(5):
        Generate(client)(model=f"unknown-{i}")
        client.get(f"/unknown-{i}")
    found = show(client)
    assert len(found) <= before + 4
    assert "unknown" not in str(found)


def test_a_mock_without_metrics_says_how_to_get_them(client: FlaskClient) -> None:
    response = client.get("/metrics")
    assert response.status_code == 404
    assert "--metrics" in response.get_json()["message"]


def test_a_missing_package_is_an_error_at_the_start(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockserver.optional_deps.find_spec", lambda _: None)
    with pytest.raises(MockserverError, match=r"--metrics needs prometheus_client: pip install"):
        make_client(metrics=True)
    with pytest.raises(MockserverError, match=r"--store needs redis: pip install"):
        make_client(store="redis://127.0.0.1")


@pytest.mark.slow
def test_the_figures_are_the_sums_of_all_processes(tmp_path: Path) -> None:
    variables = {"MOCKSERVER_METRICS": "1", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    with gunicorn(**variables) as (origin, _):
        for _ in range(12):
            assert requests.post(origin + PATH, json=BODY, headers=BEARER, timeout=10).ok
        for _ in range(4):
            found = figures(requests.get(f"{origin}/metrics", timeout=10).text)
            name = f'mockserver_requests_total{{contract="{PINNED}",fault="",status="201"}}'
            assert found[name] == found["mockserver_request_duration_seconds_count"] == 12
