"""The API reference at /docs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Mock


@pytest.mark.nightly
def test_the_reference_shows_every_model_and_sends_requests(page: Page, mock: Mock) -> None:
    page.goto(f"{mock.url}/docs")
    documents = page.get_by_role("combobox").first
    expect(documents.locator("option")).to_have_count(84)
    expect(page.get_by_role("button", name="GET /v1/models List")).to_be_visible()
    assert mock.journal() == []
    documents.select_option("dall-e-3")
    expect(page.get_by_role("button", name="GET /v1/models List")).not_to_be_visible()
    page.get_by_role("button", name="POST /v1/images/generations Make").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table td.response-col_status").last).to_have_text("200")
    (entry,) = mock.admin("GET", "requests?method=POST")["requests"]
    assert (entry["status"], entry["fields"]["model"]) == (200, "dall-e-3")
