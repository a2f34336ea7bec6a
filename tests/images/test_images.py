"""Images are chosen by prompt, tagged with where they come from, and encoded only once."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from collections.abc import Callable, Iterable
from hashlib import sha256
from itertools import islice
from typing import cast

import pytest
from flask import Flask
from PIL import Image as PILImage

from mockserver.images import PNG, Image, ImageLibrary, TaggedImage
from mockserver.strict_json import JSON
from tests.http import BEARER, CONTRACTS, NEWEST, PAGE_PROMPT, PATH, PINNED, Generate, MakeClient

MockFor = Callable[[str], Generate]


def chosen(prompt: str, count: int = 6, seed: int = 0) -> list[str]:
    return list(islice(ImageLibrary(seed).choose(prompt), count))


def images_of(response: JSON) -> list[bytes]:
    choices = response["output"]["choices"] if "output" in response else response["data"]
    texts = [choice.get("image_base64") or choice["b64_json"] for choice in choices]
    return [b64decode(text, validate=True) for text in texts]


def labels(image: bytes) -> dict[str, str]:
    with PILImage.open(io.BytesIO(image)) as pil_image:
        pil_image.load()
        return {str(name): str(text) for name, text in pil_image.info.items()}


def test_the_choice_is_the_same_every_time() -> None:
    assert chosen("A red fox", 12) == chosen("A red fox", 12)


def test_images_differ_while_there_are_enough() -> None:
    names = ImageLibrary().names
    for prompt in (PAGE_PROMPT, "A red fox", ""):
        assert sorted(chosen(prompt, len(names))) == sorted(names)
        assert chosen(prompt, 10)[len(names) :] == chosen(prompt, 10)[: 10 - len(names)]


def test_prompts_begin_with_different_images() -> None:
    first = {chosen(f"Prompt {i}", 1)[0] for i in range(100)}
    assert first == set(ImageLibrary().names)


def test_the_seed_chooses_other_images() -> None:
    prompts = [f"Prompt {i}" for i in range(40)]
    assert [chosen(p, 1, seed=1) for p in prompts] != [chosen(p, 1, seed=2) for p in prompts]


@pytest.mark.parametrize("seed", [0, 1, -5])
def test_the_pages_own_prompt_gets_the_t_rex_whatever_the_seed(seed: int) -> None:
    assert chosen(PAGE_PROMPT, 1, seed) == ["t-rex"]


def test_a_response_holds_the_chosen_images_in_order(generate: Generate) -> None:
    response = generate.response(prompt=PAGE_PROMPT, n=3, size="256x256")
    library = ImageLibrary()
    for name, data in zip(chosen(PAGE_PROMPT, 3), images_of(response), strict=True):
        fixture = library.image(name, (256, 256)).data
        assert data.startswith(fixture[: PNG.head_length])
        assert data.endswith(fixture[PNG.head_length :])


@pytest.mark.parametrize("contract_id", CONTRACTS)
def test_an_image_names_where_it_comes_from(mock_for: MockFor, contract_id: str) -> None:
    prompt, size = "🦖 на пляже", "1024x1024"
    exchange = mock_for(contract_id).exchange(prompt=prompt, size=size, response_format="b64_json")
    (image,) = images_of(json.loads(exchange.response.body))
    found = labels(image)
    assert found.pop("Software").rstrip() == "aimlapi-mockserver"
    assert found == {
        "model": contract_id.partition("@")[0],
        "contract": contract_id,
        "prompt-sha256": sha256(prompt.encode()).hexdigest(),
        "index": "0",
    }


def test_an_image_behind_a_link_has_the_same_labels_as_in_the_response(mock_for: MockFor) -> None:
    generate = mock_for(NEWEST)
    exchange = generate.exchange(n=3, size="256x256")
    sent = images_of(generate.response(n=3, size="256x256", response_format="b64_json"))
    links = [item["url"] for item in json.loads(exchange.response.body)["data"]]
    assert [generate.client.get(link).data for link in links] == sent
    assert [labels(image)["index"] for image in sent] == ["0", "1", "2"]


def test_two_prompts_never_get_identical_bytes(generate: Generate) -> None:
    prompts = [f"Prompt {i}" for i in range(30)]
    assert len({chosen(prompt, 1)[0] for prompt in prompts}) < len(prompts)
    got = {images_of(generate.response(prompt=p, size="256x256"))[0] for p in prompts}
    assert len(got) == len(prompts)


def test_one_response_never_holds_the_same_bytes_twice(generate: Generate) -> None:
    assert len(set(images_of(generate.response(n=10, size="256x256")))) == 10


def pieces(app: Flask, body: JSON, headers: dict[str, str] = BEARER) -> list[bytes]:
    """The pieces of a response's body as the app passes them to its server."""
    with app.test_request_context(PATH, method="POST", json=body, headers=headers):
        return list(cast("Iterable[bytes]", app.full_dispatch_request().response))


@pytest.mark.parametrize("contract_id", [PINNED, NEWEST])
@pytest.mark.parametrize("size", ["256x256", "1024x1024"])
def test_all_requests_share_the_very_same_base64(
    make_client: MakeClient, contract_id: str, size: str
) -> None:
    app = make_client(contracts=(contract_id,)).application
    body = {"model": "dall-e-2", "prompt": "A", "size": size, "response_format": "b64_json"}
    same = next(f"B{i}" for i in range(99) if chosen(f"B{i}", 1) == chosen("A", 1))
    first, second = (
        pieces(app, body),
        pieces(app, {**body, "prompt": same}, {"Authorization": "Bearer mock-2"}),
    )
    largest, also_largest = (max(each, key=len) for each in (first, second))
    assert largest is also_largest
    assert sum(map(len, first)) - len(largest) < 3000


def test_a_linked_image_shares_its_bytes_too(make_client: MakeClient) -> None:
    app = make_client(contracts=(NEWEST,)).application
    link = Generate(app.test_client()).response(size="256x256")["data"][0]["url"]

    def largest_piece() -> bytes:
        with app.test_request_context(link):
            return max(cast("Iterable[bytes]", app.full_dispatch_request().response), key=len)

    assert largest_piece() is largest_piece()


@pytest.mark.parametrize("text", ["", "a", "ab", "abc", "x" * 64])
def test_the_base64_of_a_tagged_image_is_that_of_its_file(text: str) -> None:
    tagged = ImageLibrary().image("t-rex", (256, 256)).with_metadata({"label": text})
    whole = b"".join(tagged.file())
    assert b64decode(b"".join(tagged.base64()), validate=True) == whole
    assert len(tagged) == len(whole)
    assert labels(whole)["label"] == text


def test_an_image_is_split_into_a_head_and_a_rest() -> None:
    image = Image("any", 1, 1, bytes(range(60)))
    assert image.head + image.rest == image.data
    assert b64decode(b"".join(TaggedImage(image).base64())) == image.data
