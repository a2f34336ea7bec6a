"""Listening: the socket, and why it cannot be had."""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

from mockserver.errors import AddressError

BACKLOG = 1024
"""Connections that the kernel holds until they are accepted."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    :param host: a name or an address, IPv4 or IPv6.
    :param port: 0 takes any free one.
    :raises AddressError: when the port is in use or needs more rights, or the host is unknown.
    """
    family, address = _resolve(host, port)
    dual = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    try:
        return socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=dual)
    except OSError as error:
        raise AddressError(_reason(error, host, port)) from error


def _resolve(host: str, port: int) -> tuple[int, tuple[Any, ...]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        reason = f"cannot serve on {host!r}: no such host on this machine; try --host 127.0.0.1"
        raise AddressError(reason) from error
    # A name such as localhost can be both; it is IPv4 that clients and containers always have.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, address


def _reason(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            way_out = f"--port {port + 1} takes another, --port 0 any free one"
            if "MAKELEVEL" in os.environ:  # only the Makefile reads PORT
                way_out += f"; with make serve, PORT={port + 1}"
            return f"port {port} of {host} is in use; {way_out}"
        case errno.EACCES:
            return f"port {port} of {host} needs more rights; try one above 1023: --port 8000"
        case errno.EADDRNOTAVAIL:
            return f"cannot serve on {host!r}: not an address of this machine; try --host 127.0.0.1"
        case _:
            return f"cannot serve on port {port} of {host}: {error.strerror}"


def base_url(address: tuple[Any, ...]) -> str:
    """Return the origin by which a client on this machine reaches a listening address."""
    host, port = reachable(address), address[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def reachable(address: tuple[Any, ...]) -> str:
    """Return the host by which a client on this machine reaches a listening address."""
    host: str = address[0]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
