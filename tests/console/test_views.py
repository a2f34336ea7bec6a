"""The other views: the form, faults, limits, contracts; and what holds for each of them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Mock, check_accessible, check_layout
from tests.http import DEFAULTS, PAGE_PROMPT

VIEWS = {
    "requests": ("", "A fox, refused"),
    "request": ("#/requests/{id}", "Images"),
    "refused": ("#/requests/{refused}", "Why it was refused"),
    "try": ("#/try?model=flux/schnell", "image_size"),
    "faults": ("#/faults", "rate-limited"),
    "limits": ("#/limits", "Latency"),
    "contracts": ("#/contracts", "breaking"),
}

CHECK_FORMS = """async () => {
    const {controlOf, facts, problem, textOf, valueOf} = await import("./console/schema.js");
    const controls = new Set();
    const failures = [];
    for (const contract of CONTRACTS) {
        const response = await fetch(`contracts/schemas?contract=${encodeURIComponent(contract)}`);
        const {request} = await response.json();
        for (const [name, field] of Object.entries(request.properties)) {
            controls.add(controlOf(field));
            for (const value of [field.default, ...(field.enum ?? []), ...(field.examples ?? [])]) {
                if (value === undefined) continue;
                const read = valueOf(field, textOf(field, value));
                const isSame = JSON.stringify(read) === JSON.stringify(value) || !value.length;
                if (!isSame || problem(field, value)) failures.push([contract, name, value, read]);
            }
        }
    }
    return {controls: [...controls].sort(), failures};
}"""


def open_view(page: Page, mock: Mock, view: str) -> None:
    page.goto(f"{mock.console}#/{view}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def send(page: Page) -> None:
    page.get_by_role("button", name="Send request").click()


def test_the_form_refuses_and_explains_a_bad_field(page: Page, mock: Mock) -> None:
    open_view(page, mock, "try")
    page.get_by_label("n", exact=True).fill("11")
    page.get_by_label("prompt", exact=True).fill("")
    send(page)
    expect(page.get_by_label("prompt", exact=True)).to_be_focused()
    expect(page.get_by_label("n", exact=True)).to_have_accessible_description(
        re.compile("Expected at most 10, received 11.")
    )
    expect(page.get_by_role("alert")).to_contain_text("2 fields need a change: prompt, n")
    assert mock.journal() == []
    page.get_by_label("n", exact=True).fill("eleven")
    send(page)
    expect(page.get_by_text("Expected a number, received 'eleven'.")).to_be_visible()
    check_accessible(page)
    page.get_by_role("button", name="Send anyway").click()
    expect(page.get_by_text("The mock refused it: expected number, rec")).to_be_visible()
    expect(page.get_by_role("region", name="The response")).to_contain_text("Why it was refused")
    (entry,) = mock.journal()
    assert (entry["status"], entry["fields"]["n"]) == (400, "eleven")


def test_the_form_sends_every_kind_of_field(page: Page, mock: Mock) -> None:
    open_view(page, mock, "try?model=flux/schnell")
    page.get_by_label("num_images").fill("2")
    page.get_by_label("enable_safety_checker").select_option("false")
    page.get_by_label("image_size", exact=True).select_option("width and height…")
    page.get_by_label("image_size width").fill("640")
    page.get_by_label("image_size height").fill("320")
    send(page)
    expect(page.get_by_role("img", name="Image ")).to_have_count(2)
    (entry,) = mock.journal()
    size = {"width": 640, "height": 320}
    assert entry["fields"] == {
        "model": "flux/schnell",
        "prompt": "A red fox in the snow",
        "num_images": 2,
        "enable_safety_checker": False,
        "image_size": size,
    }
    assert entry["status"] == 200, entry["message"]


def test_the_form_of_every_model_can_be_filled_in(page: Page, mock: Mock) -> None:
    open_view(page, mock, "try")
    expect(page.locator("#models option")).to_have_count(len(DEFAULTS))
    found = page.evaluate(CHECK_FORMS.replace("CONTRACTS", repr(DEFAULTS)))
    assert found == {
        "controls": ["choice", "json", "lines", "number", "size", "text"],
        "failures": [],
    }


def test_a_fault_switched_on_is_seen(page: Page, mock: Mock) -> None:
    open_view(page, mock, "faults")
    switch = page.get_by_role("switch", name="unavailable")
    page.get_by_label("How many requests").select_option("2")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    assert mock.generate().status_code == 503
    expect(page.get_by_text("1 of 2 left").first).to_be_visible()
    page.get_by_role("link", name="Requests").click()
    row = page.get_by_role("list", name="Requests").get_by_role("link")
    expect(row).to_contain_text("unavailable")
    row.click()
    expect(page.get_by_text("The fault unavailable happened to this request")).to_be_visible()
    page.get_by_role("link", name="Faults").first.click()
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    assert mock.generate().status_code == 201


def test_faults_with_options_and_scenarios_are_switches(page: Page, mock: Mock) -> None:
    open_view(page, mock, "faults")
    page.get_by_role("switch", name="migrate").click()
    expect(page.get_by_role("alert")).to_contain_text("contract")
    kind = page.get_by_role("listitem").filter(has=page.get_by_role("switch", name="drop-field"))
    kind.get_by_label("pointer").fill("/output")
    page.get_by_role("switch", name="drop-field").click()
    expect(page.get_by_text("pointer /output")).to_be_visible()
    scenario = page.get_by_role("switch", name="Scenario rate-limited")
    scenario.click()
    expect(scenario).to_have_attribute("aria-checked", "true")
    assert [fault["fault"] for fault in mock.admin("GET", "faults")["faults"]] == ["rate-limited"]
    scenario.click()
    expect(page.get_by_text("None. Every request gets")).to_be_visible()


def test_limits_are_bars_for_each_tenant(page: Page, mock: Mock) -> None:
    mock.admin("PUT", "credits", {"balance": 480_000})
    mock.admin("PUT", "limits", {"rate": "10/minute", "concurrency": 4})
    mock.generate()
    open_view(page, mock, "limits")
    expect(page.get_by_text("9 of 10 left")).to_be_visible()
    expect(page.get_by_text("360,000 of 480,000 left")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Credits")).to_have_js_property("value", 120_000)
    page.get_by_role("textbox", name="Rate").fill("5/hour")
    page.get_by_role("button", name="Set limits").click()
    expect(page.get_by_text("5 of 5 left")).to_be_visible()
    assert mock.admin("GET", "credits") == {"balance": 480_000}, "the others stay"
    page.get_by_role("textbox", name="Rate").fill("often")
    page.get_by_role("button", name="Set limits").click()
    expect(page.get_by_role("alert")).to_contain_text("10/minute")
    page.get_by_role("textbox", name="Rate").fill("5/hour")
    page.get_by_role("textbox", name="Credits").fill("1,000")
    page.get_by_role("button", name="Set limits").click()
    expect(page.get_by_role("alert")).to_contain_text("balance: Expected")
    assert mock.admin("GET", "credits") == {"balance": 480_000}


def test_contracts_have_a_timeline_and_differences(page: Page, mock: Mock) -> None:
    open_view(page, mock, "contracts")
    expect(page.get_by_role("heading", level=1)).to_have_text("dall-e-2")
    expect(page.locator(".timeline li")).to_have_count(6)
    expect(page.get_by_text("2 changes: 1 breaking, 1 compatible")).to_be_visible()
    page.get_by_label("A client of").select_option("dall-e-3@2026-01-16")
    expect(page.get_by_text("breaking").first).to_be_visible()
    page.get_by_role("searchbox", name="Model").fill("flux/sch")
    page.get_by_role("link", name="flux/schnell").click()
    expect(page.get_by_text("flux/schnell has one revision.")).to_be_visible()


@pytest.fixture(scope="package")
def busy_mock(shared_mock: Mock) -> dict[str, str]:
    """The ids of requests of a mock in which every view has something to show."""
    shared_mock.admin("POST", "reset")
    shared_mock.admin("PUT", "credits", {"balance": 4_800_000})
    shared_mock.admin("PUT", "limits", {"rate": "60/minute"})
    refused = shared_mock.generate(prompt="A fox, refused", n=11, size="1x1")
    shared_mock.admin("POST", "faults", {"fault": "rate-limited", "times": 1})
    shared_mock.admin("POST", "faults", {"fault": "delay", "times": 3, "match": {"prompt": "slow"}})
    for prompt, model in {
        "A street in the rain": "dall-e-3",
        "<b>منارة</b> في عاصفة 🌊": "openai/gpt-image-1",
        "Hills and balloons": "dall-e-3",
        "A lighthouse in a storm": "imagen4/preview",
    }.items():
        shared_mock.generate(prompt=prompt, model=model, size=None)
    shown = shared_mock.generate(prompt=PAGE_PROMPT, n=2, size="512x512")
    return {"id": shown.headers["X-Request-Id"], "refused": refused.headers["X-Request-Id"]}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_accessible_in_both_schemes_and_fits_every_width(
    page: Page, shared_mock: Mock, busy_mock: dict[str, str], view: str
) -> None:
    route, text = VIEWS[view]
    page.goto(shared_mock.console + route.format(**busy_mock))
    expect(page.get_by_text(text, exact=view == "try").first).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(0)
    check_layout(page, view)
