"""Between the mock and those who use it: translation, and no decision.

- ``over_http``: the admin API of a mock that is served.
- ``in_process``: the mock without a socket, answering as a server would.
- ``conversation``: one such answer, bounded by its client's patience.
- ``for_requests``: in front of https://api.aimlapi.com, for code that uses ``requests``.
- ``for_httpx``: transports for ``httpx``, and so for the OpenAI SDK.
"""
