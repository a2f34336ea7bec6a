"""The server on a thread of this process, for tests that start it and look inside."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from wsgiref.types import WSGIApplication

from gunicorn.config import Config

from mockserver.server.gateway import HTTP_SETTINGS, Gateway
from mockserver.server.limits import Limits
from mockserver.server.loop import Loop

__all__ = ["background"]


@contextmanager
def background(
    application: WSGIApplication,
    listener: socket.socket,
    *,
    threads: int = 16,
    limits: Limits | None = None,
) -> Iterator[None]:
    """Serve while the context lasts.

    :param listener: from :func:`mockserver.server.listen`; closed at the end.
    :param threads: the most requests that are worked on at the same time.
    """
    config = Config()
    for name, value in HTTP_SETTINGS.items():
        config.set(name, value)
    listener.setblocking(False)
    gateway = Gateway(application, config)
    loop = Loop(listener, gateway, threads=threads, limits=limits or Limits())
    thread = Thread(target=loop.run, name="mockserver-loop", daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.stop()
        thread.join()
        listener.close()
