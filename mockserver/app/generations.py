"""The image endpoint: the way of one request, from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from hmac import compare_digest
from itertools import islice
from urllib.parse import urlsplit

from flask import Response, g, request
from werkzeug.urls import iri_to_uri

from mockserver.app.context import RECORDING, RequestContext
from mockserver.app.faults import (
    Fault,
    FaultBehavior,
    FaultContext,
    Sleep,
    make_behavior,
    read_preferences,
)
from mockserver.app.faults.prefer_header import WARNING
from mockserver.app.shared_body import shared_body
from mockserver.app.signed_urls import DEAD, ImageRef
from mockserver.app.state import State
from mockserver.app.tenants import Tenant
from mockserver.contracts import Contract, Finding, ImageRequest, Level
from mockserver.contracts.error_catalog import api_error, validation_message
from mockserver.contracts.finding import quote
from mockserver.contracts.messages import expectation
from mockserver.contracts.response_template import MockResponse, RenderContext
from mockserver.errors import APIError
from mockserver.images.library import digest_of
from mockserver.strict_json import JSONTextError, parse

__all__ = ["Endpoint"]

_NOTHING_WRONG = FaultBehavior(Fault(name="none"))


class Endpoint:
    """What answers requests for images."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._keys = [key.encode() for key in state.settings.api_keys]

    @property
    def _default(self) -> Contract:
        return next(iter(self._state.contracts.values()))

    def generate(self) -> Response:
        """Answer a request for images.

        :raises Refusal: when the request gets a documented error instead.
        """
        context: RequestContext = g.context
        tenant = self._authenticate(context)
        problem = self._parse(context)
        context.contract = self._contract(context, tenant)
        delay, behavior = self._find_fault(context, tenant)
        sleep = self._state.sleeper(tenant, request.environ)
        with tenant.concurrency_limit.entered():
            sleep(delay)
            mock_response = behavior.before_response(self._fault_context(context, tenant, sleep))
            if mock_response is None:
                self._limit(context, tenant)
                if problem:
                    raise problem
                mock_response = self._repeat(context, tenant, behavior)
            if mock_response is None:
                self._validate(context, behavior)
                mock_response = self._make(context, tenant, behavior, sleep)
        response = _flask_response(behavior.change_response(mock_response), sleep)
        if behavior.no_effect_reason:
            _warn(context, behavior)
        return response

    def _authenticate(self, context: RequestContext) -> Tenant:
        """Check the key, and find what is kept for it."""
        key = context.key.encode()
        known = [compare_digest(key, good) for good in self._keys]
        if not key or (known and not any(known)):
            raise api_error("unauthorized")
        return self._state.tenants.get(context.tenant, context.key)

    def _parse(self, context: RequestContext) -> APIError | None:
        """Parse the body; what is wrong with it is for later, since a fault may come first."""
        if request.mimetype != "application/json":
            received = quote(request.mimetype) if request.mimetype else "nothing"
            line = f"Content-Type: Expected 'application/json', received {received}"
            return api_error("validation", line)
        try:
            context.fields = parse(request.get_data(cache=False))
        except JSONTextError as error:
            return api_error("validation", str(error))
        return None

    def _contract(self, context: RequestContext, tenant: Tenant) -> Contract | None:
        """Pick the contract by the body's model; None when there is none."""
        model = context.fields.get("model") if isinstance(context.fields, dict) else None
        served = {**self._state.contracts, **tenant.contracts}
        return served.get(model if isinstance(model, str) else self._default.model)

    def _find_fault(self, context: RequestContext, tenant: Tenant) -> tuple[float, FaultBehavior]:
        """Find what goes wrong on demand: what the request asks for itself, else what waits.

        The number is the seconds that the request asks to be kept waiting.
        """
        preferences = read_preferences(", ".join(request.headers.getlist("Prefer")))
        context.headers.update(preferences.headers())
        delay = preferences.delay(self._state.random) if preferences.delay else 0
        context.fault = preferences.fault or self._queued_fault(context, tenant)
        return delay, make_behavior(context.fault) if context.fault else _NOTHING_WRONG

    def _queued_fault(self, context: RequestContext, tenant: Tenant) -> Fault | None:
        everybody = self._state.faults
        if not tenant.faults and not everybody:
            return None
        fields = context.fields if isinstance(context.fields, dict) else {}
        contract = context.contract or self._default
        known = {"model": contract.model, **contract.arguments(fields)}
        return tenant.faults.pop_matching(known, context.tenant) or everybody.pop_matching(
            known, context.tenant
        )

    def _fault_context(self, context: RequestContext, tenant: Tenant, sleep: Sleep) -> FaultContext:
        return FaultContext(
            path=request.path,
            request_id=context.id,
            now=self._state.now(tenant),
            sleep=sleep,
            random=self._state.random,
        )

    def _limit(self, context: RequestContext, tenant: Tenant) -> None:
        if tenant.rate:
            context.headers.update(tenant.rate.hit())

    def _repeat(
        self, context: RequestContext, tenant: Tenant, behavior: FaultBehavior
    ) -> MockResponse | None:
        """Give the answer that was recorded for such a request, if there is one."""
        replay = self._state.replay
        if replay is None:
            return None
        recorded_response = replay.find(context.fields, tenant.recorded_response)
        if recorded_response is None and self._state.settings.replay_only:
            raise api_error("not-found", f"Not recorded: {replay.nearest(context.fields)}.")
        if recorded_response is None:
            return None
        context.recording = context.headers[RECORDING] = recorded_response.recording.file.name
        found = [
            replace(image_ref, tenant=context.tenant) for image_ref in recorded_response.image_refs
        ]
        changed_refs = behavior.change_images(found)
        image_refs = changed_refs if len(changed_refs) == len(found) else found
        tenant.credits.spend(self._state.settings.cost * len(found))
        tagged = [self._state.render(n) for n in image_refs if n.defect != DEAD]
        context.images = [each.image for each in tagged]
        link = partial(self._link, image_refs, self._state.now(tenant), "")
        return recorded_response.response(
            lambda i: self._state.render(image_refs[i]).base64(), link
        )

    def _validate(self, context: RequestContext, behavior: FaultBehavior) -> None:
        """Hold the request against the contract that answers it."""
        if context.contract is None:
            unknown = _unknown_model(context.fields["model"], self._state.contracts)
            raise api_error("validation", *validation_message([unknown]))
        if behavior.contract and behavior.contract.model == context.contract.model:
            context.contract = behavior.contract
        if found := context.contract.request_findings(context.fields):
            raise api_error("validation", *validation_message(found))

    def _make(
        self, context: RequestContext, tenant: Tenant, behavior: FaultBehavior, sleep: Sleep
    ) -> MockResponse:
        """Make the images that a valid request asks for, and the answer that carries them."""
        contract, state = context.contract, self._state
        assert contract is not None
        arguments = contract.arguments(context.fields)
        image_request = behavior.change_request(contract.image_request(context.fields))
        cost = state.settings.cost * image_request.count
        tenant.credits.spend(cost)
        if state.latency:
            sleep(state.latency(image_request, state.random))
        variation = state.variation(image_request)
        context.variation = variation.name
        now = state.now(tenant)
        kind = image_request.media_type or variation.media_type
        image_refs = behavior.change_images(
            self._image_refs(context, contract, image_request, kind)
        )
        images = [state.render(image_ref) for image_ref in image_refs]
        context.images = [tagged.image for tagged in images]
        link = partial(self._link, image_refs, now, variation.padding)
        render_context = RenderContext(arguments, images, link, max(0, now - variation.age), cost)
        pieces = state.template(contract, variation).render(
            render_context, as_base64=image_request.as_base64
        )
        return MockResponse(contract.success, pieces)

    def _image_refs(
        self,
        context: RequestContext,
        contract: Contract,
        image_request: ImageRequest,
        media_type: str,
    ) -> Sequence[ImageRef]:
        digest = digest_of(image_request.prompt)
        names = islice(self._state.library.choose(image_request.prompt), image_request.count)
        size = (image_request.width, image_request.height)
        return [
            ImageRef(
                contract.id, digest, i, name, *size, tenant=context.tenant, media_type=media_type
            )
            for i, name in enumerate(names)
        ]

    def _link(self, image_refs: Sequence[ImageRef], now: float, padding: str, index: int) -> str:
        origin = self._state.settings.public_url or _request_origin()
        return origin.rstrip("/") + self._state.links.write(image_refs[index], now, padding)


