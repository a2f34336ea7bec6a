"""One client of the admin API: the same over a socket and in process."""

from __future__ import annotations

import json
import math
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from PIL import Image

import mockserver
from mockserver.errors import MockserverError, SettingsError
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.admin_options import FaultOptions, RequestFilter, RuleOptions
from mockserver.testing.admin_transport import over_http
from mockserver.testing.mock_server import MockServer, MockSession
from tests.http import NEWEST, PATH

MOMENT = datetime(2026, 1, 16, 12, tzinfo=UTC)


class Mock:
    """A mock, what controls it for one key, and what asks it for images."""

    def __init__(self, control: AdminClient, client: httpx.Client, key: str) -> None:
        self.control = control
        self.client = client
        self.key = key

    def draw(self, prompt: str = "A red fox", **fields: JSON) -> httpx.Response:
        body = {"model": "dall-e-2", "prompt": prompt, **fields}
        return self.client.post(PATH, json=body, headers={"Authorization": f"Bearer {self.key}"})

    def statuses(self, count: int) -> list[int]:
        return [self.draw().status_code for _ in range(count)]


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def served(server: MockServer) -> Iterator[Mock]:
    api = server.with_key()
    with httpx.Client(base_url=api.url) as client:
        yield Mock(api, client, api.key)
    api.reset()


@pytest.fixture
def in_process() -> Iterator[Mock]:
    transport = mockserver.httpx_transport(key="mock-key")
    with httpx.Client(transport=transport, base_url="https://api.aimlapi.com") as client:
        yield Mock(transport.api, client, "mock-key")


@pytest.fixture(params=["served", "in_process"])
def mock(request: pytest.FixtureRequest) -> Mock:
    made: Mock = request.getfixturevalue(request.param)
    return made


def test_a_status_fails_as_often_as_told(mock: Mock) -> None:
    mock.control.fail(429, times=2)
    assert mock.statuses(3) == [429, 429, 201]


def test_a_fault_has_a_name_a_moment_and_headers(mock: Mock) -> None:
    fault = mock.control.fail("unavailable", after=1, headers={"Retry-After": "7"})
    assert (fault["fault"], fault["used"]) == ("unavailable", 0)
    assert mock.statuses(1) == [201]
    assert mock.draw().headers["Retry-After"] == "7"


@pytest.mark.parametrize("match", [{"prompt": "cat"}, {"match": {"prompt": "cat"}}])
def test_a_fault_can_mean_some_requests_only(mock: Mock, match: JSON) -> None:
    mock.control.fail(500, times="always", **match)
    assert [mock.draw(prompt).status_code for prompt in ("A fox", "A cat")] == [201, 500]


def test_what_is_matched_by_keyword_and_by_mapping_adds_up(mock: Mock) -> None:
    fault = mock.control.fail(500, match={"prompt": "cat"}, size="512x512", model="dall-e-2")
    assert fault["match"] == {"prompt": "cat", "size": "512x512", "model": "dall-e-2"}


def test_faults_tell_how_often_they_were_used(mock: Mock) -> None:
    mock.control.fail("drop-field", pointer="/output", times=5, probability=1, seed=3)
    mock.draw()
    (fault,) = mock.control.faults
    assert (fault["used"], fault["pointer"], fault["times"]) == (1, "/output", 5)


def test_a_shipped_scenario_happens(mock: Mock) -> None:
    assert mock.control.scenario("rate-limited")
    assert mock.statuses(4) == [201, 201, 429, 429]


