"""Hold what rules respond with to the contract, at their load and at each response."""

from __future__ import annotations

import json
from collections.abc import Mapping

from mockserver.app.rules import Rule
from mockserver.contracts import Contract, Exchange, Finding, Request, Response
from mockserver.contracts.exchange import RESPONSE_BODY
from mockserver.contracts.response_template import MockResponse, RenderContext, Template
from mockserver.contracts.samples import plain_request
from mockserver.images import PNG, ImageLibrary
from mockserver.strict_json import JSON

__all__ = ["response_findings", "rule_warnings"]

_MAX_WARNINGS = 5

_CHOSEN = ("/response/status", RESPONSE_BODY)
"""What a rule responds with; the headers are the mock's own."""

_LINK = "https://images.test/image.png"


def response_findings(
    contract: Contract, fields: JSON, mock_response: MockResponse
) -> list[Finding]:
    """Return what a response breaks in its status and its body, which a rule responds with.

    :param fields: the parsed body of the request.
    """
    sent = {"authorization": "Bearer key", "content-type": "application/json"}
    request = Request(contract.method, contract.path, sent, json.dumps(fields).encode())
    received = {"content-type": mock_response.media_type}
    response = Response(mock_response.status, received, b"".join(mock_response.pieces))
    return [
        finding
        for finding in contract.findings(Exchange(request, response))
        if finding.pointer.startswith(_CHOSEN)
    ]


def rule_warnings(
    rule: Rule, contracts: Mapping[str, Contract], library: ImageLibrary
) -> list[str]:
    """Return what the response of a rule breaks in the contract of the model that it matches.

    A rule that names no model is held to the contract of the default model.

    :param contracts: the served ones by model, the default one first.
    """
    model = rule.match.model or next(iter(contracts))
    contract = contracts.get(model)
    if contract is None:
        return [f"no contract of {model!r} is served"]
    if not rule.is_checked:
        return []
    fields = plain_request(contract)
    response = rule.response or rule.change(_sample(contract, fields, library))
    found = response_findings(contract, fields, response)
    more = [f"and {len(found) - _MAX_WARNINGS} more"] if len(found) > _MAX_WARNINGS else []
    return [*(f"{contract.id}: {finding}" for finding in found[:_MAX_WARNINGS]), *more]


def _sample(contract: Contract, fields: Mapping[str, JSON], library: ImageLibrary) -> MockResponse:
    """Return the response of a contract to a request."""
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
