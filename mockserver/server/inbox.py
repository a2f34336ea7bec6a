"""The bytes that a client has sent, and where the first request among them ends."""

from __future__ import annotations

import re
from http import HTTPStatus

from mockserver.contracts.error_catalog import api_error
from mockserver.errors import APIError
from mockserver.server.limits import Limits

__all__ = ["Inbox"]

_REQUEST_LINE = re.compile(rb"\S+ \S+ HTTP/\d\.\d\r")
_LENGTH = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding[ \t]*:[^\r\n]*chunked", re.IGNORECASE)
_CONTINUE = re.compile(rb"\r\nexpect[ \t]*:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")
_LONGEST_LINE = 8190


class Inbox:
    """What has arrived and is not answered yet.

    It only finds where a request ends (RFC 9112 section 6); whether it is a good one is for the
    parser to say. What can never become a request counts as whole, so that it is refused at once.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = bytearray()
        self._begin()

    def _begin(self) -> None:
        self._searched = 0
        self._body: int | None = None
        self._chunk: int | None = None
        self._end: int | None = None
        self._api_error: APIError | None = None
        self.expects_continue = False

    def __len__(self) -> int:
        return len(self._bytes)

    def add(self, data: bytes) -> None:
        """Put what has just arrived behind what is there."""
        self._bytes += data

    def refuse(self, error: APIError) -> None:
        """Let this be what comes of the request that has begun."""
        self._api_error = error

    def peek(self) -> bytes:
        """Give the beginning of what is there, for an answer that must name the path."""
        return bytes(self._bytes[:_LONGEST_LINE])

    def head(self) -> bytes:
        """Give the first request without its body; nothing when not all of that is there."""
        return b"" if self._body is None else bytes(self._bytes[: self._body])

    def take(self) -> bytes:
        """Take the first request, which must be whole; what follows it stays.

        :raises Refusal: when it is larger than the limits, or never came to its end.
        """
        if self._api_error:
            raise self._api_error
        request = bytes(self._bytes[: self._end])
        del self._bytes[: self._end]
        self._begin()
        return request

    def whole(self) -> bool:
        """Tell whether a whole request is there, or something that can never become one."""
        try:
            self._look_on()
        except APIError as error:
            self.refuse(error)
        return bool(self._api_error) or (self._end is not None and len(self._bytes) >= self._end)

    def _look_on(self) -> None:
        if self._body is None and self._end is None:
            self._look_for_body()
        if self._chunk is not None and self._end is None:
            self._look_for_last_chunk(self._chunk)

    def _look_for_body(self) -> None:
        self._skip_empty_lines()
        end = self._bytes.find(b"\r\n\r\n", self._searched)
        if (len(self._bytes) if end < 0 else end) > self._limits.head_bytes:
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise APIError(status, status.phrase)
        if end >= 0:
            self._read_head(bytes(self._bytes[: end + 2]), end + 4)
        elif self._is_hopeless():
            self._exit_with_error()
        self._searched = max(0, len(self._bytes) - 3)

    def _skip_empty_lines(self) -> None:
        while self._bytes.startswith((b"\r", b"\n")):
            del self._bytes[0]

    def _is_hopeless(self) -> bool:
        line, ended, _ = self._bytes.partition(b"\n")
        if ended:
            bare = self._bytes.count(b"\n") != self._bytes.count(b"\r\n")
            return bare or not _REQUEST_LINE.fullmatch(line)
        return len(line) > _LONGEST_LINE or not (line or b"G")[:1].isalpha()

    def _exit_with_error(self) -> None:
        self._end = len(self._bytes)

    def _read_head(self, head: bytes, body: int) -> None:
        self._body = body
        if _CHUNKED.search(head):
            self._chunk = body
        else:
            length = _LENGTH.search(head)
            self._end = body + (int(length[1]) if length else 0)
            self._check_size(self._end)
        if _CONTINUE.search(head) and b" HTTP/1.0\r\n" not in head:
            self.expects_continue = len(self._bytes) == body

    def _look_for_last_chunk(self, chunk: int) -> None:
        """Step from chunk to chunk, from where the last look had to stop."""
        while (line_end := self._bytes.find(b"\r\n", chunk)) >= 0:
            size = _CHUNK_SIZE.fullmatch(self._bytes[chunk:line_end])
            if not size:
                return self._exit_with_error()
            if not int(size[1], 16):
                return self._look_for_trailers_end(line_end)
            chunk = self._chunk = line_end + 2 + int(size[1], 16) + 2
            self._check_size(chunk)
        return self._limit_line(chunk)

    def _look_for_trailers_end(self, line_end: int) -> None:
        end = self._bytes.find(b"\r\n\r\n", line_end)
        if end >= 0:
            self._end = end + 4
        else:
            self._limit_line(line_end)

    def _limit_line(self, start: int) -> None:
        if len(self._bytes) - start > _LONGEST_LINE:
            self._exit_with_error()

    def _check_size(self, end: int) -> None:
        most = self._limits.body_bytes
        if self._body is not None and end - self._body > most:
            raise api_error("too-large", f"Expected a body of at most {most} bytes")
