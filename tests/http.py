"""Send requests to the mock in process, and return its responses as exchanges."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.contracts import Contract, Exchange, Request, Response, default_catalog
from mockserver.recording.response_images import image_links
from mockserver.strict_json import JSON

PATH = "/v1/images/generations"
PAGE_PROMPT = "A T-Rex relaxing on a beach, lying on a sun lounger and wearing sunglasses."
PINNED = "dall-e-2@2025-08-19"
NEWEST = "dall-e-2@2026-01-16"
ALL_CONTRACTS = default_catalog().ids
CONTRACTS = default_catalog().sample
"""The contracts that were written by hand: every shape of a response, in few of them."""
LATEST = {name.partition("@")[0]: name for name in ALL_CONTRACTS}
"""The latest contract of each model."""
DEFAULTS = [PINNED, *(name for model, name in LATEST.items() if model != "dall-e-2")]
"""The contracts that a mock serves by default, in its order."""

SECRET = "mock-secret"
BEARER = {"Authorization": "Bearer mock-key"}
NOW = 1_748_502_693.0
"""The ``created`` of the published sample: 2025-05-29T07:11:33Z."""


def load(contract_id: str) -> Contract:
    """One of the shipped contracts."""
    return default_catalog().load(contract_id)


@dataclass
class FrozenClock:
    """Returns one time, in seconds since 1970, until it is set to another."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


class MakeClient(Protocol):
    """Returns a client of a mock with its own settings, on the frozen clock."""

    def __call__(self, **settings: JSON) -> FlaskClient: ...


class Serve(Protocol):
    """Starts ``mockserver serve`` as a process and returns its base URL."""

    def __call__(self, *options: str) -> str: ...


@dataclass(frozen=True)
class Generate:
    """Requests images: the fields of the body are keywords; model and prompt have defaults."""

    client: FlaskClient
    headers: Mapping[str, str] = field(default_factory=lambda: dict(BEARER))
    model: str = "dall-e-2"

    def __call__(self, **fields: JSON) -> TestResponse:
        """Send a valid body with ``fields`` in it."""
        return self.send(self.body(fields))

    def response(self, **fields: JSON) -> JSON:
        """Send a valid body with ``fields`` in it, and parse the response's."""
        return json.loads(self(**fields).data)

    def exchange(self, **fields: JSON) -> Exchange:
        """Send a valid body with ``fields`` in it, and follow the response's links."""
        return self.exchange_of(json.dumps(self.body(fields)).encode())

    def exchange_of(self, body: bytes) -> Exchange:
        """Send any bytes as the body, and follow the response's links."""
        headers = {**self.headers, "Content-Type": "application/json"}
        request = Request("POST", PATH, headers, body)
        response = _response(self.client.post(PATH, data=body, headers=headers))
        links = image_links(response)
        return Exchange(request, response, {link: self._download(link) for link in links})

    def send(self, body: JSON) -> TestResponse:
        """Send any JSON value as the body."""
        return self.client.post(PATH, json=body, headers=self.headers)

    def body(self, fields: Mapping[str, JSON]) -> dict[str, JSON]:
        """A valid body with ``fields`` in it."""
        return {"model": self.model, "prompt": "A red fox in the snow", **fields}

    def _download(self, link: str) -> Response:
        return _response(self.client.get(link))


def _response(response: TestResponse) -> Response:
    return Response(response.status_code, dict(response.headers), response.data)
