"""The image endpoint: the way of one request, from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice, repeat

from flask import Response, g

from mockserver.app.context import RECORDING, RequestContext
from mockserver.app.faults import FaultContext, FaultKind, fault_kinds, read_preferences
from mockserver.app.faults.prefer_header import WARNING
from mockserver.app.latency import parse_duration
from mockserver.app.limits import Running
from mockserver.app.match_queue import Item, MatchQueue
from mockserver.app.origin import link_origin
from mockserver.app.request_body import read_body
from mockserver.app.responses import flask_response
from mockserver.app.rule_checks import response_findings
from mockserver.app.rules import Rule
from mockserver.app.signed_urls import DEAD, ImageRef
from mockserver.app.state import State
from mockserver.app.tenants import Tenant
from mockserver.contracts import Contract, ImageRequest
from mockserver.contracts.error_catalog import api_error, unknown_model, validation_message
from mockserver.contracts.finding import quote
from mockserver.contracts.response_template import MockResponse, RenderContext
from mockserver.errors import APIError, SettingsError
from mockserver.images.image_library import digest_of
from mockserver.strict_json import JSON

_NO_FAULT = FaultKind("nothing")


class Endpoint:
    """The view of the image endpoint."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def _default(self) -> Contract:
        return next(iter(self._state.contracts.values()))

    def generate(self) -> Response:
        """Return the response to a request for images.

        :raises APIError: when the request gets a documented error instead.
        """
        context: RequestContext = g.context
        tenant = self._state.tenants.authenticated(context.tenant, context.key)
        problem = self._parse(context)
        context.contract = self._contract(context, tenant)
        if isinstance(context.fields, dict) and "model" in context.fields:
            _check_path(context)
        delay = self._find_fault(context, tenant)
        context.contract = self._migrated(context)
        self._add_headers(context)
        running = tenant.running(context.id)
        fault = self._fault_context(context, tenant, running)
        with running:
            fault.sleep(delay)
            mock_response = fault.kind.before_response(fault)
            if mock_response is None:
                context.headers.update(tenant.hit_rate())
                if problem:
                    raise problem
                mock_response = self._respond(context, tenant, fault)
        mock_response = fault.kind.change_response(mock_response, fault)
        if fault.no_effect_reason and context.fault:
            _warn(context, f"fault={context.fault.name}: {fault.no_effect_reason}")
        context.body = mock_response.pieces
        return flask_response(mock_response, context.request.environ, fault.sleep)

    def _parse(self, context: RequestContext) -> APIError | None:
        """Parse the body. Return the error; faults take precedence over it."""
        try:
            context.fields = read_body(context.request.environ)
        except APIError as error:
            return error
        return None

    def _contract(self, context: RequestContext, tenant: Tenant) -> Contract | None:
        """Return the contract of the body's model; None when the model is unknown."""
        model = context.fields.get("model") if isinstance(context.fields, dict) else None
        if not isinstance(model, str):
            model = self._default.model
        return tenant.contracts.get(model) or self._state.contracts.get(model)

    def _migrated(self, context: RequestContext) -> Contract | None:
        """Return the contract of the response: another one of the model where the fault says so."""
        contract_id = context.fault.options.get("contract") if context.fault else None
        if contract_id is None or context.contract is None:
            return context.contract
        try:
            other = self._state.catalog.load(contract_id)
        except SettingsError as error:
            _warn(context, f"fault=migrate: {error}")
            return context.contract
        return other if other.model == context.contract.model else context.contract

    def _add_headers(self, context: RequestContext) -> None:
        """Add the documented headers that an error has, too."""
        contract = context.contract or self._default
        if contract.header_schema:
            context.headers.update(contract.headers.of_any_response(context.request.headers.get))

    def _find_fault(self, context: RequestContext, tenant: Tenant) -> float:
        """Return the fault of a request: that of its ``Prefer`` header, else one of a queue.

        :returns: the seconds that the request wants to wait.
        """
        delay = 0.0
        if header := context.request.environ.get("HTTP_PREFER"):
            preferences = read_preferences(header)
            context.headers.update(preferences.headers())
            context.fault = preferences.fault
            delay = preferences.delay(self._state.random) if preferences.delay else 0.0
        if context.fault is None:
            everybody = tenant.everybody or tenant
            context.fault = self._queued(tenant.faults, everybody.faults, context)
        return delay

    def _queued(
        self, own: MatchQueue[Item], everybody: MatchQueue[Item], context: RequestContext
    ) -> Item | None:
        """Return the first match in the queue of a tenant, else in that of everybody."""
        if not own and not everybody:
            return None
        known = self._known_fields(context)
        first = own.pop_matching(known, context.tenant)
        return first or everybody.pop_matching(known, context.tenant)

    def _known_fields(self, context: RequestContext) -> dict[str, JSON]:
        fields = context.fields if isinstance(context.fields, dict) else {}
        contract = context.contract or self._default
        return {"model": contract.model, **contract.arguments(fields)}

    def _fault_context(
        self, context: RequestContext, tenant: Tenant, running: Running
    ) -> FaultContext:
        fault_context = FaultContext(
            kind=_NO_FAULT,
            options={},
            path=context.path,
            model=context.contract.model if context.contract else None,
            contracts=self._state.contracts,
            request_id=context.id,
            now=self._state.now(tenant),
            errors=(context.contract or self._default).errors,
            sleep=self._state.sleeper(tenant, context.request.environ, running.renew),
        )
        if context.fault:
            kind = fault_kinds()[context.fault.name]
            fault_context.kind, fault_context.options = kind, context.fault.options
            duration = parse_duration(context.fault.options.get("seconds", kind.seconds))
            fault_context.seconds = duration(self._state.random)
        return fault_context

    def _respond(
        self, context: RequestContext, tenant: Tenant, fault: FaultContext
    ) -> MockResponse:
        """Return the response of a rule, else a recorded one, else that of the contract."""
        everybody = tenant.everybody or tenant
        if rule := self._queued(tenant.rules, everybody.rules, context):
            return self._respond_by_rule(context, tenant, fault, rule)
        if recorded := self._replay(context, tenant, fault):
            return recorded
        self._validate(context)
        return self._make(context, tenant, fault)

    def _respond_by_rule(
        self, context: RequestContext, tenant: Tenant, fault: FaultContext, rule: Rule
    ) -> MockResponse:
        """Return the response of a rule; what it breaks in the contract is a finding."""
        mock_response = rule.response
        if mock_response is None:
            self._validate(context)
            context.rule = rule
            mock_response = rule.change(self._make(context, tenant, fault))
        else:
            context.rule = rule
            fault.sleep(rule.latency(self._state.random) if rule.latency else 0)
        if rule.is_checked:
            contract = context.contract or self._default
            context.findings = response_findings(contract, rule, context.fields, mock_response)
        return mock_response

    def _replay(
        self, context: RequestContext, tenant: Tenant, fault: FaultContext
    ) -> MockResponse | None:
        """Return the response that was recorded for such a request, if there is one."""
        replay = self._state.replay
        if replay is None:
            return None
        recorded = replay.respond(context, tenant.count, fault.sleep)
        if recorded is None:
            return None
        if recorded.name:
            context.recording = context.headers[RECORDING] = recorded.name
        image_refs: Sequence[ImageRef] = [
            image_ref._replace(tenant=context.tenant) for image_ref in recorded.image_refs
        ]
        if fault.kind.applies_to_recordings:
            image_refs = fault.kind.change_images(image_refs, fault)
        context.image_refs = [ref for ref in image_refs if ref.defect != DEAD]
        context.images = [ref.image(replay) for ref in context.image_refs]
        link = partial(self._link, image_refs, self._state.now(tenant), "")
        cost = self._state.settings.cost * len(recorded.image_refs)
        with tenant.charged(cost, fault.errors):
            return recorded.response(lambda i: image_refs[i].render(replay).base64(), link)

    def _validate(self, context: RequestContext) -> None:
        if context.contract is None:
            raise unknown_model(context.fields["model"], self._state.contracts)
        if findings := context.contract.request_findings(context.fields):
            raise api_error("validation", *validation_message(findings))
        if "model" not in context.fields:  # else it is checked already
            _check_path(context)

    def _make(self, context: RequestContext, tenant: Tenant, fault: FaultContext) -> MockResponse:
        """Charge a valid request, wait, and return the response that carries its images."""
        contract, state = context.contract, self._state
        assert contract is not None
        image_request = fault.kind.change_request(contract.image_request(context.fields))
        cost = state.settings.cost * image_request.count
        with tenant.charged(cost, contract.errors):
            if context.rule and context.rule.latency:
                fault.sleep(context.rule.latency(state.random))
            elif state.latency:
                fault.sleep(state.latency(image_request, state.random))
            now = state.now(tenant)
            pieces = self._render(context, contract, fault, image_request, now)
        headers = contract.headers.of_success(cost)
        return MockResponse(contract.success, pieces, headers=headers)

    def _render(
        self,
        context: RequestContext,
        contract: Contract,
        fault: FaultContext,
        image_request: ImageRequest,
        now: float,
    ) -> list[bytes]:
        """Choose the images of a request, and render the body that carries them."""
        state, prompt = self._state, context.prompt
        context.source = "fixture"
        variation = state.variation(prompt, image_request)
        context.variation = variation.name
        media_type = image_request.media_type or variation.media_type
        digest = digest_of(prompt)
        own = context.rule and context.rule.image
        names = repeat(own) if own else state.image_library.choose(prompt)
        size = (image_request.width, image_request.height)
        chosen = [
            ImageRef(contract.id, digest, i, name, *size, context.tenant, media_type=media_type)
            for i, name in enumerate(islice(names, image_request.count))
        ]
        image_refs = fault.kind.change_images(chosen, fault)
        context.image_refs = image_refs
        context.images = [image_ref.image(state.image_library) for image_ref in image_refs]
        render_context = RenderContext(
            arguments=contract.arguments(context.fields),
            images=context.images,
            base64=lambda i: image_refs[i].tagged(context.images[i]).base64(),
            url=partial(self._link, image_refs, now, variation.padding),
            now=max(0, now - variation.age),
            cost=state.settings.cost * image_request.count,
        )
        template = state.template(contract, variation)
        return template.render(render_context, as_base64=image_request.as_base64)

    def _link(self, image_refs: Sequence[ImageRef], now: float, padding: str, index: int) -> str:
        origin = link_origin(self._state.settings.public_url)
        return origin + self._state.links.write(image_refs[index], now, padding)


def _check_path(context: RequestContext) -> None:
    """Raise the documented 404 where a contract does not document the path of the request."""
    contract, rule = context.contract, context.request.url_rule
    if contract and rule and rule.rule not in contract.paths:
        expected = " or ".join(f"{contract.method} {path}" for path in contract.paths)
        received = f"{context.method} {quote(context.path)}"
        raise api_error(
            "not-found", f"Expected {expected} for {contract.model}, received {received}"
        )


def _warn(context: RequestContext, message: str) -> None:
    """Add a warning that the fault changed nothing to the journal and the headers."""
    context.message = message
    warnings = [context.headers[WARNING]] if WARNING in context.headers else []
    context.headers[WARNING] = "; ".join([*warnings, ascii(message)[1:-1]])
