"""The operation of the admin API that renders the images of a response again."""

from __future__ import annotations

from functools import lru_cache

from flask import Response, request

from mockserver.app.admin.operations import find_entry
from mockserver.app.shared_body import shared_body
from mockserver.app.signed_urls import ImageRef
from mockserver.app.state import State
from mockserver.contracts.error_catalog import api_error
from mockserver.errors import FixtureError, ImageError
from mockserver.images import thumbnail

_MAX_THUMBNAILS = 256
"""How many thumbnails are kept."""

_MAX_WIDTH = 256
"""The largest width of a thumbnail that is kept, in pixels; it has some tens of kilobytes."""


class Images:
    """The images of the journal's responses: it keeps where each comes from, and no bytes."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept_thumbnail = lru_cache(_MAX_THUMBNAILS)(self._make_thumbnail)

    def show_image(self, id: str, index: str, width: int | None = None) -> Response:  # noqa: A002
        """Return an image of a response, or a thumbnail of it."""
        image_refs = find_entry(self._state.journal, id).image_refs
        if index not in map(str, range(len(image_refs))):
            line = f"Expected the index of one of {len(image_refs)} images, received {index!r}"
            raise api_error("not-found", line)
        image_ref = image_refs[int(index)]
        try:
            response = self._file(image_ref) if width is None else self._small(image_ref, width)
        except FixtureError as error:
            raise api_error("not-found", str(error)) from None
        response.cache_control.private = True
        response.cache_control.max_age = 3600
        return response

    def _file(self, image_ref: ImageRef) -> Response:
        tagged = image_ref.render(self._state.source(image_ref))
        body = shared_body(request.environ, tagged.file())
        return Response(body, mimetype=tagged.image.media_type, direct_passthrough=True)

    def _small(self, image_ref: ImageRef, width: int) -> Response:
        """Return a thumbnail; the whole file where it is damaged."""
        try:
            # What does not change the pixels is left out, so that thumbnails are shared.
            alike = image_ref._replace(digest="", position=0, tenant="", delay=0)
            make = self._kept_thumbnail if width <= _MAX_WIDTH else self._make_thumbnail
            return Response(make(alike, width), mimetype="image/webp")
        except ImageError:
            return self._file(image_ref)

    def _make_thumbnail(self, image_ref: ImageRef, width: int) -> bytes:
        return thumbnail(image_ref.image(self._state.source(image_ref)).data, width)
