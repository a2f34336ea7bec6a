"""Replay recorded responses: the same bodies, with their images served from here."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from mockserver.app.context import RequestContext
from mockserver.app.faults import Sleep
from mockserver.app.recorded_response import RecordedResponse
from mockserver.contracts import Contract
from mockserver.contracts.error_catalog import api_error
from mockserver.contracts.finding import quote
from mockserver.errors import FixtureError, RecordingError
from mockserver.images import FORMATS, PNG, Image
from mockserver.images.inspect import image_size, media_type
from mockserver.recording.budget import BudgetExceeded
from mockserver.recording.loading import recording_files, recordings_in
from mockserver.recording.reader import RecordedImage, Recording
from mockserver.recording.redact import Redactor
from mockserver.settings import Settings
from mockserver.strict_json import JSON, parse_or_none

if TYPE_CHECKING:
    from mockserver.app.proxy.buyer import Buyer

_UNREPEATABLE = {401}
"""Errors about a key; keys are not recorded, so no request can be known to have the same."""

_MOST_IMAGES = 64

_log = logging.getLogger("mockserver")


class Replay:
    """The recorded responses, by their requests.

    An invalid recording is left out, with a line about it in the log.

    :param settings: name the folder or the HAR file of recorded exchanges; all are read at once,
        images when first needed.
    :param contracts: by model; requests that are equal with their defaults are the same.
    :param buyer: buys and records what is missing; the folder may be empty then.
    :raises RecordingError: when none is valid.
    """

    def __init__(
        self, settings: Settings, contracts: Mapping[str, Contract], buyer: Buyer | None
    ) -> None:
        folder = Path(settings.replay or "")
        self._settings = settings
        self._images: dict[str, RecordedImage] = {}
        self._contracts = contracts
        self._paths = tuple({path for each in contracts.values() for path in each.paths})
        self._responses: dict[str, list[RecordedResponse]] = defaultdict(list)
        self._keep = lru_cache(_MOST_IMAGES)(self._read)
        self._buyer = buyer
        self._redactor = Redactor(buyer.secret if buyer else "")
        self._pending: dict[str, Future[RecordedResponse]] = {}
        self._lock = Lock()
        recordings = list(_valid_recordings(folder, self._paths, may_be_empty=buyer is not None))
        if not recordings and buyer is None:
            raise RecordingError(f"{folder}: no recorded exchange there is valid")
        for recording, response in recordings:
            fields = self._request_fields(recording)
            if fields is not None:
                self._add(self._key(fields), recording, response)

    def _add(self, key: str, recording: Recording, response: RecordedResponse) -> None:
        images = recording.images.values()
        self._images |= {image.file.name: image for image in images if image.file}
        self._responses[key].append(response)

    @property
    def count(self) -> int:
        """How many responses there are."""
        return sum(map(len, self._responses.values()))

    def respond(
        self, context: RequestContext, count: Callable[[str], int], sleep: Sleep
    ) -> RecordedResponse | None:
        """Return the response to a request; of several, each in turn, and then the last again.

        A missing one is bought, where there is a buyer.

        :param context: the request's; its source is set.
        :param count: counts a request by a digest, and returns how many came so far.
        :param sleep: waits for the recorded duration.
        :returns: None when the contract has to respond.
        :raises APIError: when there is no response, or it may not be paid for.
        """
        key = self._key(context.fields)
        if recorded := self._next(key, count):
            context.source = "recorded"
            if speed := self._settings.replay_speed:
                sleep(recorded.seconds / speed)
            return recorded
        if self._buyer is None:
            if self._settings.replay_only:
                raise api_error("not-found", f"Not recorded: {self._nearest(context.fields)}.")
            return None
        try:
            bought = self._buy_once(self._buyer, key, context)
        except BudgetExceeded as error:
            if self._settings.over_budget == "images":
                return None
            raise api_error("out-of-credits", f"Not recorded, and {error}.") from None
        return self._next(key, count) or bought

    def _next(self, key: str, count: Callable[[str], int]) -> RecordedResponse | None:
        responses = self._responses.get(key)
        if not responses:
            return None
        if len(responses) == 1:
            return responses[0]
        number = count(sha256(key.encode()).hexdigest())
        return responses[min(number, len(responses)) - 1]

    def _buy_once(self, buyer: Buyer, key: str, context: RequestContext) -> RecordedResponse:
        """Return the response of the upstream; equal requests at the same time are sent once.

        :raises BudgetExceeded: when the budget does not allow for it.
        :raises APIError: when no response comes.
        """
        with self._lock:
            if key in self._responses:  # it was bought just now
                context.source = "recorded"
                return self._responses[key][0]
            pending = self._pending.get(key)
            is_first = pending is None
            if pending is None:
                pending = self._pending[key] = Future()
        if is_first:
            self._buy(buyer, key, context, pending)
        bought = pending.result()
        recorded = "bought" if is_first else "recorded"
        context.source = recorded if bought.name else "upstream"
        return bought

    def _buy(
        self, buyer: Buyer, key: str, context: RequestContext, pending: Future[RecordedResponse]
    ) -> None:
        """Buy a response, and end the wait of all who need it."""
        contract = context.contract or next(iter(self._contracts.values()))
        try:
            recording = buyer.buy(context.path.rstrip("/"), contract, context.fields)
            response = RecordedResponse(recording)
            if response.name:
                self._add(key, recording, response)
            pending.set_result(response)
        except Exception as error:  # noqa: BLE001 - each who waits raises it
            pending.set_exception(error)
        finally:
            with self._lock:
                del self._pending[key]

    def _nearest(self, fields: JSON) -> str:
        """Return in what a request differs from the nearest recorded one, as text.

        It may reach any web page, and has no recorded text, such as a prompt.
        """
        sent = self._with_defaults(fields)
        differences = [_differences(sent, json.loads(key)) for key in self._responses]
        fewest = min(differences, key=len, default=[])
        return (
            f"of {len(differences)} recorded requests, the nearest differs in {', '.join(fewest)}"
        )

    def image(self, name: str, _size: object, _media_type: str) -> Image:
        """Return a recorded image by its file's name.

        :raises FixtureError: when it is not there.
        """
        if name not in self._images:
            raise FixtureError(f"no recording here has an image {name!r}")
        return self._keep(name)

    def _read(self, name: str) -> Image:
        try:
            data = self._images[name].read()
        except RecordingError as error:
            raise FixtureError(str(error)) from None
        return Image(name, *image_size(data), data, FORMATS.get(media_type(data) or "", PNG))

    def _request_fields(self, recording: Recording) -> JSON:
        """Return the parsed body of a request; None where the request cannot be repeated."""
        request = recording.request
        if recording.status in _UNREPEATABLE or not request.path.endswith(self._paths):
            return None
        return parse_or_none(request.body)

    def _key(self, fields: JSON) -> str:
        # A recorded request has no secrets, so an equal one is compared without them.
        return json.dumps(self._with_defaults(self._redactor.json(fields)), sort_keys=True)

    def _with_defaults(self, fields: JSON) -> JSON:
        """Return a request with the defaults of its model's contract applied."""
        if not isinstance(fields, dict):
            return fields
        model = fields.get("model")
        contract = self._contracts.get(model) if isinstance(model, str) else None
        return contract.arguments(fields) if contract else fields


def _valid_recordings(
    path: Path, endpoints: Collection[str], *, may_be_empty: bool
) -> Iterator[tuple[Recording, RecordedResponse]]:
    for file in recording_files(path, may_be_empty=may_be_empty):
        try:
            for recording in recordings_in(file, endpoints):
                yield recording, RecordedResponse(recording)
        except RecordingError as error:
            _log.warning("left out: %s", ascii(str(error))[1:-1])


def _differences(sent: JSON, known: JSON) -> list[str]:
    """Return the fields in which two requests differ, with the values that are no text."""
    if not isinstance(sent, dict) or not isinstance(known, dict):
        return ["everything"]
    return [
        f"{name} (expected {quote(known[name])}, received {quote(sent.get(name))})"
        if isinstance(known.get(name), bool | int | float)
        else name
        for name in sorted(sent.keys() | known.keys())
        if sent.get(name) != known.get(name) or (name in sent) != (name in known)
    ]
