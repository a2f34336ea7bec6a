"""No key, and no part of one, is in the journal, the log or a response of the admin API."""

from __future__ import annotations

import logging

import pytest
from flask import Request
from flask.testing import FlaskClient

from mockserver.app.context import RequestContext
from mockserver.app.tenants import tenant_id
from mockserver.recording.redact import REDACTED, Redactor
from mockserver.strict_json import JSON
from tests.http import PATH, MakeClient

REQUESTS = "/__admin/requests"
SMALL = "256x256"
PLANTED = "mock-planted-0123456789-abcdefghij"


def plant(client: FlaskClient, key: str) -> None:
    """Send a key everywhere that a client may put one by mistake."""
    bearer = {"Authorization": f"Bearer {key}"}
    body = {"model": "dall-e-2", "prompt": f"A fox, {key}", "size": SMALL}
    mistakes: list[dict[str, JSON]] = [
        {**body, "api_key": key},
        {**body, key: {"nested": [key, {key: key}]}},
        {**body, "model": key},
        {**body, "model": "x" * 50 + key},
        {**body, "size": [key] * 9},
        {**body, "size": "y" * 45 + key, "n": key},
        {**body, "long": "z" * 3990 + key, "k" * 90 + key: 1},
        {**body, "prompt": f"{key} " * 200},
    ]
    for invalid_request in mistakes:
        client.post(PATH, json=invalid_request, headers=bearer)
    client.post(f"{PATH}?api_key={key}", json=body, headers=bearer)
    client.post(f"/v1/{key}/images", json=body, headers=bearer)
    client.post(f"/{'p' * 50}{key}", json=body, headers=bearer)
    client.post(PATH, data=f'{{"key": "{key}"', headers={**bearer, "Content-Type": key})
    client.post(PATH, json={**body, "api_key": key}, headers={"Authorization": key})
    client.post(PATH, json={**body, "api_key": key}, headers={"X-API-Key": key})
    client.post(PATH, json=body, headers={**bearer, "Prefer": f'code=429, fault="{key}"'})


def parts(key: str) -> set[str]:
    """The parts of a key that reveal more than the prefix that all keys share."""
    start = len("mock-planted-")
    return {key[at : at + 6] for at in range(start, len(key) - 5)} | {key[: start + 1]}


def test_no_part_of_a_key_is_in_the_journal_or_the_log(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = make_client(access_log=True)
    plant(client, PLANTED)
    written = caplog.text + everything_shown(client)
    assert f"/v1/{REDACTED}/images" in written
    assert f"A fox, {REDACTED}" in written
    assert [part for part in sorted(parts(PLANTED)) if part in written] == []


def everything_shown(client: FlaskClient) -> str:
    """The responses of all reading operations of the admin API."""
    shown = [client.get(f"/__admin/{name}") for name in ("settings", "faults", "limits", "credits")]
    shown += [client.get(REQUESTS), client.get(f"{REQUESTS}/count")]
    shown += [
        client.get(f"{REQUESTS}/{entry['id']}")
        for entry in client.get(REQUESTS).get_json()["requests"]
    ]
    questions = [("wait", {"timeout": 0}), ("verify", {"exactly": 99, "status": 1})]
    shown += [client.post(f"{REQUESTS}/{path}", json=body) for path, body in questions]
    tenant = {"tenant": tenant_id(PLANTED)}
    shown += [client.get(f"/__admin/{name}", query_string=tenant) for name in ("faults", "limits")]
    assert all(response.status_code == 200 for response in shown)
    return "".join(response.get_data(as_text=True) for response in shown)


def test_the_mocks_own_secrets_are_not_in_the_journal(make_client: MakeClient) -> None:
    secrets = {
        "api_keys": ("mock-good-key-1", PLANTED),
        "url_secret": "mock-url-secret",
        "admin_token": "mock-admin-token",
    }
    client = make_client(**secrets)
    bearer = {"Authorization": "Bearer mock-admin-token"}
    body = {"model": "dall-e-2", "prompt": f"{PLANTED} mock-url-secret mock-admin-token"}
    client.post(PATH, json=body, headers={"Authorization": "Bearer mock-good-key-1"})
    journal = client.get(REQUESTS, headers=bearer).get_data(as_text=True)
    settings = client.get("/__admin/settings", headers=bearer).get_data(as_text=True)
    assert f'"prompt": "{REDACTED} {REDACTED} {REDACTED}"' in journal
    for secret in ("mock-good-key-1", PLANTED, "mock-url-secret", "mock-admin-token"):
        assert secret not in journal + settings


def test_a_key_is_not_in_the_repr_of_a_request_context() -> None:
    context = RequestContext(Request({}), "GET", "/", key=PLANTED, redactor=Redactor(PLANTED))
    assert PLANTED not in repr(context)


@pytest.mark.parametrize(
    ("secret", "text", "redacted"),
    [
        ("mock-key-1", "a mock-key-1 b mock-key-1", f"a {REDACTED} b {REDACTED}"),
        ("mock-key-1", "cut: mock-ke…", f"cut: {REDACTED}…"),
        ("mock-key-1", "cut: mock…", f"cut: {REDACTED}…"),
        ("mock-key-1", "a mock… b", f"a {REDACTED}… b"),
        ("mock-key-1", "a smock is no key", "a smock is no key"),
        ("test", "a test image", "a test image"),
        ("test", "test", REDACTED),
        ("test", "received 'test'", f"received '{REDACTED}'"),
        ("", "nothing", "nothing"),
        ('mock-"quoted"', '{"a": "mock-\\"quoted\\""}', f'{{"a": "{REDACTED}"}}'),
    ],
)
def test_a_known_secret_is_redacted(secret: str, text: str, redacted: str) -> None:
    assert Redactor(secret).known(text) == redacted


def test_the_longest_secret_is_redacted_first() -> None:
    assert Redactor("mock-key-1", "mock-key-12345").known("mock-key-12345") == REDACTED
