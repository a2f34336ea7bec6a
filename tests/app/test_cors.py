"""Pages of other origins may call the mock when it is told so, and on loopback by default."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.http import BEARER, PATH, Generate, MakeClient

PAGE = "https://page.test"
LINKED = "dall-e-2@2026-01-16"
ALLOWED = "Access-Control-Allow-Origin"


def preflight(client: FlaskClient, path: str, origin: str = PAGE) -> TestResponse:
    return client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )


def test_a_browsers_preflight_is_answered(client: FlaskClient) -> None:
    response = preflight(client, PATH)
    assert response.status_code == 200
    assert response.headers[ALLOWED] in {"*", PAGE}
    allowed = {name.strip() for name in response.headers["Access-Control-Allow-Headers"].split(",")}
    assert {"authorization", "content-type"} <= allowed
    assert "POST" in response.headers["Access-Control-Allow-Methods"]


def test_a_response_may_be_read_by_the_page(client: FlaskClient) -> None:
    headers = {**BEARER, "Origin": PAGE}
    response = Generate(client, headers=headers)(size="256x256")
    assert response.headers[ALLOWED] in {"*", PAGE}
    assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]


def test_an_image_may_be_read_by_the_page(make_client: MakeClient) -> None:
    client = make_client(contracts=(LINKED,))
    link = Generate(client).response(size="256x256")["data"][0]["url"]
    assert client.get(link, headers={"Origin": PAGE}).headers[ALLOWED] in {"*", PAGE}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", PATH, b"{", 400),
        ("POST", PATH, b" " * 2_000_000, 413),
        ("GET", PATH, b"", 405),
        ("GET", "/nowhere", b"", 404),
        ("GET", "/generated/a.png", b"", 403),
    ],
)
def test_an_api_error_may_be_read_by_the_page(
    client: FlaskClient, method: str, path: str, body: bytes, status: int
) -> None:
    headers = {**BEARER, "Origin": PAGE, "Content-Type": "application/json"}
    response = client.open(path, method=method, data=body, headers=headers)
    assert response.status_code == status
    assert response.headers[ALLOWED] in {"*", PAGE}


def test_a_request_without_a_key_may_be_read_by_the_page(client: FlaskClient) -> None:
    response = client.post(PATH, json={}, headers={"Origin": PAGE})
    assert response.status_code == 401
    assert response.headers[ALLOWED] in {"*", PAGE}


@pytest.mark.parametrize(("origin", "allowed"), [(PAGE, PAGE), ("https://other.test", None)])
def test_only_the_origins_that_were_set_may_call(
    make_client: MakeClient, origin: str, allowed: str | None
) -> None:
    client = make_client(cors_origins=(PAGE, "http://localhost:3000"))
    assert preflight(client, PATH, origin).headers.get(ALLOWED) == allowed
    response = client.post(PATH, json={}, headers={"Origin": origin})
    assert response.headers.get(ALLOWED) == allowed


@pytest.mark.parametrize("method", ["OPTIONS", "POST"])
def test_without_origins_there_is_no_cors_at_all(make_client: MakeClient, method: str) -> None:
    client = make_client(cors_origins=())
    response = client.open(PATH, method=method, headers={"Origin": PAGE})
    assert response.status_code == (405 if method == "OPTIONS" else 401)
    assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
    assert response.json is not None
    assert response.json["statusCode"] == response.status_code
