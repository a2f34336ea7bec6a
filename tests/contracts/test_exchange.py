"""A body is read without its content coding."""

from __future__ import annotations

import gzip
import zlib

import pytest

from mockserver.contracts.exchange import decoded

PACKED = gzip.compress(b"plain", mtime=0)
RAW = zlib.compress(b"plain", wbits=-15)


@pytest.mark.parametrize(
    ("body", "coding", "plain"),
    [
        (b"plain", "", b"plain"),
        (b"plain", "identity", b"plain"),
        (PACKED, "gzip", b"plain"),
        (PACKED, "X-GZIP", b"plain"),
        (zlib.compress(b"plain"), "deflate", b"plain"),
        (gzip.compress(b"plains", mtime=0), "gzip", b"plains"[:6]),
        (PACKED[:-9], "gzip", None),
        (b"no gzip", "gzip", None),
        (b"", "gzip", None),
        (PACKED + PACKED, "gzip", b"plainp"),
        (gzip.compress(b"", mtime=0) + PACKED, "gzip", b"plain"),
        (PACKED + b"rest", "gzip", None),
        (gzip.compress(b"", mtime=0) * 101, "gzip", None),
        (RAW, "deflate", b"plain"),
        (RAW, "gzip", None),
        (b"plain", "br", None),
        (b"plain", "gzip, gzip", None),
    ],
)
def test_a_content_coding_is_undone(body: bytes, coding: str, plain: bytes | None) -> None:
    assert decoded(body, coding, limit=5) == plain
