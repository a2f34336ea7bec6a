"""The console's files: who gets them, and with which headers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mockserver.app import admin
from tests.http import MakeClient

FILES = Path(admin.__file__).parent / "console"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
MAX_WEIGHT = 150_000


def test_the_page_stays_light() -> None:
    sizes = [file.stat().st_size for file in FILES.rglob("*") if file.suffix != ".txt"]
    assert sum(filter(None, sizes)) <= MAX_WEIGHT


def test_a_browser_is_led_from_the_root_to_the_console(client: FlaskClient) -> None:
    assert client.get("/", headers=BROWSER).headers["Location"] == "/__admin/"
    assert client.get("/__admin").headers["Location"] == "/__admin/"
    assert client.get("/docs").headers["Location"] == "/docs/"
    assert b"<title>Console" in client.get("/__admin/").data
    assert client.get("/__admin/requests").get_json()["count"] == 0


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html", ""])
def test_other_clients_get_the_documented_404_at_the_root(client: FlaskClient, accept: str) -> None:
    response = client.get("/", headers={"Accept": accept})
    assert (response.status_code, response.get_json()["statusCode"]) == (404, 404)
    assert client.post("/", headers=BROWSER).status_code == 404


def test_without_the_admin_api_there_is_no_console(make_client: MakeClient) -> None:
    client = make_client(admin=False)
    for path in ("/", "/__admin/", "/__admin/console/main.js"):
        assert client.get(path, headers=BROWSER).status_code == 404
    assert client.get("/docs/").status_code == 200


def test_the_files_have_a_strict_policy_and_an_etag(client: FlaskClient) -> None:
    for path, media_type in {
        "/__admin/": "text/html",
        "/__admin/console/main.js": "text/javascript",
        "/__admin/console/console.css": "text/css",
        "/__admin/console/vendor/LICENSES.txt": "text/plain",
        "/docs/docs.js": "text/javascript",
        "/docs/swagger-ui/swagger-ui.css": "text/css",
    }.items():
        response = client.get(path)
        assert response.mimetype == media_type
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self';" in policy
        assert ("unsafe" in policy) == path.startswith("/docs")
        again = client.get(path, headers={"If-None-Match": response.headers["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("folder", ["/__admin/console/", "/docs/swagger-ui/"])
@pytest.mark.parametrize(
    "name", ["nothing.js", "../routes.py", "vendor", "routes.py", "%00.js", f"{'a' * 300}.js"]
)
def test_no_other_file_is_served(client: FlaskClient, folder: str, name: str) -> None:
    assert client.get(folder + name).status_code == 404


def test_a_token_protects_the_data_and_not_the_files(make_client: MakeClient) -> None:
    client = make_client(admin_token="open-sesame")
    assert client.get("/__admin/").status_code == 200
    assert client.get("/__admin/requests/feed").status_code == 403


@pytest.mark.parametrize(
    ("settings", "headers"),
    [({"loopback": False}, {}), ({}, {"Host": "attacker.test"}), ({}, {"Via": "1.1 proxy"})],
)
def test_where_the_admin_api_is_closed_the_console_is_too(
    make_client: MakeClient, settings: dict[str, Any], headers: dict[str, str]
) -> None:
    assert make_client(**settings).get("/__admin/", headers=headers).status_code == 403