def test_a_scenario_can_be_a_file(mock: Mock, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('summary = "The second fails."\n[[faults]]\nstatus = 503\nafter = 1\n')
    mock.control.scenario(file)
    assert mock.statuses(3) == [201, 503, 201]


def test_a_rule_has_an_image_of_the_users_machine(mock: Mock, tmp_path: Path) -> None:
    file = tmp_path / "fox.png"
    Image.new("RGB", (30, 20), "red").save(file)
    rule = mock.control.add_rule(image=file, prompt="fox", name="our fox", times=1)
    assert (rule["match"], rule["warnings"]) == ({"prompt": "fox"}, [])
    assert mock.statuses(2) == [201, 201]
    names = [(each.rule, each.images[0].name == rule["image"]) for each in mock.control.requests]
    assert names == [("our fox", True), (None, False)]
    assert [each["used"] for each in mock.control.rules] == [1]
    assert mock.control.clear_rules(rule["id"]) == 1


def test_rules_can_be_a_file_or_a_list(mock: Mock, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "fox.webp")
    file = tmp_path / "rules.json"
    file.write_text('{"rules": [{"match": {"pattern": "A * fox"}, "image": "fox.webp"}]}')
    (of_file,) = mock.control.set_rules(file)
    assert of_file["image"].startswith("rule-")
    data = b64encode((tmp_path / "fox.webp").read_bytes() + bytes(300)).decode()
    (of_url,) = mock.control.set_rules([{"image": f"data:image/webp;base64,{data}"}])
    assert of_url["image"].startswith("rule-")
    mock.control.set_rules([{"status": 418, "body": {}}, {"image": "t-rex"}])
    assert mock.statuses(1) == [418]
    assert mock.control.clear_rules() == 2


def test_a_file_that_cannot_be_read_is_an_error(mock: Mock, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.json: cannot be read: No such file"):
        mock.control.set_rules(tmp_path / "none.json")
    with pytest.raises(MockserverError, match=r"/image: no image 'none\.png'; expected"):
        mock.control.add_rule(image="none.png")
    with pytest.raises(MockserverError, match=r"cannot be read: |no image"):
        mock.control.add_rule(image="a" * 300)


def test_another_contract_answers(mock: Mock) -> None:
    mock.control.use_contract(NEWEST)
    assert mock.draw().status_code == 200
    assert mock.control.requests[0].contract == NEWEST


@pytest.mark.parametrize("time", [MOMENT, MOMENT.isoformat()])
def test_the_clock_stands_still_until_it_is_let_go(mock: Mock, time: datetime | str) -> None:
    mock.control.use_contract(NEWEST)
    mock.control.set_clock(time)
    assert "st=2026-01-16T11%3A00%3A00Z" in mock.draw(response_format="url").text
    mock.control.set_clock(None)
    assert "st=2026-01-16T12" not in mock.draw(response_format="url").text


def test_limits_hold_and_can_be_read(mock: Mock) -> None:
    mock.control.limit(rate="2/hour", concurrency=5)
    assert mock.statuses(3) == [201, 201, 429]
    assert mock.control.limits["left"] == 0
    mock.control.limit()
    assert mock.statuses(1) == [201]


def test_credits_are_spent(mock: Mock) -> None:
    assert mock.control.balance is None
    mock.control.credits(200_000)
    assert mock.statuses(2) == [201, 403]
    assert mock.control.balance == 80_000


def test_settings_are_shown(mock: Mock) -> None:
    assert mock.control.settings["journal"] == 1000


def test_a_request_is_remembered_with_all_that_matters(mock: Mock) -> None:
    mock.draw("A lighthouse", size="256x256", n=2, colour="red")
    (asked,) = mock.control.requests
    assert (asked.prompt, asked.model, asked.size) == ("A lighthouse", "dall-e-2", "256x256")
    assert (asked.status, asked.fault, asked.field("n")) == (201, None, 2)
    assert [(given.width, given.height) for given in asked.images] == [(256, 256)] * 2
    assert [finding.pointer for finding in asked.findings] == ["/request/body/colour"]
    assert abs((datetime.now(UTC) - asked.time).total_seconds()) < 60


def test_a_request_without_fields_has_none(mock: Mock) -> None:
    mock.client.post(PATH, content=b"{", headers={"Authorization": f"Bearer {mock.key}"})
    (asked,) = mock.control.requests
    assert (asked.prompt, asked.model, asked.size) == (None, None, None)


def test_downloads_are_told_from_requests_for_images(mock: Mock) -> None:
    mock.control.use_contract(NEWEST)
    link = mock.draw(response_format="url").json()["data"][0]["url"]
    assert mock.client.get(link).status_code == 200
    assert [found.method for found in mock.control.find()] == ["POST", "GET"]
    assert len(mock.control.downloads) == len(mock.control.requests) == mock.control.count() == 1
    mock.control.assert_requested(times=1)


def test_requests_are_found_and_counted_by_what_they_were(mock: Mock) -> None:
    mock.control.fail(503)
    mock.statuses(3)
    assert mock.control.count(status=201, prompt="fox") == 2
    assert [found.status for found in mock.control.find(fault="unavailable")] == [503]


def test_requests_are_waited_for(mock: Mock) -> None:
    asking = Thread(target=mock.statuses, args=(2,))
    asking.start()
    assert len(mock.control.wait(2, timeout=20, prompt="fox")) == 2
    asking.join()


def test_too_few_requests_in_time_say_which_came(mock: Mock) -> None:
    mock.draw()
    with pytest.raises(AssertionError) as failed:
        mock.control.wait(2, timeout=0.05, prompt="fox")
    assert str(failed.value) == (
        "requests with prompt 'fox' within 0.05 s: expected 2, received 1\n"
        f"  POST {PATH} 201 prompt 'A red fox'"
    )


def test_what_was_not_requested_names_the_nearest(mock: Mock) -> None:
    mock.control.fail(429)
    mock.draw()
    with pytest.raises(AssertionError) as failed:
        mock.control.assert_requested(prompt="lighthouse")
    assert str(failed.value) == (
        "requests with prompt 'lighthouse': expected at least 1, received 0\n"
        f"  POST {PATH} 429 (rate-limited) prompt 'A red fox'\n"
        "    prompt: expected a prompt with 'lighthouse', received 'A red fox'"
    )


def test_too_many_requests_are_listed(mock: Mock) -> None:
    mock.statuses(2)
    with pytest.raises(AssertionError, match="expected exactly 1, received 2") as failed:
        mock.control.assert_requested(times=1)
    assert str(failed.value).count(PATH) == 2


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        ({}, True),
        ({"times": 2}, True),
        ({"at_least": 2, "at_most": 2}, True),
        ({"at_least": 3}, False),
        ({"at_most": 1}, False),
        ({"times": 0, "prompt": "cat"}, True),
    ],
)
def test_a_number_of_requests_is_held_against_what_is_expected(
    mock: Mock,
    expected: JSON,
    holds: bool,
) -> None:
    mock.statuses(2)
    if holds:
        mock.control.assert_requested(**expected)
    else:
        with pytest.raises(AssertionError):
            mock.control.assert_requested(**expected)