def _warn(context: RequestContext, behavior: FaultBehavior) -> None:
    """Say in the journal, and in a header, that a fault has changed nothing."""
    context.message = f"fault={behavior.fault.name}: {behavior.no_effect_reason}"
    warned = [context.headers[WARNING]] if WARNING in context.headers else []
    context.headers[WARNING] = "; ".join([*warned, ascii(context.message)[1:-1]])


def _request_origin() -> str:
    """Give the origin that the caller used.

    :raises Refusal: when the request's headers name none.
    """
    with suppress(ValueError):
        origin = iri_to_uri(request.root_url)
        if urlsplit(origin).hostname and origin.startswith(("http://", "https://")):
            return origin
    received = quote(request.headers.get("Host", ""))
    raise api_error(
        "validation", f"Host: Expected a host that links can lead to, received {received}"
    )


def _unknown_model(model: str, served: Mapping[str, Contract]) -> Finding:
    known = expectation("enum", list(served))
    return Finding(Level.DOCUMENTED, "/request/body/model", "enum", known, quote(model))


def _flask_response(mock_response: MockResponse, sleep: Sleep) -> Response:
    body: Iterable[bytes] = mock_response.pieces
    if mock_response.delay:
        body = _delayed(mock_response, sleep)
    elif mock_response.length is None:
        body = shared_body(request.environ, mock_response.pieces)
    response = Response(
        body, mock_response.status, mimetype=mock_response.media_type, direct_passthrough=True
    )
    response.headers.update(mock_response.headers)
    if not mock_response.delay:
        response.content_length = mock_response.length or sum(map(len, mock_response.pieces))
    return response


def _delayed(mock_response: MockResponse, sleep: Sleep) -> Iterator[bytes]:
    for i, piece in enumerate(mock_response.pieces):
        sleep(mock_response.delay if i else 0)
        yield piece
