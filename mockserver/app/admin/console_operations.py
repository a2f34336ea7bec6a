"""The operations of the admin API that show contracts and images, as the console does."""

from __future__ import annotations

from functools import lru_cache

from flask import Response, request

from mockserver.app.admin.operations import find_entry
from mockserver.app.responses import shared_body
from mockserver.app.signed_urls import ImageRef
from mockserver.app.state import State
from mockserver.contracts.error_catalog import api_error
from mockserver.errors import FixtureError, ImageError
from mockserver.images import thumbnail
from mockserver.strict_json import JSON

_MAX_THUMBNAILS = 256
"""How many thumbnails are kept."""

_MAX_WIDTH = 256
"""The largest width of a thumbnail that is kept, in pixels; it has some tens of kilobytes."""


class ConsoleOperations:
    """The operations, as those of :class:`mockserver.app.admin.operations.Operations`.

    The images are rendered again: the journal keeps where each comes from, and no bytes.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept_thumbnail = lru_cache(_MAX_THUMBNAILS)(self._make_thumbnail)

    def list_contracts(self) -> JSON:
        """Return every contract, sorted by model and revision."""
        catalog, served = self._state.catalog, self._state.contracts
        contracts = [catalog.load(name) for name in catalog.ids]
        shown = [
            {
                "contract": contract.id,
                "model": contract.model,
                "revision": contract.about["revision"],
                "success": contract.success,
                "served": contract.id == served[contract.model].id,
                "pinned": contract.pinned,
                "withdrawn": contract.withdrawn or None,
            }
            for contract in contracts
        ]
        return {"default": next(iter(served.values())).id, "contracts": shown}

    def show_contract(self, contract: str) -> JSON:
        """Return a contract with the schemas of its request and response."""
        from mockserver.openapi.export import whole_request  # the import takes time at the start

        loaded = self._state.catalog.load(contract)
        return {
            "contract": loaded.id,
            "method": loaded.method,
            "path": loaded.path,
            "success": loaded.success,
            "request": whole_request(loaded),
            "response": loaded.response_schema,
        }

    def compare_contracts(self, old: str, new: str) -> JSON:
        """Return what changes for a client of one contract that calls the other."""
        from mockserver.compare import compare, report  # the import takes time at the start

        load = self._state.catalog.load
        return report.as_data(compare(load(old), load(new)))

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
