"""Everything wrong with a response is found, with its pointer and its level."""

from __future__ import annotations

import io
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image

from mockserver.contracts import Contract, Exchange, Finding, Response
from mockserver.strict_json import JSON
from tests.corrupting import GONE, with_download, with_field, with_response
from tests.http import CONTRACTS, PINNED, Generate, load

LINKED, LATEST = "dall-e-2@2025-06-12", "dall-e-2@2026-01-16"
SMALL = {"size": "256x256", "n": 2}
IMAGE = "/output/choices/1/image_base64"

MockFor = Callable[[str], Generate]


def found(contract_id: str, exchange: Exchange) -> list[str]:
    return [
        f"{f.level} {f.pointer.removeprefix('/response')} {f.rule}"
        for f in load(contract_id).findings(exchange)
    ]


@pytest.fixture(scope="module")
def job(mock_for: MockFor) -> Exchange:
    return mock_for(PINNED).exchange(**SMALL)


@pytest.fixture(scope="module")
def data(mock_for: MockFor) -> Exchange:
    return mock_for(LATEST).exchange(**SMALL, response_format="b64_json")


@pytest.fixture(scope="module")
def linked(mock_for: MockFor) -> Exchange:
    return mock_for(LATEST).exchange(**SMALL)


def encoded(image_format: str = "PNG", width: int = 256, height: int = 256) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(file, image_format)
    return file.getvalue()


def text_of(image: bytes) -> str:
    return b64encode(image).decode()


JOB_DEFECTS = [
    ("/status", GONE, "documented /body/status required"),
    ("/status", 1, "documented /body/status type"),
    ("/status", "", "client-required /body/status minLength"),
    ("/prompt", "text", "documented /body/prompt type"),
    ("/prompt/0", "Another", "semantic /body/prompt/0 echo"),
    ("/prompt", [], "client-required /body/prompt minItems"),
    ("/model", "dall-e-3", "semantic /body/model echo"),
    ("/model_owner", None, "documented /body/model_owner type"),
    ("/tags", [], "documented /body/tags type"),
    ("/num_returns", "2", "documented /body/num_returns type"),
    ("/num_returns", 2.5, "client-required /body/num_returns type"),
    ("/num_returns", 3, "semantic /body/num_returns echo"),
    ("/args/steps", GONE, "documented /body/args/steps required"),
    ("/args/n", 1, "semantic /body/args/n echo"),
    ("/args/size", "512x512", "semantic /body/args/size echo"),
    ("/args/prompt", "Another", "semantic /body/args/prompt echo"),
    ("/subjobs", GONE, "documented /body/subjobs required"),
    ("/output/choices", GONE, "documented /body/output/choices required"),
    ("/output/choices", [], "client-required /body/output/choices minItems"),
    ("/output/choices/1", GONE, "semantic /body/output/choices count"),
    ("/output/choices/1", {}, f"documented /body{IMAGE} required"),
    (IMAGE, "", f"client-required /body{IMAGE} minLength"),
    (IMAGE, "####", f"semantic /body{IMAGE} base64"),
    (IMAGE, "QUJD\nREVG", f"semantic /body{IMAGE} base64"),
    (IMAGE, "QUJDRA", f"semantic /body{IMAGE} base64"),
    (IMAGE, "text", f"semantic /body{IMAGE} image"),
    (IMAGE, text_of(encoded("GIF")), f"semantic /body{IMAGE} image"),
    (IMAGE, text_of(encoded()[:-5]), f"semantic /body{IMAGE} image"),
    (IMAGE, text_of(encoded("JPEG")[:-2]), f"semantic /body{IMAGE} image"),
    (IMAGE, text_of(encoded("WEBP")[:-9]), f"semantic /body{IMAGE} image"),
    (IMAGE, text_of(encoded(width=255)), f"semantic /body{IMAGE} image-size"),
]

DATA_DEFECTS = [
    ("/created", GONE, "client-required /body/created required"),
    ("/created", 1748502693.5, "client-required /body/created type"),
    ("/created", -1, "client-required /body/created minimum"),
    ("/data", GONE, "client-required /body/data required"),
    ("/data", None, "client-required /body/data type"),
    ("/data", [], "client-required /body/data minItems"),
    ("/data", {}, "documented /body/data type"),
    ("/data/1", GONE, "semantic /body/data count"),
    ("/data/0", None, "documented /body/data/0 type"),
    ("/data/0/b64_json", GONE, "client-required /body/data/0/b64_json required"),
    ("/data/0/b64_json", None, "client-required /body/data/0/b64_json type"),
    ("/data/0/b64_json", 5, "documented /body/data/0/b64_json type"),
    ("/data/0/b64_json", "text", "semantic /body/data/0/b64_json image"),
    ("/meta", {"usage": {}}, "documented /body/meta/usage/credits_used required"),
    ("/meta/usage/credits_used", "1", "documented /body/meta/usage/credits_used type"),
    ("/meta/usage/credits_used", -1, "client-required /body/meta/usage/credits_used minimum"),
]

LINK_DEFECTS = [
    ("/data/0/url", GONE, ["client-required /body/data/0/url required"]),
    ("/data/0/url", None, ["client-required /body/data/0/url type"]),
    (
        "/data/0/url",
        "/a.png",
        ["client-required /body/data/0/url format", "semantic /body/data/0/url absolute-url"],
    ),
    (
        "/data/0/url",
        "http://[::1",
        ["client-required /body/data/0/url format", "semantic /body/data/0/url absolute-url"],
    ),
    ("/data/0/url", "ftp://images.test/a.png", ["semantic /body/data/0/url absolute-url"]),
]


