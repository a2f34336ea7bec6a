"""An imported model is served at once: each request that its document allows is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.app.factory import create_app
from mockserver.contracts import Contract, Exchange, Level
from mockserver.images import inspect as imagefile
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from tests.documents import put_contracts
from tests.http import SECRET, FrozenClock, Generate
from tests.strategies import values

MODELS = ["mock-modern", "mock-ratios", "mock/presets", "mock/presets-pro", "mock/sides"]

Ask = Callable[..., Exchange]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("contracts")


@pytest.fixture(scope="module")
def contracts(root: Path) -> dict[str, Contract]:
    return put_contracts(root)


@pytest.fixture(scope="module")
def ask(root: Path, contracts: dict[str, Contract]) -> Ask:
    """A client of a mock that serves the imported contracts; it follows the links."""
    assert contracts
    app = create_app(Settings(schemas=(str(root),), url_secret=SECRET), clock=FrozenClock())

    def send(model: str, **fields: JSON) -> Exchange:
        return Generate(app.test_client(), model=model).exchange(**fields)

    return send


def images(exchange: Exchange) -> list[imagefile.ImageFile]:
    """The images behind the links of a response."""
    return [
        imagefile.inspect(d.body) for d in exchange.downloads.values() if not isinstance(d, str)
    ]


def test_every_model_of_every_document_is_there(contracts: dict[str, Contract]) -> None:
    assert sorted(contracts) == MODELS


@pytest.mark.parametrize("model", MODELS)
@given(data=st.data())
@settings(max_examples=6, suppress_health_check=list(HealthCheck))
def test_every_request_that_a_document_allows_is_answered_without_a_finding(
    contracts: dict[str, Contract], ask: Ask, model: str, data: st.DataObject
) -> None:
    check_request_of(contracts[model], ask, data)


@pytest.mark.nightly
@pytest.mark.parametrize("model", MODELS)
@given(data=st.data())
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_more_requests_that_a_document_allows_are_answered_without_a_finding(
    contracts: dict[str, Contract], ask: Ask, model: str, data: st.DataObject
) -> None:
    check_request_of(contracts[model], ask, data)


def check_request_of(contract: Contract, ask: Ask, data: st.DataObject) -> None:
    bodies = values(contract.request_schema).filter(lambda body: valid(contract, body))
    exchange = ask(**data.draw(bodies))
    assert contract.findings(exchange) == []
    assert exchange.response.status == contract.success


def valid(contract: Contract, body: JSON) -> bool:
    """Whether a body is allowed, and requests few images."""
    found = contract.request_findings(body)
    assert all(finding.level is Level.CLIENT_REQUIRED for finding in found)
    return not found and contract.image_request(body).count <= 2


@pytest.mark.parametrize(
    ("model", "fields", "kind", "size"),
    [
        ("mock/presets", {}, "jpeg", (1024, 768)),
        ("mock/presets", {"image_size": "square"}, "jpeg", (512, 512)),
        ("mock/presets", {"image_size": {"width": 64, "height": 96}}, "jpeg", (64, 96)),
        ("mock/presets", {"output_format": "webp"}, "webp", (1024, 768)),
        ("mock-ratios", {}, "png", (1024, 576)),
        ("mock-ratios", {"aspect_ratio": "9:16"}, "png", (576, 1024)),
        ("mock-ratios", {"resolution": "2K", "output_format": "webp"}, "webp", (2048, 1152)),
        ("mock/sides", {}, "png", (768, 512)),
        ("mock/sides", {"width": 64, "response_format": "jpeg"}, "jpeg", (64, 512)),
        ("mock/sides", {"height": None}, "png", (768, 512)),
    ],
)
def test_images_are_as_the_fields_say(
    ask: Ask, model: str, fields: dict[str, JSON], kind: str, size: tuple[int, int]
) -> None:
    exchange = ask(model, **fields)
    (image,) = images(exchange)
    assert (image.media_type, image.width, image.height) == (f"image/{kind}", *size)
    (link,) = exchange.downloads
    extension = {"jpeg": ".jpg", "png": ".png", "webp": ".webp"}[kind]
    assert link.partition("?")[0].endswith(extension)
    assert exchange.downloads[link].media_type == f"image/{kind}"  # type: ignore[union-attr]


def test_either_field_sets_the_number_of_images(ask: Ask) -> None:
    for model, field in (("mock/presets", "num_images"), ("mock/sides", "n")):
        body = json.loads(ask(model, **{field: 3}).response.body)
        assert len(body["data"]) == 3


def test_a_response_of_another_shape_is_filled_by_its_documented_names(ask: Ask) -> None:
    body = json.loads(ask("mock-modern", size="1536x1024").response.body)
    assert list(body) == ["data", "usage"]
    about = {name: value for name, value in body["data"][0].items() if name != "b64_json"}
    assert about == {"width": 1536, "height": 1024, "content_type": "image/webp"}


def test_an_image_of_another_format_or_size_is_a_finding(
    contracts: dict[str, Contract], ask: Ask
) -> None:
    contract = contracts["mock/presets"]
    small, webp = {"width": 64, "height": 64}, {"output_format": "webp"}
    exchange = ask("mock/presets", image_size=small, **webp)
    body = json.loads(exchange.request.body) | {"output_format": "png", "image_size": "square"}
    changed = Exchange(
        type(exchange.request)(
            "POST", exchange.request.url, exchange.request.headers, json.dumps(body).encode()
        ),
        exchange.response,
        exchange.downloads,
    )
    found = {f.rule: f.words for f in contract.findings(changed)}
    assert found == {
        "image-size": "expected 512x512 pixels, as requested, received 64x64",
        "image-format": "expected image/png, as requested, received image/webp",
    }


def test_variation_keeps_the_requested_image_format(root: Path) -> None:
    for seed in range(4):
        client = create_app(Settings(schemas=(str(root),), vary=seed)).test_client()
        exchange = Generate(client, model="mock/presets").exchange(output_format="webp")
        assert [image.media_type for image in images(exchange)] == ["image/webp"]
