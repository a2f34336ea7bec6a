"""The image endpoint: the way of one request, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from hmac import compare_digest
from itertools import islice
from typing import TypeAlias

from flask import Request, Response, g, request

from mockserver.answer import Filling, Template
from mockserver.contract import Contract, Finding, Level, Order
from mockserver.contract.finding import quote
from mockserver.contract.words import expectation
from mockserver.errors import FixtureError
from mockserver.jsontext import JSON, JSONTextError, parse
from mockserver.links import Links, Negative
from mockserver.pictures import Gallery
from mockserver.pictures.gallery import digest_of
from mockserver.refusals import refusal, validation_message
from mockserver.settings import Settings

__all__ = ["Clock", "Endpoint"]

Clock: TypeAlias = Callable[[], float]
"""Gives seconds since 1970-01-01 UTC."""


class Endpoint:
    """What answers requests for pictures, and later the links to them.

    :param contracts: the contract that each model answers with; the first one is for requests
        that name no model.
    :param clock: gives the time that answers and links carry.
    """

    def __init__(self, settings: Settings, contracts: Mapping[str, Contract], clock: Clock) -> None:
        self._settings = settings
        self._keys = [key.encode() for key in settings.api_keys]
        self._contracts = contracts
        self._default = next(iter(contracts.values()))
        self._templates = {c.id: Template(c) for c in contracts.values()}
        self._gallery = Gallery(settings.seed)
        self._links = Links(settings.url_secret, settings.url_ttl)
        self._clock = clock

    def generate(self) -> Response:
        """Answer a request for pictures.

        :raises Refusal: when the request gets a documented error instead.
        """
        g.tenant = self._authenticate(request)
        body = self._parse(request)
        contract = self._choose(body)
        self._validate(contract, body)
        arguments = contract.arguments(body)
        order = Order.of(arguments)
        g.prompt = order.prompt
        return self._answer(contract, arguments, order)

    def serve(self, token: str) -> Response:
        """Answer a link to a picture.

        :raises Refusal: when the link was changed, has expired, or names no picture of ours.
        """
        negative = self._links.read(token, request.args, self._clock())
        try:
            stamped = negative.develop(self._gallery)
        except FixtureError as error:
            raise refusal("not-found", str(error)) from None
        response = Response(stamped.file(), mimetype="image/png")
        response.content_length = len(stamped)
        response.set_etag(sha256(token.encode()).hexdigest()[:32])
        response.make_conditional(request, accept_ranges=True, complete_length=len(stamped))
        return response

    def _authenticate(self, asked: Request) -> str:
        """Check the key, and name its owner by a digest that tells nothing about it."""
        scheme, _, key = asked.headers.get("Authorization", "").partition(" ")
        given = key.strip().encode()
        if scheme.lower() != "bearer" or not given:
            raise refusal("unauthorized")
        if self._keys and not any(compare_digest(given, good) for good in self._keys):
            raise refusal("unauthorized")
        return sha256(given).hexdigest()[:8]

    def _parse(self, asked: Request) -> JSON:
        if asked.mimetype != "application/json":
            received = quote(asked.mimetype) if asked.mimetype else "nothing"
            line = f"Content-Type: Expected 'application/json', received {received}"
            raise refusal("validation", line)
        try:
            return parse(asked.get_data(cache=False))
        except JSONTextError as error:
            raise refusal("validation", str(error)) from None

    def _choose(self, body: JSON) -> Contract:
        """Pick the contract by the body's model; a missing or odd one is for its schema to say."""
        model = body.get("model") if isinstance(body, dict) else None
        if not isinstance(model, str) or model in self._contracts:
            return self._contracts.get(str(model), self._default)
        known = expectation("enum", list(self._contracts))
        unknown = Finding(Level.DOCUMENTED, "/request/body/model", "enum", known, quote(model))
        raise refusal("validation", *validation_message([unknown]))

    def _validate(self, contract: Contract, body: JSON) -> None:
        if found := contract.request_findings(body):
            raise refusal("validation", *validation_message(found))

    def _answer(self, contract: Contract, arguments: Mapping[str, JSON], order: Order) -> Response:
        now = self._clock()
        negatives = self._negatives(contract, order)
        origin = self._settings.public_url or request.root_url
        filling = Filling(
            arguments=arguments,
            pictures=[negative.develop(self._gallery) for negative in negatives],
            url=lambda i: origin.rstrip("/") + self._links.write(negatives[i], now),
            now=now,
            cost=self._settings.cost * order.count,
        )
        pieces = self._templates[contract.id].fill(filling, as_base64=order.as_base64)
        return Response(pieces, status=contract.success, mimetype="application/json")

    def _negatives(self, contract: Contract, order: Order) -> list[Negative]:
        digest = digest_of(order.prompt)
        names = islice(self._gallery.choose(order.prompt), order.count)
        size = (order.width, order.height)
        return [Negative(contract.id, digest, i, name, *size) for i, name in enumerate(names)]