@pytest.mark.parametrize(("pointer", "value", "finding"), JOB_DEFECTS)
def test_a_defect_of_a_job_is_found(job: Exchange, pointer: str, value: JSON, finding: str) -> None:
    assert finding in found(PINNED, with_field(job, pointer, value))


@pytest.mark.parametrize(("pointer", "value", "finding"), DATA_DEFECTS)
def test_a_defect_of_a_data_response_is_found(
    data: Exchange, pointer: str, value: JSON, finding: str
) -> None:
    assert finding in found(LATEST, with_field(data, pointer, value))


@pytest.mark.parametrize(("pointer", "value", "findings"), LINK_DEFECTS)
def test_a_defect_of_a_link_is_found(
    linked: Exchange, pointer: str, value: JSON, findings: list[str]
) -> None:
    assert found(LATEST, with_field(linked, pointer, value)) == findings


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": [{}]}, {"images": []}])
def test_a_response_that_no_client_can_use_breaks_the_overlay_only(
    data: Exchange, body: JSON
) -> None:
    response = with_response(data, body=json.dumps(body).encode())
    levels = {finding.partition(" ")[0] for finding in found(LATEST, response)}
    assert levels - {"semantic"} == {"client-required"}


def test_a_job_breaks_only_the_overlay_of_the_later_contract(job: Exchange, data: Exchange) -> None:
    levels = {
        finding.partition(" ")[0]
        for finding in found(LATEST, with_response(data, body=job.response.body))
    }
    assert levels == {"client-required"}


@pytest.mark.parametrize(
    ("download", "rule"),
    [
        ("connection refused", "download"),
        (Response(404, {}, b""), "download"),
        (Response(200, {"Content-Type": "image/jpeg"}, encoded()), "content-type"),
        (
            Response(200, {"Content-Type": "image/png", "Content-Length": "9"}, encoded()),
            "content-length",
        ),
        (Response(200, {"Content-Type": "image/png"}, encoded()[:500]), "image"),
        (Response(200, {"Content-Type": "image/png"}, encoded(height=1)), "image-size"),
        (Response(200, {"Content-Type": "text/html"}, b"<p>Gone</p>"), "image"),
    ],
)
def test_a_download_is_checked_against_the_request(
    linked: Exchange, download: Response | str, rule: str
) -> None:
    findings = found(LATEST, with_download(linked, download))
    assert findings == [f"semantic /body/data/{i}/url {rule}" for i in (0, 1)]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_each_image_format_is_accepted(job: Exchange, data: Exchange, kind: str) -> None:
    image = text_of(encoded(kind))
    assert found(PINNED, with_field(job, IMAGE, image)) == []
    assert found(LATEST, with_field(data, "/data/1/b64_json", image)) == []


def test_a_link_that_was_not_followed_is_no_finding(linked: Exchange) -> None:
    assert found(LATEST, replace(linked, downloads={})) == []


def test_the_links_of_a_response_are_listed(linked: Exchange, job: Exchange) -> None:
    assert set(load(LATEST).links(linked.response)) == set(linked.downloads)
    assert load(PINNED).links(job.response) == []
    assert load(LATEST).links(Response(200, {}, b"<p>")) == []


def test_a_response_that_is_no_json_has_one_finding(job: Exchange) -> None:
    assert found(PINNED, with_response(job, body=b"<p>")) == ["documented /body json"]


def test_a_response_of_another_content_type_is_found(job: Exchange) -> None:
    html = with_response(job, headers={"Content-Type": "text/html; charset=utf-8"})
    assert found(PINNED, html) == ["documented /headers/content-type content-type"]


def test_success_for_an_invalid_request_is_checked_by_the_published_schema_alone(
    job: Exchange,
) -> None:
    invalid = b'{"model": "dall-e-2", "prompt": "A red fox", "n": 0}'
    accepted = replace(job, request=replace(job.request, body=invalid))
    findings = ["documented /request/body/n minimum", "documented /status status"]
    assert found(PINNED, accepted) == findings
    missing = with_field(accepted, "/status", GONE)
    assert found(PINNED, missing) == [*findings, "documented /body/status required"]


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_success_with_another_status_is_found(mock_for: MockFor, contract_id: str) -> None:
    exchange = mock_for(contract_id).exchange(size="1024x1024")
    other = 201 if load(contract_id).success == 200 else 200
    assert found(contract_id, with_response(exchange, status=other)) == [
        "documented /status status"
    ]


def test_a_defect_of_an_image_has_one_finding(job: Exchange) -> None:
    contract: Contract = load(PINNED)
    first, *more = contract.findings(with_field(job, IMAGE, "text"))
    assert more == []
    assert first == Finding(
        level=first.level,
        pointer=f"/response/body{IMAGE}",
        rule="image",
        expected="a complete PNG, JPEG, WebP or TIFF",
        received="3 bytes: no PNG, JPEG, WebP or TIFF",
    )
    assert str(first) == f"semantic {first.pointer}: {first.words}"


def test_base64_in_a_finding_is_cut(job: Exchange) -> None:
    broken = b64decode(json.loads(job.response.body)["output"]["choices"][0]["image_base64"])[:-1]
    finding = load(PINNED).findings(with_field(job, IMAGE, text_of(broken) + "\n"))[0]
    assert len(finding.received) < 150
    assert "characters)" in finding.received


@pytest.mark.parametrize(
    ("url", "findings"),
    [
        ("https://proxy.test/base/v1/images/generations", []),
        ("https://proxy.test/v1/images/generations/", []),
        ("/base/v1/images/generations", ["documented /status status"]),
        ("https://proxy.test/v1/images", ["documented /status status"]),
    ],
)
def test_a_whole_url_may_have_a_base_path(url: str, findings: list[str], job: Exchange) -> None:
    assert found(PINNED, replace(job, request=replace(job.request, url=url))) == findings
