"""The list of requests, and a request that is open."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path
from subprocess import run

from PIL import Image, ImageStat
from playwright.sync_api import Locator, Page, Route, expect

from tests.console.conftest import Mock, check_accessible, check_layout
from tests.process import banner, end, served, started

MARKUP = "<img src=x onerror=\"hacked = 1\"><script>hacked = 1</script> 'quoted' \\ $HOME `id`"
ARABIC = "منارة في عاصفة 🌊"


def rows(page: Page) -> Locator:
    return page.get_by_role("list", name="Requests").get_by_role("link")


def pixels(shown: Locator) -> Image.Image:
    return Image.open(io.BytesIO(shown.screenshot())).convert("RGB")


def test_the_first_request_appears_without_a_reload(page: Page, mock: Mock) -> None:
    mock.admin("GET", "../v1/models")
    page.goto(mock.url)
    expect(page).to_have_url(mock.console)
    expect(page.get_by_role("heading", name="Send the first request")).to_be_visible()
    expect(page.get_by_role("button", name="Show 1 other request")).to_be_visible()
    check_layout(page, "first-request")
    mock.generate(prompt="A lighthouse at dusk")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("A lighthouse at dusk")
    expect(page.get_by_role("status").first).to_have_text("Live")


def test_thumbnails_and_images_are_painted(page: Page, mock: Mock) -> None:
    mock.generate(size="512x512", n=2)
    page.goto(mock.console)
    expect(rows(page)).to_contain_text("2")
    thumbnail = rows(page).locator("img")
    expect(thumbnail).to_have_js_property("naturalWidth", 96)
    rows(page).click()
    images = page.get_by_role("img", name="Image ")
    expect(images).to_have_count(2)
    expect(images.last).to_have_js_property("naturalWidth", 512)
    for shown in (thumbnail, images.first):
        assert max(ImageStat.Stat(pixels(shown)).stddev) > 20, "it has one color"
    page.get_by_text("Metadata").first.click()
    expect(page.get_by_text("prompt-sha256").first).to_be_visible()


def test_the_journal_is_saved_as_har(page: Page, mock: Mock) -> None:
    mock.generate(model="dall-e-3", size=None, prompt="A lighthouse at dusk")
    page.goto(mock.console)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as HAR").click()
    assert download.value.suggested_filename == "journal.har"
    [entry] = json.loads(download.value.path().read_text())["log"]["entries"]
    assert "A lighthouse at dusk" in entry["request"]["postData"]["text"]
    assert json.loads(entry["response"]["content"]["text"])["data"]


def test_a_damaged_image_is_marked(page: Page, mock: Mock) -> None:
    mock.admin("POST", "faults", {"fault": "corrupted-image"})
    mock.generate(model="flux/schnell", size=None, output_format="jpeg")
    page.goto(mock.console)
    rows(page).click()
    expect(page.get_by_text("The fault corrupted-image happened to this request.")).to_be_visible()


def test_a_refusal_is_explained_field_by_field(page: Page, mock: Mock) -> None:
    mock.generate(size="300x300", n=11)
    page.goto(mock.console)
    rows(page).click()
    why = page.get_by_role("region", name="Why it was refused")
    expect(why).to_contain_text("Body validation error!")
    expect(why.get_by_role("listitem").filter(has_text="size")).to_contain_text("'300x300'")
    expect(why.get_by_role("listitem").filter(has_text="at most 10")).to_contain_text("11")


def test_the_response_is_shown_with_its_base64_folded(page: Page, mock: Mock) -> None:
    mock.generate(prompt="Folded")
    page.goto(mock.console)
    rows(page).click()
    body = page.get_by_role("region", name="Response body")
    expect(body).to_contain_text(" more)")
    assert json.loads(body.inner_text()), "what is folded is still JSON"
    page.get_by_text("Response headers").click()
    expect(page.get_by_text("x-request-id").first).to_be_visible()


def test_the_same_request_as_code_sends_the_same_fields(
    page: Page, mock: Mock, tmp_path: Path
) -> None:
    odd = [True, None, 0.5, {"__proto__": 1}]
    mock.generate(prompt=f"{MARKUP} {ARABIC}\n\u2028", n=2, odd=odd)
    page.goto(mock.console)
    rows(page).click()
    interpreters = {"curl": "bash", "Python": sys.executable, "JavaScript": shutil.which("node")}
    for language, interpreter in interpreters.items():
        page.get_by_role("tab", name=language).click()
        code = page.get_by_role("region", name=language, exact=True)
        file = tmp_path / f"{language}.mjs"
        file.write_text(code.text_content() or "")
        if interpreter:
            run([interpreter, file], check=True, capture_output=True, timeout=60)
    sent, *again = mock.journal()
    assert len(again) >= 2
    assert [entry["fields"] for entry in again] == [sent["fields"]] * len(again)


def test_a_request_is_sent_again_and_edited(page: Page, mock: Mock) -> None:
    mock.generate(prompt="Again", extra="unknown")
    page.goto(mock.console)
    rows(page).click()
    page.get_by_role("button", name="Send again").click()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name="Edit and send").click()
    expect(page.get_by_label("prompt", exact=True)).to_have_value("Again")
    expect(page.get_by_label("further fields")).to_have_value('{\n  "extra": "unknown"\n}')
    page.get_by_label("prompt", exact=True).fill("Edited")
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_role("region", name="The response")).to_contain_text("Edited")
    assert [entry["fields"]["prompt"] for entry in mock.journal()] == ["Again", "Again", "Edited"]


def test_a_request_that_the_journal_has_cut_is_marked(page: Page, mock: Mock) -> None:
    mock.generate(prompt="fox " * 2000)
    mock.generate(prompt='A "fox…" in the snow')
    page.goto(mock.console)
    note = page.get_by_role("note").filter(has_text="The journal cuts long texts")
    for row, times in ((0, 0), (1, 1)):
        rows(page).nth(row).click()
        expect(page.get_by_role("button", name="Send again")).to_be_visible()
        expect(page.get_by_role("heading", name="The same request as code")).to_be_visible()
        expect(note).to_have_count(times)


def test_filters_select_requests(page: Page, mock: Mock) -> None:
    mock.generate(prompt="A lighthouse")
    mock.generate(prompt="A fox", n=11)
    mock.generate(prompt="A fox", model="dall-e-3", size="1024x1024")
    page.goto(mock.console)
    expect(rows(page)).to_have_count(3)
    page.get_by_label("Text").fill("FOX")
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Model").select_option("dall-e-3")
    expect(rows(page)).to_have_count(1)
    page.get_by_label("Status").select_option("4xx")
    expect(page.get_by_text("No request matches.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(rows(page)).to_have_count(3)
    page.get_by_role("button", name="Clear journal").click()
    expect(page.get_by_role("heading", name="Send the first request")).to_be_visible()


def test_keys_move_open_close_and_search(page: Page, mock: Mock) -> None:
    for prompt in ("First", "Second", "Third"):
        mock.generate(prompt=prompt)
    page.goto(mock.console)
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    rows(page).first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    expect(rows(page).last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="The open request")).to_contain_text("First")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Choose a request")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("Text")).to_be_focused()


def test_script_in_a_request_is_shown_as_text(page: Page, mock: Mock) -> None:
    mock.admin("POST", "faults", {"status": 503, "message": MARKUP})
    mock.generate(prompt=MARKUP)
    mock.generate(prompt=ARABIC, model=MARKUP, **{MARKUP: MARKUP}, headers={"X-Markup": MARKUP})
    page.goto(mock.console)
    expect(rows(page)).to_have_count(2)
    expect(rows(page).last).to_contain_text(MARKUP)
    for row in rows(page).all():
        row.click()
        expect(page.get_by_role("region", name="Fields sent")).to_contain_text("hacked = 1")
        page.get_by_text("Request headers").click()
    direction = "element => getComputedStyle(element).direction"
    assert rows(page).first.locator(".title bdi").evaluate(direction) == "rtl"
    assert page.evaluate("window.hacked") is None
    assert page.locator("main script, main [onerror]").count() == 0


def test_the_policy_stops_inline_script(
    page: Page, mock: Mock, logged: list[tuple[str, str]]
) -> None:
    page.goto(mock.console)
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.evaluate(
            "document.body.append("
            "Object.assign(document.createElement('script'), {text: 'window.hacked = 1'}))"
        )
    assert page.evaluate("window.hacked") is None
    logged.clear()


def test_a_journal_of_ten_thousand_draws_only_what_is_in_sight(page: Page, mock: Mock) -> None:
    mock.generate(prompt=MARKUP)
    (entry,) = mock.admin("GET", "requests/feed")["requests"]

    def feed(route: Route) -> None:
        start = int(route.request.url.partition("after=")[2].partition("&")[0] or 0)
        found = [
            {**entry, "id": str(i), "prompt": f"{i} {MARKUP} {ARABIC}", "images": 0}
            for i in range(start, min(start + 1000, 10_000))
        ]
        route.fulfill(
            json={"cursor": str(start + len(found)), "is_new": not start, "requests": found}
        )

    def settings(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), "journal": 10_000})

    page.route("**/requests/feed*", feed)
    page.route("**/__admin/settings", settings)
    page.goto(mock.console)
    expect(page.get_by_text("10,000 requests")).to_be_visible()
    expect(rows(page).first).to_contain_text("9999 <img")
    assert rows(page).count() < 60
    page.locator(".rows").evaluate("box => { box.scrollTop = box.scrollHeight; }")
    expect(rows(page).last).to_contain_text("0 <img")
    page.get_by_label("Text").fill("5555 <IMG")
    expect(rows(page)).to_have_count(1)


def test_one_poll_is_under_way_at_a_time(page: Page, mock: Mock) -> None:
    held: list[Route] = []
    page.route("**/requests/feed*", lambda route: held.append(route))
    page.goto(mock.console)
    expect(page.get_by_role("status").first).to_have_text("Loading")
    for _ in range(3):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("fetch('../healthz')")
    assert len(held) == 1
    mock.generate(prompt="Held")
    held[0].continue_()
    expect(rows(page)).to_have_count(1)


def test_the_console_reconnects_after_a_restart(page: Page) -> None:
    with started("--no-access-log") as process:
        mock = Mock(banner(process)[0])
        mock.generate(prompt="Before the restart")
        page.goto(mock.console)
        expect(rows(page)).to_have_count(1)
        end(process)
        expect(page.get_by_text("Reconnecting")).to_be_visible()
    with served("--port", mock.url.rpartition(":")[2]):
        mock.generate(prompt="After the restart")
        expect(page.get_by_text("Live")).to_be_visible()
        expect(rows(page)).to_have_count(1)
        expect(rows(page)).to_contain_text("After the restart")


def test_the_console_asks_for_the_token(page: Page) -> None:
    with served("--admin-token", "open-sesame") as url:
        mock = Mock(url)
        mock.generate(prompt="Behind a token")
        page.goto(mock.console)
        expect(page.get_by_label("Token of")).to_be_visible()
        check_accessible(page)
        for token in ("wrong", "open-sesame"):
            page.get_by_label("Token of").fill(token)
            page.get_by_role("button", name="Open the console").click()
        expect(rows(page)).to_contain_text("Behind a token")
        expect(rows(page).locator("img")).to_have_js_property("naturalWidth", 96)
        page.reload()
        expect(rows(page)).to_have_count(1)
