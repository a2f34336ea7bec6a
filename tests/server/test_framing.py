"""Where a request ends: h11 is the oracle, on what two parsers could read in two ways."""

from __future__ import annotations

import re
from collections.abc import Iterator

import h11
import pytest
from waitress.adjustments import Adjustments

from mockserver.server.parser import MAX_BODY_BYTES, MAX_HEADER_BYTES, Parser
from tests.server.test_server import ServedProcess, chunked, served, to_the_end

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: mock\r\n\r\n"
LENGTH = f"Content-Length: {len(HIDDEN)}"
CHUNKED = "Transfer-Encoding: chunked"
ONE_CHUNK = b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)


def post(*headers: str, body: bytes = HIDDEN, line: str = "POST / HTTP/1.1") -> bytes:
    return "\r\n".join([line, "Host: mock", *headers, "", ""]).encode("latin-1") + body


VECTORS = {
    "CL and TE": post(LENGTH, CHUNKED, body=ONE_CHUNK),
    "CL 0 and TE": post("Content-Length: 0", CHUNKED, body=ONE_CHUNK),
    "TE and CL": post(CHUNKED, "Content-Length: 5", body=b"0\r\n\r\n" + HIDDEN),
    "two CL that differ": post(LENGTH, "Content-Length: 0"),
    "two CL that are equal": post(LENGTH, LENGTH),
    "a list of CL": post(f"{LENGTH}, 0"),
    "an empty CL": post("Content-Length: "),
    "a signed CL": post(f"Content-Length: +{len(HIDDEN)}"),
    "a negative CL": post("Content-Length: -1"),
    "a hexadecimal CL": post("Content-Length: 0x26"),
    "a CL with an underscore": post("Content-Length: 3_8"),
    "a CL in other digits": post("Content-Length: \xb2"),
    "a CL of 19 digits": post("Content-Length: 9999999999999999999"),
    "a CL of 2**64": post("Content-Length: 18446744073709551616"),
    "a CL of 21 digits": post("Content-Length: 100000000000000000000"),
    "a CL of 5000 digits": post(f"Content-Length: {'9' * 5000}"),
    "a CL of 5000 zeros": post(f"Content-Length: {'0' * 5000}"),
    "a CL padded with zeros": post(f"Content-Length: 000{len(HIDDEN)}"),
    "a CL padded with spaces": post(f"Content-Length: \t {len(HIDDEN)} \t"),
    "a CL padded with a form feed": post(f"Content-Length: \x0c{len(HIDDEN)}"),
    "a CL name with a space": post(f"Content-Length : {len(HIDDEN)}"),
    "a CL name with an underscore": post(f"Content_Length: {len(HIDDEN)}", body=b""),
    "a CL after a NUL": post(f"\0{LENGTH}"),
    "a continued CL": post(f"Content-Length:\r\n {len(HIDDEN)}"),
    "a continued header before CL": post(f"X: a\r\n {LENGTH}"),
    "a first header continued": b"POST / HTTP/1.1\r\n Host: mock\r\n\r\n" + HIDDEN,
    "TE gzip": post("Transfer-Encoding: gzip", body=ONE_CHUNK),
    "TE identity": post("Transfer-Encoding: identity", LENGTH),
    "TE identity alone": post("Transfer-Encoding: identity"),
    "TE xchunked": post("Transfer-Encoding: xchunked", body=ONE_CHUNK),
    "TE chunked, chunked": post("Transfer-Encoding: chunked, chunked", body=ONE_CHUNK),
    "TE gzip, chunked": post("Transfer-Encoding: gzip, chunked", body=ONE_CHUNK),
    "TE chunked, identity": post("Transfer-Encoding: chunked, identity", body=ONE_CHUNK),
    "TE with a comma": post("Transfer-Encoding: chunked,", body=ONE_CHUNK),
    "an empty TE": post("Transfer-Encoding:", body=ONE_CHUNK),
    "two TE": post(CHUNKED, CHUNKED, body=ONE_CHUNK),
    "two TE, one unknown": post(CHUNKED, "Transfer-Encoding: x", body=ONE_CHUNK),
    "a quoted TE": post('Transfer-Encoding: "chunked"', body=ONE_CHUNK),
    "TE with a vertical tab": post("Transfer-Encoding: \x0bchunked", body=ONE_CHUNK),
    "TE with a no-break space": post("Transfer-Encoding: chunked\xa0", body=ONE_CHUNK),
    "a TE name with a space": post("Transfer-Encoding : chunked", body=ONE_CHUNK),
    "TE in capitals": post("TRANSFER-ENCODING: CHUNKED", body=ONE_CHUNK),
    "a continued TE": post("Transfer-Encoding:\r\n chunked", body=ONE_CHUNK),
    "TE in HTTP/1.0": post(
        *(CHUNKED, "Connection: keep-alive"), body=ONE_CHUNK, line="POST / HTTP/1.0"
    ),
    "TE in HTTP/1.2": post(
        *(CHUNKED, "Connection: keep-alive"), body=ONE_CHUNK, line="POST / HTTP/1.2"
    ),
    "a chunk size of 16 digits": post(CHUNKED, body=b"0" * 14 + ONE_CHUNK),
    "a huge chunk size": post(CHUNKED, body=b"ffffffffffffffff\r\n" + HIDDEN),
    "a chunk size of 2**64": post(CHUNKED, body=b"10000000000000000\r\n" + HIDDEN),
    "a chunk size of 21 digits": post(CHUNKED, body=b"0" * 19 + ONE_CHUNK),
    "a chunk size with 0x": post(CHUNKED, body=b"0x" + ONE_CHUNK),
    "a signed chunk size": post(CHUNKED, body=b"+" + ONE_CHUNK),
    "a negative chunk size": post(CHUNKED, body=b"-" + ONE_CHUNK),
    "a chunk size after a space": post(CHUNKED, body=b" " + ONE_CHUNK),
    "an empty chunk size": post(CHUNKED, body=b"\r\n" + ONE_CHUNK),
    "a chunk size that ends in LF": post(CHUNKED, body=b"5\nabcde\r\n0\r\n\r\n"),
    "a chunk size that ends in LF CRLF": post(CHUNKED, body=b"5\n\r\nabcde\r\n0\r\n\r\n"),
    "a chunk that ends in LF": post(CHUNKED, body=b"5\r\nabcde\n0\r\n\r\n"),
    "a chunk longer than its size": post(CHUNKED, body=b"3\r\nabcde\r\n0\r\n\r\n"),
    "a chunk extension": post(CHUNKED, body=ONE_CHUNK.replace(b"\r\n", b";a=b\r\n", 1)),
    "a chunk extension with LF": post(CHUNKED, body=b"5;a\nb\r\nabcde\r\n0\r\n\r\n"),
    "an endless chunk size": post(CHUNKED, body=b"0" * 100_000),
    "an endless chunk extension": post(CHUNKED, body=b"5;" + b"a" * 100_000),
    "an endless trailer": post(CHUNKED, body=b"0\r\nA: " + b"a" * 100_000),
    "a trailer": post(CHUNKED, body=b"0\r\nA: b\r\n\r\n" + HIDDEN),
    "a trailer that is none": post(CHUNKED, body=b"0\r\nGET /hidden HTTP/1.1\r\n\r\n" + HIDDEN),
    "a last chunk without its end": post(CHUNKED, body=b"0\r\n" + HIDDEN),
    "two Connection headers": post("Connection: keep-alive", "Connection: close", LENGTH) + HIDDEN,
    "a list of connection options": post("Connection: close, x", LENGTH) + HIDDEN,
    "two Host headers": post("Host: other", LENGTH),
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "a bare LF": b"POST / HTTP/1.1\nHost: mock\nContent-Length: 38\n\n" + HIDDEN,
    "a bare LF after a header": b"POST / HTTP/1.1\r\nHost: mock\nX: y\r\n\r\n" + HIDDEN,
    "a bare CR after a header": b"POST / HTTP/1.1\r\nHost: mock\rX: y\r\n\r\n" + HIDDEN,
    "a bare CR in a header": post(f"X: a\r{LENGTH}"),
    "no version": b"GET /\r\nHost: mock\r\n\r\n",
    "two spaces in the request line": b"GET  / HTTP/1.1\r\nHost: mock\r\n\r\n",
    "a tab in the request line": b"GET\t/ HTTP/1.1\r\nHost: mock\r\n\r\n",
    "a control character in the path": b"GET /\x0b HTTP/1.1\r\nHost: mock\r\n\r\n",
    "a space before the request line": b" GET / HTTP/1.1\r\nHost: mock\r\n\r\n",
    "100-continue without a body": post("Expect: 100-continue"),
    "100-continue and a bad CL": post("Expect: 100-continue", "Content-Length: x"),
    "100-continue and a huge CL": post("Expect: 100-continue", f"Content-Length: {10**12}"),
    "a body": post(LENGTH),
    "a body in chunks": chunked(HIDDEN[:9], HIDDEN[9:]),
    "two requests": post(LENGTH) + HIDDEN,
}


