"""One browser for all tests of this folder, and one page and one state of the mock for each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mockserver.strict_json import JSON
from tests.http import BEARER, PATH
from tests.process import served

SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""The folder of the screenshots, if they are wanted; CI keeps it."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page asks for, no name is looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_TIMEOUT_MS = 20_000
_LOOPBACK = {"127.0.0.1", ""}
"""The hosts of requests; blob and data URLs have none."""

_EXPECTED = "Failed to load resource"
"""How the console of a browser reports a response of 400 or above, and a mock that is not there."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    browsed = [item for item in items if here in item.path.parents]
    for item in browsed:
        item.add_marker("slow")
        item.add_marker("unmeasured")
    # CI must prove the console, so there the tests fail without a browser.
    if not CHROMIUM and not os.environ.get("CI"):
        for item in browsed:
            item.add_marker(pytest.mark.skip(reason="chromium is not installed"))


@dataclass(frozen=True)
class Mock:
    """A mock as a process."""

    url: str

    @property
    def console(self) -> str:
        return f"{self.url}/__admin/"

    def admin(self, method: str, path: str, body: JSON = None) -> Any:  # noqa: ANN401
        response = requests.request(method, self.console + path, json=body, timeout=20)
        response.raise_for_status()
        return response.json()

    def generate(
        self, *, headers: Mapping[str, str] | None = None, **fields: JSON
    ) -> requests.Response:
        """Request images: the fields of the body are keywords; model and prompt have defaults."""
        body = {"model": "dall-e-2", "prompt": "A red fox", "size": "256x256", **fields}
        body = {name: value for name, value in body.items() if value is not None}
        sent = {**BEARER, **(headers or {})}
        return requests.post(self.url + PATH, json=body, headers=sent, timeout=20)

    def journal(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.admin("GET", "requests")["requests"]
        return found


def check_accessible(page: Page, *rules: str) -> None:
    """Check that axe-core finds no violation of rules, or of all, in a page."""
    found = Axe().run(page, options={"runOnly": list(rules)} if rules else None)
    assert found.violations_count == 0, found.generate_report()


def check_layout(page: Page, view: str) -> None:
    """Check a view in both schemes and at every width, with a screenshot of each if wanted."""
    for scheme, width in (("light", 1280), ("light", 1920), ("dark", 1280), ("dark", 360)):
        page.set_viewport_size({"width": width, "height": 1080 if width == 1920 else 860})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS, f"{view}-{scheme}-{width}.png"))
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{overflow} pixels too wide at {width}"
        if (scheme, width) == ("light", 1280):
            check_accessible(page)
        elif scheme == "dark" and width == 360:
            check_accessible(page, "color-contrast")  # the rest is the same page


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Started once; it ends with this folder, since its event loop would disturb other tests."""
    expect.set_options(timeout=_TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_OPTIONS])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def shared_mock() -> Iterator[Mock]:
    with served() as url:
        yield Mock(url)


@pytest.fixture
def mock(shared_mock: Mock) -> Mock:
    """The mock that all tests share, in the state that it starts in."""
    shared_mock.admin("POST", "reset")
    return shared_mock


@pytest.fixture
def logged() -> list[tuple[str, str]]:
    """What a page logs: type and text; a test that provokes an error removes it."""
    return []


@pytest.fixture
def page(browser: Browser, logged: list[tuple[str, str]]) -> Iterator[Page]:
    """A page that must log no error and send no request to another host."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(_TIMEOUT_MS)
    hosts: set[str] = set()
    page = context.new_page()
    page.on("console", lambda message: logged.append((message.type, message.text)))
    page.on("pageerror", lambda error: logged.append(("error", str(error))))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))
    yield page
    context.close()
    errors = [text for kind, text in logged if kind == "error"]
    assert [text for text in errors if not text.startswith(_EXPECTED)] == []
    assert hosts <= _LOOPBACK