def test_no_request_of_another_key_is_named(server: MockServer) -> None:
    mine, other = server.with_key(), server.with_key()
    with httpx.Client(base_url=server.url) as client:
        Mock(other, client, other.key).draw("A secret")
        Mock(mine, client, mine.key).draw("A fox")
    with pytest.raises(AssertionError) as failed:
        mine.assert_requested(prompt="secret")
    assert "A secret" not in str(failed.value)
    assert "A fox" in str(failed.value)
    assert len(mine.requests) == 1


@pytest.mark.parametrize(
    "check", [AdminClient.assert_requested, partial(AdminClient.wait, timeout=0)]
)
def test_a_request_with_another_key_is_the_reason_for_none(
    server: MockServer, check: Callable[..., object]
) -> None:
    mine, other = server.with_key(), server.with_key()
    server.everybody().clear_journal()
    with httpx.Client(base_url=server.url) as client:
        Mock(other, client, other.key).draw("A hidden fox")
    with pytest.raises(AssertionError, match="  1 request came with another key: send image_api"):
        check(mine, prompt="hidden")


def test_a_reset_forgets_everything_about_the_key(mock: Mock) -> None:
    mock.control.fail(500, times="always")
    mock.control.credits(0)
    mock.draw()
    mock.control.reset()
    assert not mock.control.requests
    assert mock.statuses(1) == [201]


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (lambda control: control.fail("earthquake"), "no fault 'earthquake'; "),
        (lambda control: control.fail(600), "status: Expected a number of at most 599"),
        (lambda control: control.fail(429, colour="red"), "colour: Expected no such field"),
        (lambda control: control.limit(rate="often"), "10/minute, received 'often'"),
        (lambda control: control.scenario("calm"), "no scenario 'calm'; expected a file, or one"),
        (lambda control: control.fail("delay", seconds="abc"), "expected a duration such as"),
        (lambda control: control.use_contract("dall-e-9@2030-01-01"), "dall-e-9"),
        (lambda control: control.set_clock("noon"), "time: Expected a string of format date-time"),
        (lambda control: control.wait(timeout=90), "timeout: Expected a number of at most 60"),
    ],
)
def test_a_refused_call_says_why(
    mock: Mock, refused: Callable[[AdminClient], object], words: str
) -> None:
    with pytest.raises(MockserverError) as failed:
        refused(mock.control)
    assert words in str(failed.value)


def test_a_contract_and_a_clock_are_for_one_key(server: MockServer) -> None:
    with pytest.raises(MockserverError, match="a contract is set for one key: name it"):
        server.everybody().use_contract(NEWEST)
    with pytest.raises(MockserverError, match="a clock is set for one key: name it"):
        server.everybody().set_clock(None)


def test_everybody_meets_what_is_set_for_everybody(server: MockServer) -> None:
    with httpx.Client(base_url=server.url) as client:
        server.everybody().fail(503, times="always")
        try:
            keys = ("mock-one", "mock-two")
            assert [Mock(server, client, key).draw().status_code for key in keys] == [503, 503]
        finally:
            server.everybody().reset()


def test_a_key_that_is_good_is_the_servers_own_and_a_token_is_sent() -> None:
    with MockServer(api_keys=("mock-good",), admin_token="mock-token") as api:
        assert api.key == "mock-good"
        assert api.settings["journal"] == api.everybody().settings["journal"] == 1000
        with httpx.Client(base_url=api.url) as client:
            assert Mock(api, client, api.key).draw().status_code == 201
            assert Mock(api, client, "mock-other").draw().status_code == 401
        with pytest.raises(MockserverError, match="token"):
            AdminClient(over_http(api.url, "mock-wrong")).reset()


