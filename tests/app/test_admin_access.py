"""Who may call the admin API: no page of another origin, and nobody beyond this machine."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import requests
from flask.testing import FlaskClient

from mockserver.cli.banner import admin_line, show
from mockserver.recording.target import is_local
from mockserver.settings import Settings
from tests.http import PINNED, MakeClient, load
from tests.process import banner, started

SETTINGS = "/__admin/settings"
TOKEN = "mock-admin-token"
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}


def status(client: FlaskClient, headers: Mapping[str, str], method: str = "GET") -> int:
    response = client.open(SETTINGS, method=method, headers=dict(headers))
    assert "Access-Control-Allow-Origin" not in response.headers
    if response.status_code == 403:
        message = response.get_json()["message"]
        assert message.startswith("The admin API is not for this caller.\n")
    return response.status_code


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.test",
        "http://localhost:9",
        "http://localhost.evil.test",
        "null",
        "",
        "localhost",
        "file://",
        "http://[bad",
        "http://localhost@evil.test",
    ],
)
def test_a_page_of_another_origin_is_refused(client: FlaskClient, origin: str) -> None:
    assert status(client, {"Origin": origin}) == 403
    assert status(client, {"Origin": origin}, "OPTIONS") == 403


def test_a_page_of_the_mock_itself_is_let_in(client: FlaskClient) -> None:
    assert status(client, {"Origin": "http://localhost"}) == 200


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", 200),
        ("localhost:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("mock.localhost", 200),
        ("evil.test", 403),
        ("127.0.0.1.evil.test", 403),
        ("localhost.evil.test:8000", 403),
        ("notlocalhost", 403),
        ("[bad", 403),
    ],
)
def test_a_host_that_a_page_could_have_bound_here_is_refused(
    client: FlaskClient, host: str, expected: int
) -> None:
    assert status(client, {"Host": host}) == expected


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "X-Forwarded-Anything", "Forwarded", "Via", "x-real-ip"]
)
def test_what_comes_through_a_proxy_needs_a_token(make_client: MakeClient, name: str) -> None:
    forwarded = {name: "192.0.2.1"}
    assert status(make_client(), forwarded) == 403
    with_token = make_client(admin_token=TOKEN)
    assert (status(with_token, forwarded), status(with_token, forwarded | WITH_TOKEN)) == (403, 200)


def test_a_mock_behind_a_proxy_needs_a_token(make_client: MakeClient) -> None:
    assert status(make_client(trust_proxy=True), {}) == 403
    assert status(make_client(trust_proxy=True, admin_token=TOKEN), WITH_TOKEN) == 200


def test_the_image_api_is_open_to_pages_all_the_same(client: FlaskClient) -> None:
    response = client.get("/healthz", headers={"Origin": "https://app.test", "Host": "evil.test"})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] in {"*", "https://app.test"}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer mock-other"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer caf\u00e9"},
    ],
)
@pytest.mark.parametrize("loopback", [True, False])
def test_a_token_has_to_be_sent_where_one_is_set(
    make_client: MakeClient, loopback: bool, sent: Mapping[str, str]
) -> None:
    client = make_client(admin_token=TOKEN, loopback=loopback)
    assert status(client, sent) == 403
    assert status(client, WITH_TOKEN) == 200
    assert status(client, {"Authorization": f"bearer {TOKEN} "}) == 200


def test_a_token_does_not_let_another_origin_in(make_client: MakeClient) -> None:
    client = make_client(admin_token=TOKEN)
    assert status(client, {**WITH_TOKEN, "Origin": "https://evil.test"}) == 403


def test_with_a_token_any_host_name_is_good(make_client: MakeClient) -> None:
    client = make_client(admin_token=TOKEN, loopback=False)
    assert status(client, {**WITH_TOKEN, "Host": "mock.ci.test:8000"}) == 200


def test_beyond_this_machine_it_is_closed_without_a_token(make_client: MakeClient) -> None:
    client = make_client(loopback=False)
    assert status(client, {}) == 403
    response = client.get(SETTINGS)
    assert "start with --admin-token" in response.get_json()["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/faults", "/limits", "/requests", "/reset", "/clock"])
def test_every_operation_is_guarded(client: FlaskClient, method: str, path: str) -> None:
    response = client.open(
        f"/__admin{path}", method=method, headers={"Origin": "https://evil.test"}, json={}
    )
    assert response.status_code in (403, 405)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("mock.localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("127.evil.test", False),
        ("localhost.evil.test", False),
        ("", False),
    ],
)
def test_only_this_machines_own_names_are_local(host: str, local: bool) -> None:
    assert is_local(host) is local


def test_the_start_tells_the_url_of_the_admin_api_if_there_is_one() -> None:
    address = ("127.0.0.1", 8000)
    assert admin_line(address, Settings()) == "http://127.0.0.1:8000/__admin/openapi.json"
    assert admin_line(address, Settings(admin=False)) == ""


def test_the_start_with_a_token_does_not_tell_it(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(loopback=False, admin_token=TOKEN)
    show(("0.0.0.0", 8000), [load(PINNED)], settings)
    text = capsys.readouterr().out
    assert "/__admin/" in text
    assert TOKEN not in text


def test_a_mock_that_others_can_reach_says_that_its_admin_api_is_closed() -> None:
    with started("--host", "0.0.0.0", "--no-access-log") as process:
        url, text = banner(process)
        assert "closed" in text
        assert "--admin-token" in text
        assert requests.get(url + SETTINGS, timeout=5).status_code == 403
