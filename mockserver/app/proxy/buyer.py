"""Requests to a paid upstream, within a budget, whose responses are recorded."""

from __future__ import annotations

import json
import logging
import socket
from pathlib import Path
from threading import Lock

import requests

from mockserver.app.proxy.upstream import Upstream
from mockserver.clock import monotonic
from mockserver.contracts import Contract, Exchange, Request
from mockserver.contracts.error_catalog import api_error
from mockserver.errors import APIError, RecordingError, SettingsError
from mockserver.recording.budget import Budget, count_images
from mockserver.recording.http_client import PRODUCT, HTTPClient, root_error
from mockserver.recording.reader import Recording, load_recording
from mockserver.recording.redact import Redactor
from mockserver.recording.target import api_key, base_url, check_target, request_headers
from mockserver.recording.writer import Recorder
from mockserver.strict_json import JSON

_TIMEOUT_SECONDS = 180.0
"""How long the server may be silent."""

_FIRST_FREE_STATUS = 300
_log = logging.getLogger("mockserver")


class Buyer:
    """Sends requests for images to a server, and records the responses that have to be paid for.

    :param target: ``live``, or the base URL of any server.
    :param folder: for the recordings.
    :param max_images: the most images to pay for.
    :ivar secret: the API key, which is not to be written.
    :raises SettingsError: when the target or the folder is invalid, or the key is missing.
    """

    def __init__(self, target: str, folder: Path, max_images: int) -> None:
        base = base_url(check_target(target, option="--upstream"))
        self.secret = api_key(target, option="--upstream")
        self._headers = {**request_headers(self.secret), "User-Agent": PRODUCT}
        self._upstream = Upstream(base, _TIMEOUT_SECONDS)
        self._http_client = HTTPClient(_TIMEOUT_SECONDS)
        self._recorder = Recorder(folder, self.secret)
        self._budget = Budget(max_images, unit="images")
        self._lock = Lock()

    def buy(self, path: str, contract: Contract, fields: JSON) -> Recording:
        """Send a request, and return the recorded response.

        An error is not recorded, and neither is a response that cannot be: their ``file`` is empty.

        :param contract: the response is held to it.
        :param fields: the request's body, parsed.
        :raises BudgetExceeded: when the budget does not allow for it.
        :raises APIError: 502 or 504 when no response comes.
        """
        images = max(1, count_images(contract, fields))  # the server may respond to anything
        self._charge(images)
        try:
            exchange = self._send(contract.method, path, json.dumps(fields).encode())
        except APIError as error:
            if error.__cause__ and not _was_sent(error.__cause__):
                self._charge(-images)
            raise
        if exchange.response.status >= _FIRST_FREE_STATUS:
            self._charge(-images)
            return self._unrecorded(exchange)
        _log.info("paid for %d of %d images", self._budget.spent, self._budget.limit)
        return self._record(exchange, contract)

    def _charge(self, images: int) -> None:
        with self._lock:
            if images > 0:
                self._budget.require(images)
            self._budget.charge(images, images)

    def _send(self, method: str, path: str, body: bytes) -> Exchange:
        started = monotonic()
        upstream = self._upstream
        with upstream.send(method, path, list(self._headers.items()), body) as response:
            received = upstream.read(response)
        request, seconds = Request(method, path, self._headers, body), monotonic() - started
        exchange = upstream.exchange(request, response, received, seconds, self._http_client)
        if exchange is None:
            reason = "its response is too large, or has an unknown Content-Encoding"
            raise api_error("bad-gateway", f"{upstream.base}: {reason}")
        return exchange

    def _record(self, exchange: Exchange, contract: Contract) -> Recording:
        """Write an exchange; where that fails, return the response, which is paid for."""
        findings = contract.findings(exchange)
        try:
            return load_recording(
                self._recorder.write(exchange, contract.id, findings, contract.documented_headers)
            )
        except (RecordingError, SettingsError) as error:
            _log.warning("%s", error)
            return self._unrecorded(exchange)

    def _unrecorded(self, exchange: Exchange) -> Recording:
        """Return a response as it came, without the key, and without secrets in its headers."""
        response, redactor = exchange.response, Redactor(self.secret)
        headers = redactor.headers(response.headers)
        body = redactor.known(response.body.decode("latin-1")).encode("latin-1")
        return Recording(Path(), None, exchange.request, response.status, headers, body, {})


def _was_sent(error: BaseException) -> bool:
    """Return whether a request may have reached the server, so that it may have to be paid for."""
    root = root_error(error)
    refused = isinstance(root, ConnectionRefusedError | socket.gaierror)
    return not (refused or isinstance(error, requests.ConnectTimeout))
