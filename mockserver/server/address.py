"""The address to serve on."""

from __future__ import annotations

import errno
import socket
from typing import Any

from mockserver.errors import AddressError

__all__ = ["base_url", "listen"]

_BACKLOG = 1024
"""Connections that the kernel holds until they are accepted."""


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen.

    :param host: a name or an address, IPv4 or IPv6.
    :param port: 0 takes any free one.
    :raises AddressError: when the port is in use or needs more rights, or the host is unknown.
    """
    family, address = _resolve(host, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        _prepare(listener)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressError(_reason(error, host, port)) from error
    return listener


def _resolve(host: str, port: int) -> tuple[int, tuple[object, ...]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        reason = f"cannot serve on {host!r}: no such host on this machine; try --host 127.0.0.1"
        raise AddressError(reason) from error
    # A name such as localhost can be both; it is IPv4 that clients and containers always have.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, address


def _prepare(listener: socket.socket) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Clients' sockets inherit it: the last, partly filled packet of an answer must not wait.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _reason(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            way_out = f"--port {port + 1} or PORT={port + 1} takes another, --port 0 any free one"
            return f"port {port} of {host} is in use; {way_out}"
        case errno.EACCES:
            return f"port {port} of {host} needs more rights; try one above 1023: --port 8000"
        case errno.EADDRNOTAVAIL:
            return f"cannot serve on {host!r}: not an address of this machine; try --host 127.0.0.1"
        case _:
            return f"cannot serve on port {port} of {host}: {error.strerror}"


def base_url(address: tuple[Any, ...]) -> str:
    """Give the origin that a client on this machine reaches a listening address by."""
    host, port = address[:2]
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"
