"""nginx, two mocks and Redis, started from the files in deploy/ with other addresses."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from mockserver.openapi.yaml12 import parse_yaml
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.admin_transport import over_http
from tests.http import BEARER, PATH
from tests.process import ROOT, banner, started
from tests.redis_server import free_port, needs_program, wait_for_port

pytestmark = pytest.mark.slow

TOKEN = "mock-admin-token"
GIVEN = {"MOCKSERVER_ADMIN_TOKEN": TOKEN, "MOCKSERVER_URL_SECRET": "mock-secret"}
BODY = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256"}
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def environment(redis_url: str) -> dict[str, str]:
    """The variables of a mock."""
    services = parse_yaml((ROOT / "deploy/compose.yaml").read_text())["services"]
    assert services["mock-1"] == services["mock-2"]
    variables: dict[str, str] = services["mock-1"]["environment"]
    required = {name for name, value in variables.items() if value.startswith("${")}
    assert required == GIVEN.keys()
    assert variables["MOCKSERVER_STORE"] == "redis://redis:6379/0"
    return {**variables, **GIVEN, "MOCKSERVER_STORE": redis_url}


def configuration(folder: Path, port: int, mocks: list[str]) -> str:
    """The configuration of nginx, with files that any user can write."""
    text = (ROOT / "deploy/nginx.conf").read_text()
    lines = "".join(f"{name}_temp_path {folder};" for name in TEMPORARY)
    addresses = (mock.removeprefix("http://") for mock in mocks)
    changes = {"http {": f"http {{ {lines}", "listen 8080;": f"listen 127.0.0.1:{port};"}
    changes |= {f"mock-{i}:8000": address for i, address in enumerate(addresses, 1)}
    for old, new in changes.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def mocks(redis_origin: str) -> Iterator[list[str]]:
    with ExitStack() as stack:
        variables = environment(f"{redis_origin}/2")
        processes = [stack.enter_context(started(**variables)) for _ in range(2)]
        yield [banner(process)[0] for process in processes]


@pytest.fixture(scope="module")
def origin(mocks: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of nginx."""
    needs_program("nginx")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    file = folder / "nginx.conf"
    file.write_text(configuration(folder, port, mocks))
    globally = f"daemon off; pid {folder}/pid; error_log {folder}/log;"
    command = ["nginx", "-p", str(folder), "-c", str(file), "-g", globally]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            wait_for_port(port, process, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def test_both_mocks_behind_nginx_have_one_state(origin: str, mocks: list[str]) -> None:
    api = AdminClient(over_http(origin, TOKEN), "mock-key")
    api.fail(503, times=2)

    def post(_: int) -> int:
        return requests.post(origin + PATH, json=BODY, headers=BEARER, timeout=30).status_code

    with ThreadPoolExecutor(4) as pool:
        assert Counter(pool.map(post, range(20))) == {503: 2, 201: 18}
    assert len(api.requests) == 20
    served = [requests.get(f"{mock}/metrics", timeout=10).text for mock in mocks]
    assert all("mockserver_requests_total{" in text for text in served), "both had some"
    assert requests.get(f"{origin}/metrics", timeout=10).status_code == 404


def test_links_lead_through_nginx_to_either_mock(origin: str) -> None:
    body = {**BODY, "model": "dall-e-3", "size": "1024x1024"}
    response = requests.post(origin + PATH, json=body, headers=BEARER, timeout=30)
    link = response.json()["data"][0]["url"]
    assert link.startswith(f"{origin}/generated/")
    images = {requests.get(link, timeout=30).content for _ in range(4)}
    assert len(images) == 1
