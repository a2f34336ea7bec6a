"""The image endpoint: the way of one request, from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from hmac import compare_digest
from itertools import islice
from urllib.parse import urlsplit

from flask import Response, g, request
from werkzeug.urls import iri_to_uri

from mockserver.app.context import RECORDING, Call
from mockserver.app.faults import Effect, Fault, Occasion, Sleep, effect_of, read_preferences
from mockserver.app.faults.prefer_header import WARNING
from mockserver.app.signed_urls import DEAD, Negative
from mockserver.app.state import State
from mockserver.app.tenants import Tenant
from mockserver.contracts import Contract, Finding, Level, Order
from mockserver.contracts.finding import quote
from mockserver.contracts.messages import expectation
from mockserver.contracts.refusals import refusal, validation_message
from mockserver.contracts.response_template import Answer, Filling
from mockserver.errors import Refusal
from mockserver.images.library import digest_of
from mockserver.strict_json import JSONTextError, parse

__all__ = ["Endpoint"]

_NOTHING_WRONG = Effect(Fault(name="none"))


class Endpoint:
    """What answers requests for pictures."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._keys = [key.encode() for key in state.settings.api_keys]

    @property
    def _default(self) -> Contract:
        return next(iter(self._state.contracts.values()))

    def generate(self) -> Response:
        """Answer a request for pictures.

        :raises Refusal: when the request gets a documented error instead.
        """
        call: Call = g.call
        tenant = self._authenticate(call)
        problem = self._parse(call)
        call.contract = self._contract(call, tenant)
        delay, effect = self._due(call, tenant)
        sleep = self._state.sleeper(tenant, request.environ)
        with tenant.gate.entered():
            sleep(delay)
            answer = effect.instead(self._occasion(call, tenant, sleep))
            if answer is None:
                self._limit(call, tenant)
                if problem:
                    raise problem
                answer = self._repeat(call, tenant, effect)
            if answer is None:
                self._choose(call, effect)
                answer = self._make(call, tenant, effect, sleep)
        response = _response(effect.answer(answer), sleep)
        if effect.missed:
            _warn(call, effect)
        return response

    def _authenticate(self, call: Call) -> Tenant:
        """Check the key, and find what is kept for it."""
        key = call.key.encode()
        known = [compare_digest(key, good) for good in self._keys]
        if not key or (known and not any(known)):
            raise refusal("unauthorized")
        return self._state.tenants.of(call.tenant, call.key)

    def _parse(self, call: Call) -> Refusal | None:
        """Parse the body; what is wrong with it is for later, since a fault may come first."""
        if request.mimetype != "application/json":
            received = quote(request.mimetype) if request.mimetype else "nothing"
            line = f"Content-Type: Expected 'application/json', received {received}"
            return refusal("validation", line)
        try:
            call.fields = parse(request.get_data(cache=False))
        except JSONTextError as error:
            return refusal("validation", str(error))
        return None

    def _contract(self, call: Call, tenant: Tenant) -> Contract | None:
        """Pick the contract by the body's model; None when there is none."""
        model = call.fields.get("model") if isinstance(call.fields, dict) else None
        served = {**self._state.contracts, **tenant.contracts}
        return served.get(model if isinstance(model, str) else self._default.model)

    def _due(self, call: Call, tenant: Tenant) -> tuple[float, Effect]:
        """Find what goes wrong on demand: what the request asks for itself, else what waits.

        The number is the seconds that the request asks to be kept waiting.
        """
        preferences = read_preferences(", ".join(request.headers.getlist("Prefer")))
        call.headers.update(preferences.headers())
        delay = preferences.delay(self._state.random) if preferences.delay else 0
        call.fault = preferences.fault or self._waiting(call, tenant)
        return delay, effect_of(call.fault) if call.fault else _NOTHING_WRONG

    def _waiting(self, call: Call, tenant: Tenant) -> Fault | None:
        everybody = self._state.faults
        if not tenant.faults and not everybody:
            return None
        fields = call.fields if isinstance(call.fields, dict) else {}
        contract = call.contract or self._default
        known = {"model": contract.model, **contract.arguments(fields)}
        return tenant.faults.due(known, call.tenant) or everybody.due(known, call.tenant)

    def _occasion(self, call: Call, tenant: Tenant, sleep: Sleep) -> Occasion:
        return Occasion(
            path=request.path,
            request_id=call.id,
            now=self._state.now(tenant),
            sleep=sleep,
            random=self._state.random,
        )

    def _limit(self, call: Call, tenant: Tenant) -> None:
        if tenant.rate:
            call.headers.update(tenant.rate.hit())

    def _repeat(self, call: Call, tenant: Tenant, effect: Effect) -> Answer | None:
        """Give the answer that was recorded for such a request, if there is one."""
        replay = self._state.replay
        if replay is None:
            return None
        replayed = replay.find(call.fields, tenant.replayed)
        if replayed is None and self._state.settings.replay_only:
            raise refusal("not-found", f"Not recorded: {replay.nearest(call.fields)}.")
        if replayed is None:
            return None
        call.recording = call.headers[RECORDING] = replayed.recorded.file.name
        found = [replace(negative, tenant=call.tenant) for negative in replayed.negatives]
        flawed = effect.negatives(found)
        negatives = flawed if len(flawed) == len(found) else found
        tenant.credits.spend(self._state.settings.cost * len(found))
        stamped = [self._state.develop(n) for n in negatives if n.flaw != DEAD]
        call.pictures = [each.picture for each in stamped]
        link = partial(self._link, negatives, self._state.now(tenant), "")
        return replayed.answer(lambda i: self._state.develop(negatives[i]).base64(), link)

    def _choose(self, call: Call, effect: Effect) -> None:
        """Hold the request against the contract that answers it."""
        if call.contract is None:
            unknown = _unknown_model(call.fields["model"], self._state.contracts)
            raise refusal("validation", *validation_message([unknown]))
        if effect.contract and effect.contract.model == call.contract.model:
            call.contract = effect.contract
        if found := call.contract.request_findings(call.fields):
            raise refusal("validation", *validation_message(found))

    def _make(self, call: Call, tenant: Tenant, effect: Effect, sleep: Sleep) -> Answer:
        """Make the pictures that a valid request asks for, and the answer that carries them."""
        contract, state = call.contract, self._state
        assert contract is not None
        arguments = contract.arguments(call.fields)
        order = effect.order(contract.order(call.fields))
        cost = state.settings.cost * order.count
        tenant.credits.spend(cost)
        if state.latency:
            sleep(state.latency(order, state.random))
        variation = state.variation(order)
        call.variation = variation.name
        now = state.now(tenant)
        kind = order.media_type or variation.media_type
        negatives = effect.negatives(self._negatives(call, contract, order, kind))
        pictures = [state.develop(negative) for negative in negatives]
        call.pictures = [stamped.picture for stamped in pictures]
        link = partial(self._link, negatives, now, variation.padding)
        filling = Filling(arguments, pictures, link, max(0, now - variation.age), cost)
        pieces = state.template(contract, variation).fill(filling, as_base64=order.as_base64)
        return Answer(contract.success, pieces)

    def _negatives(
        self, call: Call, contract: Contract, order: Order, media_type: str
    ) -> Sequence[Negative]:
        digest = digest_of(order.prompt)
        names = islice(self._state.gallery.choose(order.prompt), order.count)
        size = (order.width, order.height)
        return [
            Negative(contract.id, digest, i, name, *size, tenant=call.tenant, media_type=media_type)
            for i, name in enumerate(names)
        ]

    def _link(self, negatives: Sequence[Negative], now: float, padding: str, index: int) -> str:
        origin = self._state.settings.public_url or _origin()
        return origin.rstrip("/") + self._state.links.write(negatives[index], now, padding)


