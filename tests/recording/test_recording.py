"""Exchanges are written to files, read again, and checked against their contract."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockserver.cli.identify import identify
from mockserver.cli.main import cli
from mockserver.contracts import Exchange, Request, Response
from mockserver.errors import MockserverError, RecordingError
from mockserver.paths import FIXTURES
from mockserver.recording.loading import load_recordings
from mockserver.recording.writer import Recorder
from mockserver.strict_json import JSON
from mockserver.testing.mock_server import MockServer
from tests.http import BEARER, NOW, PATH, PINNED, Generate, load
from tests.recording.test_redact import PLANTED, SHAPES, planted_exchange

LINKS = "dall-e-2@2026-01-16"
MockFor = Callable[[str], Generate]


def recording(folder: Path, exchange: Exchange, contract: str = PINNED) -> Path:
    return Recorder(folder).write(exchange, contract)


def read_back(file: Path) -> Exchange:
    (found,) = load_recordings([file])
    return found.exchange()


def exchange_with(body: bytes, content_type: str = "application/json") -> Exchange:
    request = Request("POST", PATH, {**BEARER, "Content-Type": "application/json"}, b"{}")
    return Exchange(request, Response(200, {"Content-Type": content_type}, body))


def run(*arguments: str | Path, **variables: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [*map(str, arguments)], env=variables)
    if isinstance(done.exception, MockserverError):
        return 2, str(done.exception)
    return done.exit_code, done.output


def images(exchange: Exchange) -> list[bytes]:
    return sorted(d.body for d in exchange.downloads.values() if isinstance(d, Response))


@pytest.mark.parametrize("fields", [{"response_format": "url", "n": 2}, {}], ids=str)
@pytest.mark.parametrize("contract", [PINNED, LINKS])
def test_an_exchange_is_the_same_when_it_is_read_back(
    contract: str, fields: dict[str, JSON], mock_for: MockFor, tmp_path: Path
) -> None:
    exchange = mock_for(contract).exchange(**fields)
    again = read_back(recording(tmp_path, exchange, contract))
    assert json.loads(again.request.body) == json.loads(exchange.request.body)
    assert again.response.status == exchange.response.status
    assert load(contract).findings(again) == []
    assert images(again) == images(exchange)


def test_images_are_files_and_the_rest_is_readable_json(
    mock_for: MockFor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = mock_for(PINNED).exchange(n=2, size="256x256")
    monkeypatch.setattr("time.time", lambda: NOW)
    file = recording(tmp_path, exchange)
    written = json.loads(file.read_text())
    choices = written["response"]["body"]["output"]["choices"]
    assert choices == [{"image_base64": "0001-201-0.png"}, {"image_base64": "0001-201-1.png"}]
    sent = json.loads(exchange.response.body)["output"]["choices"][1]["image_base64"]
    assert (tmp_path / "0001-201-1.png").read_bytes() == base64.b64decode(sent)
    assert written["recorded"] == "2025-05-29T07:11:33.000Z"
    assert len(file.read_text()) < 3000


def test_undocumented_fields_are_kept(tmp_path: Path) -> None:
    body = {"data": [{"url": "/x", "seed": 7, "nsfw": None}], "timings": {"inference": 1.5}}
    again = read_back(recording(tmp_path, exchange_with(json.dumps(body).encode())))
    assert json.loads(again.response.body) == body


@pytest.mark.parametrize(
    "body", [b"", b"<html>Bad gateway</html>", b"\xff\xfe\x00", b'{"a": NaN}', b"null", b'"url"']
)
def test_a_body_of_any_kind_is_kept(body: bytes, tmp_path: Path) -> None:
    assert read_back(recording(tmp_path, exchange_with(body))).response.body == body


def test_a_body_that_is_nested_too_deeply_for_json_is_kept(tmp_path: Path) -> None:
    body = b'{"a":' * 900 + b"1" + b"}" * 900
    again = read_back(recording(tmp_path, exchange_with(body)))
    # Newer versions of Python parse it, and write it with spaces.
    assert again.response.body.replace(b" ", b"") == body


def test_base64_with_line_breaks_stays_in_the_body(mock_for: MockFor, tmp_path: Path) -> None:
    exchange = mock_for(PINNED).exchange(size="256x256")
    body = json.loads(exchange.response.body)
    text = body["output"]["choices"][0]["image_base64"]
    body["output"]["choices"][0]["image_base64"] = text[:76] + "\n" + text[76:]
    broken = Exchange(exchange.request, Response(201, {}, json.dumps(body).encode()))
    again = read_back(recording(tmp_path, broken))
    assert json.loads(again.response.body) == body


def test_a_link_without_a_response_keeps_the_reason(tmp_path: Path) -> None:
    link = "https://images.test/1.png"
    exchange = exchange_with(json.dumps({"data": [{"url": link}, {"url": link + "?2"}]}).encode())
    gone = Response(404, {"Content-Type": "text/plain"}, b"gone")
    with_links = Exchange(
        exchange.request, exchange.response, {link: gone, link + "?2": "nothing came within 30 s"}
    )
    again = read_back(recording(tmp_path, with_links))
    assert again.downloads == with_links.downloads


def test_exchanges_are_numbered_from_the_last_one_in_the_folder(tmp_path: Path) -> None:
    names = [recording(tmp_path, exchange_with(b"{}")).name for _ in range(3)]
    assert names == ["0001-200.json", "0002-200.json", "0003-200.json"]


def test_no_planted_secret_is_on_disk(tmp_path: Path) -> None:
    planted = planted_exchange()
    shapes = json.dumps({"message": SHAPES, "note": dict(enumerate(SHAPES))}).encode()
    shaped = Exchange(planted.request, Response(500, {"X-Note": SHAPES[0]}, shapes))
    for exchange in (planted, shaped):
        recording(tmp_path, exchange)
    text = b"".join(file.read_bytes() for file in tmp_path.iterdir()).decode("latin-1")
    assert repr(planted).count(PLANTED) > 80
    assert text.count(PLANTED) == 0
    assert [shape for shape in SHAPES if shape in text] == []


@pytest.mark.parametrize("scheme", ["Bearer ", "Token "])
def test_the_key_in_use_is_not_on_disk_wherever_it_was_repeated(
    scheme: str, tmp_path: Path
) -> None:
    key = "plain words that look like nothing"
    request = Request("POST", PATH, {"Authorization": f"{scheme}{key}"}, b"{}")
    body = json.dumps({"message": f"the key {key!r} is good", key: [key]}).encode()
    file = recording(tmp_path, Exchange(request, Response(200, {"X-Echo": key}, body)))
    assert key not in file.read_text()


@pytest.mark.parametrize("key", ["k", "abc"])
def test_a_short_key_changes_no_recorded_image(key: str, mock_for: MockFor, tmp_path: Path) -> None:
    whole = mock_for(PINNED).exchange(size="256x256")
    headers = dict(whole.request.headers) | {"authorization": f"Bearer {key}"}
    request = replace(whole.request, headers=headers)
    file = recording(tmp_path, replace(whole, request=request))
    assert load(PINNED).findings(read_back(file)) == []


def test_golden_exchanges_have_the_form_of_recordings() -> None:
    found = list(load_recordings([FIXTURES / "exchanges"]))
    assert len(found) == 5
    assert all(load(str(each.contract)).findings(each.exchange()) is not None for each in found)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "JSON"),
        ('{"request": {}}', "json: not a recorded exchange: 'response' is a required property"),
        (
            '{"request": {}, "response": {"status": "200"}}',
            "#/response/status: '200' is not",
        ),
        (
            '{"request": {}, "response": {"status": 200}, "images": {"/a": {"file": "../b"}}}',
            "#/images/~1a/file",
        ),
        ('{"request": {"base64": "a"}, "response": {"status": 200}}', "#/request/base64"),
        ('{"request": {}, "response": {"status": 200, "seconds": 86401}}', "#/response/seconds"),
    ],
)
def test_the_error_about_an_invalid_recording_has_file_and_pointer(
    text: str, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "0001-200.json"
    file.write_text(text)
    with pytest.raises(RecordingError) as caught:
        list(load_recordings([file]))
    assert str(file) in str(caught.value)
    assert reason in str(caught.value)


def test_the_error_about_a_missing_image_has_its_file(mock_for: MockFor, tmp_path: Path) -> None:
    file = recording(tmp_path, mock_for(PINNED).exchange(size="256x256"))
    (tmp_path / "0001-201-0.png").unlink()
    with pytest.raises(RecordingError, match=r"0001-201-0\.png: cannot be read: No such file"):
        read_back(file)


def test_a_folder_without_exchanges_is_wrong_usage(tmp_path: Path) -> None:
    assert run("verify", "--recording", tmp_path) == (
        2,
        f"{tmp_path}: expected recorded exchanges, found no .json or .har file",
    )


def test_a_folder_that_cannot_be_written_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, output = run("record", "--target", "http://127.0.0.1:9", "--out", tmp_path / "file/a")
    assert (status, "cannot record into" in output) == (2, True)


def test_verify_recording_lists_findings_and_ends_with_1(mock_for: MockFor, tmp_path: Path) -> None:
    exchange = mock_for(LINKS).exchange(size="256x256")
    recording(tmp_path, mock_for(PINNED).exchange(size="256x256"))
    recording(tmp_path, exchange)
    status, output = run("verify", "--recording", tmp_path)
    assert status == 1
    assert f"{tmp_path}/0001-201.json  {PINNED}  kept" in output
    assert f"{tmp_path}/0002-200.json  {PINNED}  10 findings" in output
    assert "  documented /response/status (status): expected 201, received 200" in output
    assert output.endswith("2 exchanges, 1 with findings\n")


def test_verify_recording_uses_the_contract_of_the_option(
    mock_for: MockFor, tmp_path: Path
) -> None:
    file = recording(tmp_path, mock_for(LINKS).exchange())
    assert run("verify", "--recording", file, "--contract", LINKS)[0] == 0
    assert run("verify", "--recording", file, "--contract", "dall-e-9@2026-01-01")[0] == 2


def test_verify_recording_uses_the_model_of_the_request_when_the_contract_is_unknown(
    mock_for: MockFor, tmp_path: Path
) -> None:
    file = recording(tmp_path, mock_for("dall-e-3@2026-01-16").exchange(), "dall-e-9@2026-01-01")
    assert "  dall-e-3@2026-01-16  kept" in run("verify", "--recording", file)[1]


def test_verify_recording_prints_json(mock_for: MockFor, tmp_path: Path) -> None:
    file = recording(tmp_path, mock_for(LINKS).exchange())
    (one,) = json.loads(run("verify", "--recording", file, "--json")[1])["exchanges"]
    assert one["file"] == str(file)
    assert one["findings"][0] == {
        "level": "documented",
        "pointer": "/response/status",
        "rule": "status",
        "expected": "201",
        "received": "200",
    }


def test_identify_reads_a_recorded_exchange_with_its_images(
    mock_for: MockFor, tmp_path: Path
) -> None:
    file = recording(tmp_path, mock_for(PINNED).exchange())
    done = CliRunner().invoke(identify, [str(file)])
    assert done.exit_code == 0
    assert done.output.startswith(PINNED)


def test_record_sends_requests_and_reports_the_responses(tmp_path: Path) -> None:
    with MockServer(LINKS) as mock:
        status, output = run(
            *("record", "--target", mock.url, "--out", tmp_path, "--contract", LINKS)
        )
    assert status == 0
    assert f"{PATH} … 200, kept" in output
    assert "3 of 3 exchanges are in" in output
    assert run("verify", "--recording", tmp_path)[1].endswith("3 exchanges, 0 with findings\n")


def test_record_follows_links_in_undocumented_fields(tmp_path: Path) -> None:
    with MockServer(LINKS) as mock:
        assert run("record", "--target", mock.url, "--out", tmp_path)[0] == 0
    assert (tmp_path / "0001-200-0.png").read_bytes().startswith(b"\x89PNG")


def test_record_sends_the_given_requests(tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text('{"model": "dall-e-2", "prompt": "A fox", "n": 2}')
    requests = ("--request", f"@{tmp_path}/body.json", "--request", '{"prompt": 1}')
    with MockServer() as mock:
        run("record", "--target", mock.url, "--out", tmp_path / "out", *requests)
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "0001-201-0.png",
        "0001-201-1.png",
        "0001-201.json",
        "0002-400.json",
    ]


def test_record_checks_each_request_by_the_model_that_it_names(tmp_path: Path) -> None:
    bodies = ('{"model": "flux/schnell", "prompt": "A fox"}', '{"prompt": "A fox"}', "{model:}")
    requests = [text for body in bodies for text in ("--request", body)]
    with MockServer() as mock:
        output = run("record", "--target", mock.url, "--out", tmp_path, *requests)[1]
    assert "1 of 3: POST" in output
    assert "… 200, kept" in output
    assert "warning: --request {model:} is not JSON" in output
    contracts = [json.loads(it.read_bytes())["contract"] for it in sorted(tmp_path.glob("*.json"))]
    assert [contract.partition("@")[0] for contract in contracts] == [
        *("flux/schnell", "dall-e-2", "dall-e-2")
    ]


def test_record_ends_with_3_without_a_response(tmp_path: Path) -> None:
    status, output = run("record", "--target", "http://127.0.0.1:9", "--out", tmp_path)
    assert status == 3
    assert "no response: " in output


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--target", "live"], "--target live needs the API key in AIMLAPI_KEY or AIML_API_KEY"),
        (["--target", "ftp://x"], "--target: expected live or a base URL such as"),
        (["--target", "http://127.0.0.1:9", "--contract", "x@1"], "no contract 'x@1'"),
        (["--target", "http://127.0.0.1:9", "--request", "@none"], "--request @none: cannot be"),
    ],
)
def test_wrong_options_of_record_end_with_one_line(
    options: list[str], reason: str, tmp_path: Path
) -> None:
    status, output = run("record", "--out", tmp_path, *options, AIMLAPI_KEY="", AIML_API_KEY="")
    assert status == 2
    assert reason in output


@pytest.mark.parametrize(
    "image_requests",
    [
        ['{"model": "dall-e-2", "prompt": "A fox", "n": 7}'],
        ['{"model": "topaz-labs/sharpen", "image_url": "https://a.test/1.png"}'] * 7,
    ],
    ids=["many images", "models without a prompt"],
)
def test_record_refuses_to_pay_for_more_images_than_allowed(
    image_requests: list[str], tmp_path: Path
) -> None:
    options = [option for each in image_requests for option in ("--request", each)]
    status, output = run(
        "record", "--target", "live", "--out", tmp_path, *options, AIMLAPI_KEY="mock-key"
    )
    assert status == 2
    assert "these requests pay for 7 images" in output
    assert "--max-images 7" in output


@pytest.mark.parametrize("command", ["record", "proxy", "verify"])
def test_a_missing_extra_is_named(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    options: dict[str, list[str | Path]] = {
        "record": ["--target", "http://127.0.0.1:9", "--out", tmp_path],
        "proxy": ["--upstream", "http://127.0.0.1:9"],
        "verify": ["--target", "http://127.0.0.1:9"],
    }
    status, output = run(command, *options[command])
    assert status == 2
    # In a checkout that is not installed, pip installs the checkout.
    words = rf"{command} needs requests: pip install '(\.|aimlapi-mockserver)\[contract\]'"
    assert re.fullmatch(words, output)