def as_h11_reads(sent: bytes) -> tuple[list[bytes], bool]:
    """The bodies of the requests that h11 takes, and whether it refuses what follows."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
    connection.receive_data(sent)
    bodies: list[bytes] = []
    body = b""
    try:
        while not isinstance(event := connection.next_event(), type):
            if isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                bodies.append(body)
                body = b""
                connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is h11.MUST_CLOSE:
                    break
                connection.start_next_cycle()
    except h11.RemoteProtocolError:
        return bodies, True
    return bodies, False


def as_we_read(sent: bytes, step: int = 1 << 20) -> tuple[list[bytes], bool]:
    """The bodies of the requests that our parser takes, and whether it refuses what follows.

    :param step: how many bytes arrive at once.
    """
    limits = Adjustments(
        max_request_header_size=MAX_HEADER_BYTES, max_request_body_size=MAX_BODY_BYTES
    )
    parser = Parser(limits)
    bodies: list[bytes] = []
    while sent:
        sent = sent[parser.received(sent[:step]) :]
        if parser.error:
            return bodies, True
        if parser.completed:
            if not parser.empty:
                bodies.append(parser.get_body_stream().read())
            if parser.headers.get("CONNECTION") == "close":
                break
            parser = Parser(limits)
    return bodies, False


@pytest.mark.parametrize("sent", VECTORS.values(), ids=VECTORS)
def test_a_request_ends_where_h11_ends_it_or_is_refused(sent: bytes) -> None:
    expected, h11_refuses = as_h11_reads(sent)
    bodies, refused = as_we_read(sent)
    assert refused or (bodies, False) == (expected, h11_refuses)
    assert bodies == expected[: len(bodies)]


@pytest.mark.parametrize("sent", VECTORS.values(), ids=VECTORS)
def test_a_request_that_comes_byte_by_byte_ends_at_the_same_place(sent: bytes) -> None:
    assert as_we_read(sent[:6000], 1) == as_we_read(sent[:6000])


@pytest.fixture(scope="module")
def server() -> Iterator[ServedProcess]:
    with served() as process:
        yield process


REFUSED = {name: sent for name, sent in VECTORS.items() if as_we_read(sent)[1]}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_the_connection_of_a_refused_request_is_closed(server: ServedProcess, sent: bytes) -> None:
    with server.connect() as client:
        client.sendall(sent)
        received = to_the_end(client)
    assert re.match(rb"HTTP/1\.[01] (4\d\d|501) ", received)
    assert b" 200 OK" not in received


def test_many_vectors_are_refused() -> None:
    assert len(REFUSED) > 50
