"""The access log tells what was asked and answered, and never a key."""

from __future__ import annotations

import logging
import re
from hashlib import sha256

import pytest

from tests.http import PATH, Generate, MakeClient

DIGEST = sha256(b"mock-key").hexdigest()


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "mockserver.access")
    return caplog


def last(lines: pytest.LogCaptureFixture) -> str:
    return str(lines.messages[-1])


def test_a_line_says_method_path_status_duration_tenant_and_prompt(
    make_client: MakeClient, lines: pytest.LogCaptureFixture
) -> None:
    Generate(make_client(access_log=True))(size="256x256")
    pattern = rf"POST {PATH} 201 \d+\.\d ms tenant=(\w{{8,16}}) prompt='A red fox in the snow'"
    line = re.fullmatch(pattern, last(lines))
    assert line
    assert DIGEST.startswith(line[1])


def test_a_line_names_the_fault(make_client: MakeClient, lines: pytest.LogCaptureFixture) -> None:
    client = make_client(access_log=True)
    client.post("/__admin/faults", json={"status": 503})
    assert "tenant" not in last(lines)
    Generate(client)(size="256x256")
    assert last(lines).startswith(f"POST {PATH} 503 ")
    assert " fault=unavailable " in last(lines)


def test_a_line_names_the_rule(make_client: MakeClient, lines: pytest.LogCaptureFixture) -> None:
    client = make_client(access_log=True)
    client.post("/__admin/rules", json={"name": "our\nfox", "image": "t-rex"})
    Generate(client)(size="256x256")
    assert r" rule='our\nfox' " in last(lines)


def test_the_key_is_never_logged(make_client: MakeClient, lines: pytest.LogCaptureFixture) -> None:
    client = make_client(access_log=True)
    Generate(client)(size="256x256")
    Generate(client)(n=0)
    assert "mock-key" not in lines.text


def test_only_the_first_sixty_characters_of_a_prompt_are_logged(
    make_client: MakeClient, lines: pytest.LogCaptureFixture
) -> None:
    Generate(make_client(access_log=True))(prompt="y" * 60 + "z", size="256x256")
    assert "y" * 60 + "…" in last(lines)
    assert "z" not in last(lines).partition("prompt=")[2]


@pytest.mark.parametrize("text", ["a\nPOST /fake 200", "a\r\nb", "a\x1b[31mred", "a\u2028b"])
def test_a_line_stays_one_line(
    make_client: MakeClient, lines: pytest.LogCaptureFixture, text: str
) -> None:
    client = make_client(access_log=True)
    Generate(client)(prompt=text, size="256x256")
    client.get(f"/{text}")
    assert len(lines.messages) == 2
    assert all(line.isprintable() for line in lines.messages)


def test_what_names_no_tenant_and_no_prompt_logs_none(
    make_client: MakeClient, lines: pytest.LogCaptureFixture
) -> None:
    make_client(access_log=True).get("/healthz")
    assert re.fullmatch(r"GET /healthz 200 \d+\.\d ms", last(lines))


def test_without_an_access_log_nothing_is_logged(
    generate: Generate, lines: pytest.LogCaptureFixture
) -> None:
    generate(size="256x256")
    assert lines.messages == []