def test_an_in_process_mock_with_a_token_is_controlled() -> None:
    transport = mockserver.httpx_transport(admin_token="mock-token")
    assert transport.api.count() == 0


def test_a_server_has_an_environment_and_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with MockServer(contract=NEWEST, seed=7) as api:
        assert api.environment == {
            "AIMLAPI_BASE_URL": f"{api.url}/v1",
            "AIMLAPI_API_BASE": f"{api.url}/v1",
            "AIML_API_BASE": f"{api.url}/v1",
            "AIML_API_BASE_URL": f"{api.url}/v1",
            "OPENAI_API_BASE": f"{api.url}/v1",
            "OPENAI_BASE_URL": f"{api.url}/v1",
            "AIMLAPI_KEY": api.key,
            "AIMLAPI_API_KEY": api.key,
            "AIML_API_KEY": api.key,
            "OPENAI_API_KEY": api.key,
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        assert (api.settings["seed"], api.settings["contracts"]["dall-e-2"]) == (7, NEWEST)


def test_a_server_serves_only_inside_its_context() -> None:
    api = MockServer()
    with api:
        url = api.url
        assert isinstance(api.with_key("mock-key"), MockSession)
    with pytest.raises(MockserverError, match="not serving"):
        _ = api.url
    with pytest.raises(MockserverError, match="no mock answers at"):
        AdminClient(over_http(url)).reset()


def test_a_server_that_cannot_start_leaves_nothing_behind() -> None:
    with pytest.raises(MockserverError, match="no scenario"), MockServer(scenario="calm"):
        pass


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"credits": -1}, "credits: expected a whole number of at least 0, received -1"),
        ({"credits": "5"}, "credits: expected a whole number of at least 0, received '5'"),
        ({"concurrency": 0}, "concurrency: expected a whole number of at least 1, received 0"),
        ({"journal": True}, "journal: expected a whole number of at least 1 and .* received True"),
        ({"cost": 0.5}, "cost: expected a whole number of at least 0, received 0.5"),
        ({"time_scale": -1}, "time_scale: expected a number of at least 0, received -1"),
        ({"time_scale": math.nan}, "time_scale: expected a number of at least 0, received nan"),
        ({"time_scale": math.inf}, "time_scale: expected a number of at least 0, received inf"),
        ({"credit": 1}, "no setting 'credit'; expected one of contract, contracts, .*credits"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(setting: dict[str, JSON], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        MockServer(**setting)


def test_a_mock_that_hangs_does_not_keep_its_context_open() -> None:
    with MockServer() as api, httpx.Client(base_url=api.url, timeout=0.2) as client:
        api.fail("hang")
        with pytest.raises(httpx.ReadTimeout):
            Mock(api, client, api.key).draw()


class _Stranger(BaseHTTPRequestHandler):
    """Answers with JSON that no mock sends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[]" if "settings" in self.path else b"<html>")

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002


@pytest.fixture
def stranger() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Stranger) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_server_that_is_no_mock_is_called_so(stranger: str) -> None:
    control = AdminClient(over_http(stranger))
    words = r"expected the response of a mock, received 200: \[\]"
    with pytest.raises(MockserverError, match=words):
        _ = control.settings
    with pytest.raises(MockserverError, match=f"no mock answers at {stranger}"):
        _ = control.limits


def test_an_address_can_be_one_of_https() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(MockserverError, match="no mock answers at https://"):
        AdminClient(over_http(f"https://127.0.0.1:{port}")).reset()


def test_the_package_offers_what_it_lists() -> None:
    for name in mockserver.__all__:
        assert getattr(mockserver, name).__name__ == name
        assert name in dir(mockserver)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = mockserver.Nothing


def test_request_filters_are_those_of_the_document() -> None:
    document = json.loads((SCHEMAS / "admin.openapi.json").read_text())
    filters = document["components"]["schemas"]["JournalFilter"]["properties"]
    assert {*RequestFilter.__annotations__} == {*filters} - {"tenant"}


def test_fault_options_are_those_of_the_schema() -> None:
    properties = json.loads((SCHEMAS / "fault.schema.json").read_text())["properties"]
    options = {*FaultOptions.__annotations__}
    assert {*properties["match"]["properties"]} <= options
    assert options - {*properties["match"]["properties"]} == {*properties} - {
        *("fault", "status", "tenant")
    }


def test_rule_options_are_those_of_the_schema() -> None:
    properties = json.loads((SCHEMAS / "rule.schema.json").read_text())["properties"]
    match = {*properties.pop("match")["properties"]}
    assert {*RuleOptions.__annotations__} == match | {*properties} - {"tenant"}
