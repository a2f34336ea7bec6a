"""The parser of requests: waitress's, which refuses what two parsers can read in two ways."""

from __future__ import annotations

import re
from typing import cast

from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.receiver import ChunkedReceiver
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_BYTES = 128 * 1024 * 1024
"""Above every limit of an application, so that the application refuses in its own words.

A body waits in a temporary file, not in memory.
"""

_MAX_LENGTH_DIGITS = 20
_MAX_CHUNK_LINE = 1024
_MAX_TRAILERS = 64

_BLANKS = (b" ", b"\t", b"\v", b"\f")
_REQUEST_LINE = re.compile(rb"[!-~]+ [!-~]+ HTTP/[0-9]\.[0-9]")
_FRAMING = re.compile(
    rb"\r\n(host|content-length|transfer-encoding):[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE
)
"""The fields by which a request is delimited or routed; none of them may occur twice."""

_CONTINUED = re.compile(rb"\r\n[ \t]")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[\t -~\x80-\xff]*)?")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*")


class Parser(HTTPRequestParser):
    """Waitress's parser of one request, stricter about where the request ends (RFC 9112)."""

    def received(self, data: bytes) -> int:
        """Take in bytes, and return how many of them belong to this request."""
        if self.body_rcv is None and not self.header_plus and data[:1] in _BLANKS:
            self.error, self.completed = BadRequest("Start line is invalid"), True
            return len(data)  # waitress would take the blanks away
        try:
            consumed = super().received(data)
        except OSError as error:  # of the temporary file
            self.error = _InsufficientStorage(f"Cannot keep the body: {error.strerror}")
            self.completed, consumed = True, len(data)
        if self.completed:
            self.expect_continue = False  # else waitress would take in more
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the request line and the headers.

        :raises ParsingError: when the request is malformed, or ambiguous.
        :raises TransferEncodingNotImplemented: when it has another coding than ``chunked``.
        """
        fields = [(name.lower(), value) for name, value in _FRAMING.findall(header_plus)]
        framing = dict(fields)
        length, coding = framing.get(b"content-length"), framing.get(b"transfer-encoding")
        if len(framing) < len(fields):
            raise ParsingError("Expected one Host, Content-Length or Transfer-Encoding")
        if length is not None and (coding is not None or len(length) > _MAX_LENGTH_DIGITS):
            raise ParsingError("Content-Length is invalid")
        if _CONTINUED.search(header_plus):
            raise ParsingError("Expected each header in one line")
        if coding is not None and coding.lower() != b"chunked":
            raise TransferEncodingNotImplemented("Expected the coding chunked")
        super().parse_header(header_plus)
        first_line = cast(bytes, self.first_line)  # the type stubs are wrong
        if not _REQUEST_LINE.fullmatch(first_line):
            raise ParsingError("Start line is invalid")
        if self.version == "1.1" and b"host" not in framing:
            raise ParsingError("Expected a Host")
        if coding is not None and self.version != "1.1":
            raise ParsingError("Expected HTTP/1.1 with a Transfer-Encoding")
        if self.chunked and self.body_rcv is not None:
            self.body_rcv = _ChunkedBody(self.body_rcv.getbuf())
        connection = self.headers.get("CONNECTION", "").lower()
        if "close" in [option.strip(" \t") for option in connection.split(",")]:
            headers = cast(dict[str, str], self.headers)
            headers["CONNECTION"] = "close"  # waitress compares the whole value


class _ChunkedBody(ChunkedReceiver):
    """A body in chunks, whose lines are short and exactly as RFC 9112 has them."""

    _trailers = 0

    def received(self, data: bytes) -> int:
        """Take in bytes, and return how many of them belong to the body."""
        left = data
        while left and not self.completed and not self.error:
            if self.chunk_remainder:
                piece = left[: self.chunk_remainder]
                self.buf.append(piece)
                self.chunk_remainder -= len(piece)
                self.validate_chunk_end = not self.chunk_remainder
                left = left[len(piece) :]
                continue
            line, end, left = (self.control_line + left).partition(b"\r\n")
            self.control_line = b"" if end else line
            if len(line) > _MAX_CHUNK_LINE:
                self.error = BadRequest("Expected a shorter line of a chunk")
            elif end:
                self._read(line)
        return len(data) - len(left)

    def _read(self, line: bytes) -> None:
        """Read a line: the end of a chunk, a trailer, or the size of the next chunk."""
        if self.validate_chunk_end:
            self.validate_chunk_end = False
            if line:
                self.error = BadRequest("Chunk not properly terminated")
        elif self.all_chunks_received:
            self._trailers += 1
            self.completed = not line
            if line and (self._trailers > _MAX_TRAILERS or not _TRAILER.fullmatch(line)):
                self.error = BadRequest("Invalid trailer")
        elif not (found := _CHUNK_SIZE.fullmatch(line)):
            self.error = BadRequest("Invalid chunk size")
        else:
            self.chunk_remainder = int(found[1], 16)
            self.all_chunks_received = not self.chunk_remainder
            if self.chunk_remainder > MAX_BODY_BYTES:
                self.error = RequestEntityTooLarge(f"exceeds max_body of {MAX_BODY_BYTES}")


class _InsufficientStorage(Error):
    code = 507
    reason = "Insufficient Storage"
