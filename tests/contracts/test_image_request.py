"""What a request asks for is read from its documented fields only."""

from __future__ import annotations

import pytest

from mockserver.contracts import ImageRequest
from mockserver.contracts.image_request import terms
from mockserver.strict_json import JSON
from tests.http import load

WIDE = {"width": 640, "height": 480}


def image_request(given: dict[str, JSON], **defaults: JSON) -> ImageRequest:
    return ImageRequest.of(given, defaults)


def size(given: dict[str, JSON], **defaults: JSON) -> tuple[int, int]:
    made = image_request(given, **defaults)
    return made.width, made.height


@pytest.mark.parametrize(
    ("given", "pixels"),
    [
        ({}, (1024, 1024)),
        ({"size": "512x256"}, (512, 256)),
        ({"size": "512*256"}, (512, 256)),
        ({"size": " 512 X 256 "}, (512, 256)),
        ({"size": WIDE}, (640, 480)),
        ({"size": "auto"}, (1024, 1024)),
        ({"size": "0x256"}, (1024, 1024)),
        ({"size": 7}, (1024, 1024)),
        ({"size": "2K"}, (2048, 2048)),
        ({"size": "2k", "aspect_ratio": "16:9"}, (2048, 1152)),
        ({"image_size": "square"}, (512, 512)),
        ({"image_size": "portrait_16_9"}, (576, 1024)),
        ({"image_size": WIDE}, (640, 480)),
        ({"image_size": {"width": 640}}, (640, 640)),
        ({"image_size": "sideways"}, (1024, 1024)),
        (WIDE, (640, 480)),
        ({"width": 640}, (640, 640)),
        ({"height": 480}, (480, 480)),
        ({"width": 640.9, "height": 480.0}, (640, 480)),
        ({"width": 0, "height": -5}, (1024, 1024)),
        ({"width": True, "height": "480"}, (1024, 1024)),
        ({"width": None, "height": 480}, (480, 480)),
        ({"aspect_ratio": "16:9"}, (1024, 576)),
        ({"aspect_ratio": "9:16"}, (576, 1024)),
        ({"aspect_ratio": "1.91:1"}, (1024, 536)),
        ({"aspect_ratio": "1:0"}, (1024, 1024)),
        ({"aspect_ratio": "landscape_4_3"}, (1024, 768)),
        ({"aspect_ratio": "as before"}, (1024, 1024)),
        ({"aspect_ratio": "1:99999"}, (1, 1024)),
        ({"aspect_ratio": "16:9", "resolution": "4K"}, (4096, 2304)),
        ({"aspect_ratio": "3:2", "resolution": "sharp"}, (1024, 682)),
        ({"resolution": "1080p", "aspect_ratio": "16:9"}, (1920, 1080)),
        ({"resolution": "720P"}, (1280, 1280)),
        ({"resolution": "800x600", "aspect_ratio": "1:1"}, (800, 600)),
    ],
)
def test_a_size_is_read_from_every_documented_field(
    given: dict[str, JSON], pixels: tuple[int, int]
) -> None:
    assert size(given) == pixels


@pytest.mark.parametrize(
    ("given", "defaults", "pixels"),
    [
        ({"width": 640}, {"width": 512, "height": 512}, (640, 512)),
        ({"size": "512x256"}, {"width": 300, "height": 300}, (512, 256)),
        ({"aspect_ratio": "16:9"}, {"size": "512x512"}, (1024, 576)),
        ({"aspect_ratio": "16:9"}, {"resolution": "2K"}, (2048, 1152)),
        ({"resolution": "2K"}, {"aspect_ratio": "16:9"}, (2048, 1152)),
        ({"image_size": "auto"}, {"image_size": "square"}, (512, 512)),
        ({}, {"image_size": "landscape_4_3"}, (1024, 768)),
        ({}, {"width": 640, "height": 480, "size": "256x256"}, (640, 480)),
        ({"size": "512x256", "width": 640, "height": 480}, {}, (640, 480)),
    ],
)
def test_the_requests_own_fields_go_before_every_default(
    given: dict[str, JSON], defaults: dict[str, JSON], pixels: tuple[int, int]
) -> None:
    assert size(given, **defaults) == pixels


@pytest.mark.parametrize(
    ("given", "pixels"),
    [
        ({"width": 4096, "height": 4096}, (4096, 4096)),
        ({"width": 8192, "height": 4096}, (4096, 2048)),
        ({"width": 10**300, "height": 10**300}, (4096, 4096)),
        ({"width": 1e300, "height": 1}, (4096, 1)),
        ({"size": "999999999x1"}, (4096, 1)),
        ({"image_size": {"width": 5000, "height": 5000}}, (4096, 4096)),
    ],
)
def test_a_size_beyond_the_limit_keeps_its_proportions(
    given: dict[str, JSON], pixels: tuple[int, int]
) -> None:
    assert terms()["max_side"] == 4096
    assert size(given) == pixels


@pytest.mark.parametrize(
    ("given", "defaults", "count"),
    [
        ({}, {}, 1),
        ({"n": 3}, {}, 3),
        ({"num_images": 3}, {"n": 1}, 3),
        ({"n": 2, "num_images": 3}, {}, 2),
        ({"n": 2.0}, {}, 2),
        ({"n": True}, {"n": 4}, 4),
        ({"n": "2"}, {}, 1),
        ({"n": -1}, {}, 0),
        ({}, {"num_images": 4}, 4),
    ],
)
def test_the_count_is_read_from_two_fields(
    given: dict[str, JSON], defaults: dict[str, JSON], count: int
) -> None:
    assert image_request(given, **defaults).count == count


@pytest.mark.parametrize(
    ("given", "media_type", "as_base64"),
    [
        ({}, None, False),
        ({"output_format": "jpeg"}, "image/jpeg", False),
        ({"output_format": "jpg"}, "image/jpeg", False),
        ({"output_format": "WebP"}, "image/webp", False),
        ({"output_format": "svg"}, None, False),
        ({"response_format": "png"}, "image/png", False),
        ({"response_format": "b64_json"}, None, True),
        ({"response_format": "url", "output_format": "png"}, "image/png", False),
        ({"response_format": "b64_json", "output_format": "webp"}, "image/webp", True),
        ({"output_format": "b64_json"}, None, False),
        ({"response_format": 1}, None, False),
    ],
)
def test_the_format_and_the_delivery_are_read(
    given: dict[str, JSON], media_type: str | None, as_base64: bool
) -> None:
    made = image_request(given)
    assert (made.media_type, made.as_base64) == (media_type, as_base64)


def test_a_side_that_is_left_out_has_its_documented_default() -> None:
    made = load("flux/schnell").image_request({"image_size": {"width": 640}})
    assert (made.width, made.height) == (640, 768)


def test_an_undocumented_field_has_no_effect() -> None:
    contract = load("dall-e-2@2025-08-19")
    fields = {"image_size": WIDE, "num_images": 3, "output_format": "webp", "width": 64}
    plain = {"model": "dall-e-2", "prompt": "A red fox"}
    assert contract.image_request({**plain, **fields}) == contract.image_request(plain)
