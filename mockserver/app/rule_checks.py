"""Hold what rules respond with to the contract, when they are set and at each response."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache

from mockserver.app.body_pieces import without_large
from mockserver.app.rules import Rule
from mockserver.contracts import Contract, Exchange, Finding, Request, Response
from mockserver.contracts.exchange import RESPONSE_BODY
from mockserver.contracts.finding import first_lines
from mockserver.contracts.image_checks import leaves
from mockserver.contracts.response_template import MockResponse, RenderContext, Template
from mockserver.contracts.samples import plain_request
from mockserver.images import PNG, ImageLibrary
from mockserver.strict_json import JSON

_MAX_WARNINGS = 5

_CHOSEN = ("/response/status", RESPONSE_BODY)
"""What a rule responds with; the headers are the mock's own."""

_LINK = "https://images.test/image.png"


def response_findings(
    contract: Contract, rule: Rule, fields: JSON, mock_response: MockResponse
) -> list[Finding]:
    """Return what a response breaks in its status and its body, which a rule responds with.

    The mock's own images are not checked, since that takes far longer than all else.

    :param fields: the parsed body of the request.
    """
    sent = {"authorization": "Bearer key", "content-type": "application/json"}
    request = Request(contract.method, contract.path, sent, json.dumps(fields).encode())
    received = {"content-type": mock_response.media_type}
    has_images, pieces = _has_images(rule, contract), mock_response.pieces
    body = b"".join(pieces) if has_images else without_large(pieces)
    exchange = Exchange(request, Response(mock_response.status, received, body))
    found = contract.findings(exchange, decode_images=has_images)
    return [finding for finding in found if finding.pointer.startswith(_CHOSEN)]


def _has_images(rule: Rule, contract: Contract) -> bool:
    """Return whether a rule may respond with other images in base64 than the mock's own."""
    return rule.merge is None or any(
        name == "image.base64" for _, name, _ in leaves(contract.shape, rule.merge, "")
    )


def with_warnings(
    rules: Iterable[Rule], contracts: Mapping[str, Contract], library: ImageLibrary
) -> list[Rule]:
    """Return rules with warnings: what each breaks in the contract of the model that it matches.

    A rule that names no model is held to the contract of the default model.

    :param contracts: the served ones by model, the default one first.
    """
    sample = cache(lambda contract: _sample_response(contract, library))
    return [replace(rule, warnings=_warnings(rule, contracts, sample)) for rule in rules]


def _warnings(
    rule: Rule, contracts: Mapping[str, Contract], sample: Callable[[Contract], MockResponse]
) -> list[str]:
    model = rule.match.model or next(iter(contracts))
    contract = contracts.get(model)
    if contract is None:
        return [f"no contract of {model!r} is served"]
    if not rule.is_checked:
        return []
    response = rule.response or rule.change(sample(contract))
    found = response_findings(contract, rule, plain_request(contract), response)
    return first_lines([f"{contract.id}: {finding}" for finding in found], _MAX_WARNINGS)


def _sample_response(contract: Contract, library: ImageLibrary) -> MockResponse:
    """Return the response of a contract to its plain request."""
    fields = plain_request(contract)
    image_request = contract.image_request(fields)
    size, media_type = (image_request.width, image_request.height), image_request.media_type
    image = library.image(library.names[0], size, media_type or PNG.media_type)
    render_context = RenderContext(
        arguments=contract.arguments(fields),
        images=[image] * image_request.count,
        base64=lambda _: image.with_metadata({}).base64(),
        url=lambda _: _LINK,
        now=0,
        cost=0,
    )
    pieces = Template(contract).render(render_context, as_base64=image_request.as_base64)
    return MockResponse(contract.success, pieces)
