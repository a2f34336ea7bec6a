"""The mock without a socket: the same application, answering as a server would."""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.test import EnvironBuilder

from mockserver.app.factory import create_app
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.conversation import StreamingExchange
from mockserver.testing.mock_server import settings_of

__all__ = ["ORIGIN", "InProcess"]

ORIGIN = "https://api.aimlapi.com"
"""Where the live API is: what the links to images begin with, unless told."""


class InProcess:
    """A mock in this process.

    :param contract: what answers, such as ``dall-e-2@2026-01-16``; the pinned one unless given.
    :param settings: see :class:`mockserver.settings.Settings`.
    :ivar origin: what the links to images begin with.
    """

    def __init__(self, contract: str | None, settings: dict[str, JSON]) -> None:
        self._settings = settings_of(contract, {"public_url": ORIGIN, **settings})
        self._application = create_app(self._settings)
        self.origin = self._settings.public_url or ORIGIN

    def control(self, key: str | None) -> AdminClient:
        """Give what controls the mock, for the owner of one key, or for everybody."""
        return AdminClient(self._send, key)

    def converse(
        self, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> StreamingExchange:
        """Begin to answer a request."""
        request = EnvironBuilder(path=url, method=method, headers=list(headers), data=body)
        return StreamingExchange(self._application.wsgi_app, request.get_environ())

    def _send(self, method: str, path: str, body: JSON) -> tuple[int, JSON]:
        token = self._settings.admin_token
        response = self._application.test_client().open(
            path,
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        return response.status_code, response.json