def _warn(call: Call, effect: Effect) -> None:
    """Say in the journal, and in a header, that a fault has changed nothing."""
    call.message = f"fault={effect.fault.name}: {effect.missed}"
    warned = [call.headers[WARNING]] if WARNING in call.headers else []
    call.headers[WARNING] = "; ".join([*warned, ascii(call.message)[1:-1]])


def _origin() -> str:
    """Give the origin that the caller used.

    :raises Refusal: when the request's headers name none.
    """
    with suppress(ValueError):
        origin = iri_to_uri(request.root_url)
        if urlsplit(origin).hostname and origin.startswith(("http://", "https://")):
            return origin
    received = quote(request.headers.get("Host", ""))
    raise refusal(
        "validation", f"Host: Expected a host that links can lead to, received {received}"
    )


def _unknown_model(model: str, served: Mapping[str, Contract]) -> Finding:
    known = expectation("enum", list(served))
    return Finding(Level.DOCUMENTED, "/request/body/model", "enum", known, quote(model))


def _response(answer: Answer, sleep: Sleep) -> Response:
    body = _paused(answer, sleep) if answer.pause else answer.pieces
    response = Response(body, status=answer.status, mimetype=answer.media_type)
    response.headers.update(answer.headers)
    if answer.length is not None:
        response.content_length = answer.length
    return response


def _paused(answer: Answer, sleep: Sleep) -> Iterator[bytes]:
    for i, piece in enumerate(answer.pieces):
        sleep(answer.pause if i else 0)
        yield piece
