"""The pictures behind the links that answers carry."""

from __future__ import annotations

from hashlib import sha256

from flask import Response, g, request

from mockserver.app.signed_urls import CHANGED, DEAD, Negative
from mockserver.app.state import State
from mockserver.contracts.refusals import refusal
from mockserver.errors import FixtureError
from mockserver.images import Stamped
from mockserver.images.library import KINDS

__all__ = ["Downloads"]


class Downloads:
    """What serves pictures by their links; a link holds all that it takes."""

    def __init__(self, state: State) -> None:
        self._state = state

    def serve(self, token: str) -> Response:
        """Answer a link to a picture.

        :raises Refusal: when the link was changed, has expired, or leads nowhere.
        """
        negative = self._state.links.read(token, request.args)
        # One route for each kind of file leads here, and the signature does not cover the ending.
        if not request.path.endswith(f".{KINDS[negative.media_type].ending}"):
            raise refusal("link-refused", CHANGED)
        g.call.tenant = negative.tenant
        tenant = self._state.tenants.of(negative.tenant)
        self._state.links.check_age(request.args, self._state.now(tenant))
        self._state.sleeper(tenant, request.environ)(negative.pause)
        stamped = self._develop(negative)
        response = Response(stamped.file(), mimetype=stamped.picture.media_type)
        response.content_length = len(stamped)
        response.set_etag(sha256(token.encode()).hexdigest()[:32])
        response.make_conditional(request, accept_ranges=True, complete_length=len(stamped))
        return response

    def _develop(self, negative: Negative) -> Stamped:
        if negative.flaw == DEAD:
            raise refusal("not-found", "This link is dead on demand.")
        try:
            return self._state.develop(negative)
        except FixtureError as error:
            raise refusal("not-found", str(error)) from None
