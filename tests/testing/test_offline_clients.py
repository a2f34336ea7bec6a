"""Real clients get images from the mock by the environment of ``mockserver run`` alone."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import pytest

from mockserver.images.inspect import inspect
from tests.clients.node import NoNode, check_node
from tests.process import ROOT, run_process

pytestmark = pytest.mark.slow

CLIENTS = ROOT / "tests" / "clients"
OTHER_PYTHON = Path(f"{sys.prefix}-clients/bin/python")
MODELS = (
    "openai/gpt-image-1",
    "flux/schnell",
    "imagen4/preview",
    "google/imagen4/preview",
    "bytedance/seedream-4-5",
)


def command(client: str) -> list[str]:
    if client == "node":
        try:
            check_node()
        except NoNode as missing:
            pytest.skip(str(missing))
        return ["node", str(CLIENTS / "one_image.mjs")]
    python = sys.executable
    if client in {"aimlapi", "litellm"}:
        python = str(OTHER_PYTHON)
        if not OTHER_PYTHON.exists():
            pytest.skip(f"{client} is not installed: make test-all")
    return [python, str(CLIENTS / "one_image.py"), client]


@pytest.mark.parametrize(
    "client",
    [
        "openai",
        *(
            pytest.param(name, marks=pytest.mark.nightly)
            for name in ("aimlapi", "litellm", "node", "plain")
        ),
    ],
)
def test_a_client_gets_an_image_of_each_model_and_nothing_from_elsewhere(client: str) -> None:
    requests = [json.dumps({"model": model}) for model in MODELS]
    sized = json.dumps({"model": "flux/schnell", "size": "512x512"})
    status, printed, told = run_process("run", *command(client), *requests, sized)
    assert status == 0, told
    images = [inspect(base64.b64decode(json.loads(line))) for line in printed.splitlines()]
    assert len(images) == len(requests) + 1
    if client == "litellm":  # it sends the size as this model documents it
        assert (images[-1].width, images[-1].height) == (512, 512)
