"""The mock on a thread of this process, for tests and scripts."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Self
from urllib.parse import urlsplit
from uuid import uuid4

from mockserver.app.factory import create_app
from mockserver.errors import MockserverError
from mockserver.server import background, base_url, listen
from mockserver.settings import Settings
from mockserver.strict_json import JSON
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.admin_transport import over_http

_BASE_URLS = (
    *("AIMLAPI_BASE_URL", "AIMLAPI_API_BASE", "AIML_API_BASE", "AIML_API_BASE_URL"),
    *("OPENAI_API_BASE", "OPENAI_BASE_URL"),
)
_KEYS = ("AIMLAPI_KEY", "AIMLAPI_API_KEY", "AIML_API_KEY", "OPENAI_API_KEY")
"""Each is read by some client: the provider's SDK, LiteLLM, the OpenAI SDKs, or users' programs."""


class MockSession(AdminClient):
    """A served mock, as the owner of one API key sees it.

    :param origin: returns the mock's origin, such as ``http://127.0.0.1:8000``.
    :param key: the API key; everything set here is set for it alone.
    :param token: of the admin API, where it needs one.
    :ivar key: the key to send as ``Authorization: Bearer``.
    """

    def __init__(self, origin: Callable[[], str], key: str, token: str | None = None) -> None:
        self._origin = origin
        self.key = key
        super().__init__(lambda *call: over_http(self.url, token)(*call), key)

    @property
    def url(self) -> str:
        """The mock's origin, such as ``http://127.0.0.1:8000``."""
        return self._origin()

    @property
    def base_url(self) -> str:
        """The base URL of SDKs: the origin with ``/v1``."""
        return f"{self.url}/v1"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point a client at the mock, and keep it offline."""
        return {
            **dict.fromkeys(_BASE_URLS, self.base_url),
            **dict.fromkeys(_KEYS, self.key),
            # Without it LiteLLM fetches its list of prices when it is imported.
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            **dict.fromkeys(("NO_PROXY", "no_proxy"), _without_proxy(self.url)),
        }


def _without_proxy(url: str) -> str:
    """Return the hosts that the environment reaches without a proxy, and that of a URL."""
    stated = [os.environ.get(name, "") for name in ("no_proxy", "NO_PROXY")]
    if "*" in stated:  # it has an effect only alone
        return "*"
    return ",".join(dict.fromkeys(filter(None, [*stated, urlsplit(url).hostname])))


class MockServer(MockSession):
    """A mock that is served on a free port of 127.0.0.1 inside a ``with`` block.

    :param contract: the contract of responses, such as ``dall-e-2@2026-01-16``; by default the
        pinned one.
    :param settings: see :class:`mockserver.settings.Settings`.
    :raises SettingsError: when a setting is invalid; for some only when the mock starts.
    """

    def __init__(self, contract: str | None = None, **settings: JSON) -> None:
        self._settings = Settings.of(contract, settings)
        self._address: str | None = None
        self._serving = ExitStack()
        first_key = next(iter(self._settings.api_keys), None)
        super().__init__(self._started, first_key or new_key(), self._settings.admin_token)

    def __enter__(self) -> Self:
        application = create_app(self._settings)
        listener = self._serving.enter_context(listen("127.0.0.1", 0))
        self._serving.enter_context(background(application, listener))
        self._address = base_url(listener.getsockname())
        self._serving.callback(self.everybody().reset)
        return self

    def __exit__(self, *_: object) -> None:
        self._serving.close()
        self._address = None

    def everybody(self) -> AdminClient:
        """Return an admin client of this mock for all keys."""
        return AdminClient(over_http(self.url, self._settings.admin_token))

    def with_key(self, key: str | None = None) -> MockSession:
        """Return this mock for another key; by default a new one."""
        return MockSession(self._started, key or new_key(), self._settings.admin_token)

    def _started(self) -> str:
        if self._address is None:
            raise MockserverError("the mock is not serving: use it inside `with MockServer() as …`")
        return self._address


def new_key() -> str:
    """Return a unique key."""
    return f"mock-test-{uuid4()}"
