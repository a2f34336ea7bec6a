"""Exchanges of HTTP clients, captured while the user's code reads the response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from typing import Any

from mockserver.contracts import Exchange, Request, Response
from mockserver.contracts.exchange import decoded

Submit = Callable[["Captured"], None]


@dataclass(frozen=True, slots=True)
class Captured:
    """An exchange that the user's code has read to its end.

    :ivar parts: the response's body in the parts in which it was read.
    :ivar join: returns the whole body without its content coding.
    """

    method: str
    url: str
    request_headers: Mapping[str, str]
    body: bytes
    status: int
    headers: Mapping[str, str]
    parts: list[bytes]
    join: Callable[[Iterable[bytes]], bytes] = b"".join

    @property
    def size(self) -> int:
        """The size of both bodies as they came."""
        return len(self.body) + sum(map(len, self.parts))

    def exchange(self) -> Exchange | None:
        """Return the exchange as plain data; None where the request cannot be decoded."""
        body = decoded(self.body, self.request_headers.get("content-encoding", ""))
        if body is None:
            return None
        request = Request(self.method, self.url, dict(self.request_headers), body)
        return Exchange(request, Response(self.status, dict(self.headers), self.join(self.parts)))


def capture_httpx(response: Any, submit: Submit) -> None:  # noqa: ANN401 - httpx or httpx2
    """Submit the exchange of a response of httpx once its body has been read."""
    request, library = response.request, type(response).__module__.partition(".")[0]
    url, status, headers = str(request.url), response.status_code, response.headers
    capture = partial(
        Captured, request.method, url, request.headers, request.content, status, headers
    )
    if response.is_stream_consumed:  # it was made with its content, as by a cache
        submit(capture([response.content]))
        return
    httpx, parts = import_module(library), list[bytes]()
    captured = capture(parts, partial(_decoded_by, httpx, status, headers))
    is_async = not isinstance(response.stream, httpx.SyncByteStream)
    tee = _tee_classes(library)[is_async]
    response.stream = tee(response.stream, parts, lambda: submit(captured))


def _decoded_by(library: Any, status: int, headers: Any, parts: Iterable[bytes]) -> bytes:  # noqa: ANN401
    """Return a body as the library decodes it, which may know more codings."""
    content: bytes = library.Response(status, headers=headers, content=b"".join(parts)).content
    return content


@cache
def _tee_classes(library: str) -> tuple[type, type]:
    """Return the streams of a library that keep what is read from them: sync and async."""
    httpx = import_module(library)

    class Tee:
        def __init__(self, stream: Any, parts: list[bytes], done: Callable[[], None]) -> None:  # noqa: ANN401
            self.stream, self.parts, self.done = stream, parts, done

    class SyncTee(Tee, httpx.SyncByteStream):  # type: ignore[name-defined, misc]
        def __iter__(self) -> Iterator[bytes]:
            for part in self.stream:
                self.parts.append(part)
                yield part
            self.done()

        def close(self) -> None:
            self.stream.close()

    class AsyncTee(Tee, httpx.AsyncByteStream):  # type: ignore[name-defined, misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for part in self.stream:
                self.parts.append(part)
                yield part
            self.done()

        async def aclose(self) -> None:
            await self.stream.aclose()

    return SyncTee, AsyncTee


def capture_requests(response: Any, submit: Submit) -> None:  # noqa: ANN401 - of requests
    """Submit the exchange of a response of requests once its body has been read."""
    request, read = response.request, response.iter_content
    body, parts = request.body or b"", list[bytes]()
    if not isinstance(body, bytes | str):
        return  # reading it again could alter it
    captured = Captured(
        request.method,
        request.url,
        request.headers,
        body.encode() if isinstance(body, str) else body,
        response.status_code,
        response.headers,
        parts,
    )

    def iter_content(*arguments: Any, **options: Any) -> Iterator[Any]:  # noqa: ANN401
        response.iter_content = read  # what is read once more is not captured again
        return keep(read(*arguments, **options))

    def keep(chunks: Iterator[Any]) -> Iterator[Any]:
        for chunk in chunks:
            parts.append(chunk)
            yield chunk
        submit(captured)

    response.iter_content = iter_content
