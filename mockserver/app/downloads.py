"""The images behind the links of responses."""

from __future__ import annotations

from hashlib import sha256

from flask import Response, g, request

from mockserver.app.responses import shared_body
from mockserver.app.signed_urls import CHANGED, DEAD, ImageRef
from mockserver.app.state import State
from mockserver.contracts.error_catalog import api_error
from mockserver.errors import FixtureError
from mockserver.images import FORMATS, TaggedImage


def serve_image(state: State, token: str) -> Response:
    """Return the image of a link, which encodes everything that is needed.

    :raises APIError: when the link was changed, has expired, or has no image.
    """
    image_ref = state.links.read(token, request.args)
    # One route for each file format leads here, and the signature leaves the extension out.
    if not request.path.endswith(f".{FORMATS[image_ref.media_type].extension}"):
        raise api_error("link-refused", CHANGED)
    g.context.tenant = image_ref.tenant
    tenant = state.tenants.get(image_ref.tenant)
    state.links.check_age(request.args, state.now(tenant))
    state.sleeper(tenant, request.environ)(image_ref.delay)
    tagged = _render(state, image_ref)
    body = shared_body(request.environ, tagged.file())
    response = Response(body, mimetype=tagged.image.media_type, direct_passthrough=True)
    response.content_length = len(tagged)
    response.set_etag(sha256(token.encode()).hexdigest()[:32])
    response.make_conditional(request, accept_ranges=True, complete_length=len(tagged))
    return response


def _render(state: State, image_ref: ImageRef) -> TaggedImage:
    if image_ref.defect == DEAD:
        raise api_error("not-found", "This link is dead on demand.")
    try:
        return image_ref.render(state.source(image_ref))
    except FixtureError as error:
        raise api_error("not-found", str(error)) from None
