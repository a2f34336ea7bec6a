"""Signed links to images; a link expires, and it encodes everything to serve its image.

The query follows the sample that the provider's page printed in 2025: start ``st``, expiry ``se``,
permission ``sp`` and signature ``sig``. The path is project-defined.
"""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from calendar import timegm
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from mockserver.contracts.error_catalog import api_error
from mockserver.images import FORMATS, PNG, Image, Size, TaggedImage
from mockserver.images.inspect import MAX_PIXELS

PREFIX = "/generated/"
"""The path below which the mock serves images."""

CORRUPT, DEAD, EXPIRED = "corrupt", "dead", "expired"
"""The defects that an image or its link can have on demand."""

CHANGED = "Expected it as it was given, received a changed one."
"""The message about a link that was changed or cut."""

_BACKDATED_SECONDS = 3600
"""How long before its making a link begins to be valid, as in the printed samples."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@lru_cache(maxsize=256)
def _utc(seconds: int) -> str:
    return time.strftime(_TIME, time.gmtime(seconds))


class ImageSource(Protocol):
    """Where images come from: the library, or a recording."""

    def image(self, name: str, size: Size, media_type: str) -> Image:
        """Return an image in a size and a file format."""


class ImageRef(NamedTuple):
    """What an image link encodes: enough to render that image again.

    :ivar contract: the contract of the response; empty where the response is a recorded one.
    :ivar digest: the SHA-256 of the prompt, in hexadecimal.
    :ivar position: the image's index in the response.
    :ivar name: the fixture image.
    :ivar tenant: the tenant that it was made for, a digest of the key.
    :ivar defect: ``corrupt``, ``dead``, ``expired``, or empty.
    :ivar delay: how long its link waits before it responds, in seconds.
    :ivar media_type: the file format.
    """

    contract: str
    digest: str
    position: int
    name: str
    width: int
    height: int
    tenant: str = ""
    defect: str = ""
    delay: float = 0
    media_type: str = PNG.media_type

    def packed(self) -> bytes:
        """Return the values with a byte between that no name has; a file's may be no UTF-8."""
        return "\0".join(map(str, self)).encode(errors="surrogateescape")

    @classmethod
    def unpacked(cls, packed: bytes) -> ImageRef:
        """Return the reference of packed values.

        :raises ValueError: when it is something else.
        """
        text = packed.decode(errors="surrogateescape")
        values: dict[str, Any] = dict(zip(cls._fields, text.split("\0"), strict=True))
        numbers = {name: int(values[name]) for name in ("position", "width", "height")}
        return cls(**{**values, **numbers, "delay": float(values["delay"])})

    @property
    def is_recorded(self) -> bool:
        """Whether the image is part of a recorded response."""
        return not self.contract

    def image(self, source: ImageSource) -> Image:
        """Return the image without a tag.

        :raises FixtureError: when it is not there.
        """
        image = source.image(self.name, (self.width, self.height), self.media_type)
        return image.corrupted if self.defect == CORRUPT else image

    def render(self, source: ImageSource) -> TaggedImage:
        """Return the image with a tag; see :meth:`image` and :meth:`tagged`.

        :raises FixtureError: when it is not there.
        """
        return self.tagged(self.image(source))

    def tagged(self, image: Image) -> TaggedImage:
        """Return an image with a tag that says where it comes from; a recorded one has none."""
        if self.is_recorded:
            return TaggedImage(image)
        labels = {
            "model": self.contract.partition("@")[0],
            "contract": self.contract,
            "prompt-sha256": self.digest,
            "index": str(self.position),
        }
        return image.with_metadata(labels)


def _is_served(image_ref: ImageRef) -> bool:
    width, height = image_ref.width, image_ref.height
    has_size = image_ref.is_recorded or (min(width, height) > 0 and width * height <= MAX_PIXELS)
    return has_size and image_ref.media_type in FORMATS and image_ref.contract.isascii()


class Links:
    """Write links to images, and read them again.

    :param secret: the secret that signs them.
    :param ttl: the lifetime of a link, in seconds.
    """

    def __init__(self, secret: str, ttl: int) -> None:
        self._key = secret.encode()
        self._ttl = ttl

    def write(self, image_ref: ImageRef, now: float, padding: str = "") -> str:
        """Return the path and query of a link.

        :param now: seconds since 1970-01-01 UTC.
        :param padding: makes the query longer, and has no meaning.
        """
        token = urlsafe_b64encode(image_ref.packed()).decode().rstrip("=")
        made = now - self._ttl - 1 if image_ref.defect == EXPIRED else now
        start, expiry = _utc(int(made) - _BACKDATED_SECONDS), _utc(int(made) + self._ttl)
        signature = self._signature(token, start, expiry, "r")
        query = f"st={start}&se={expiry}&sp=r&sig={signature}".replace(":", "%3A")
        extension = FORMATS[image_ref.media_type].extension
        return f"{PREFIX}{token}.{extension}?{query}" + (f"&pad={padding}" if padding else "")

    def read(self, token: str, query: Mapping[str, str]) -> ImageRef:
        """Return what a link encodes, however old it is.

        :param token: the path's last part, without its file extension.
        :raises APIError: 403 when the link was changed or cut.
        """
        stated = (query.get(name, "") for name in ("st", "se", "sp"))
        signature = self._signature(token, *stated).encode()
        if not hmac.compare_digest(signature, query.get("sig", "").encode()):
            raise api_error("link-refused", CHANGED)
        try:
            packed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            image_ref = ImageRef.unpacked(packed)
        except ValueError:
            image_ref = None
        # Whoever knows the secret can write a link of any content.
        if image_ref is None or not _is_served(image_ref):
            raise api_error("link-refused", CHANGED)
        return image_ref

    def check_age(self, query: Mapping[str, str], now: float) -> None:
        """Check that a link, once read, has not expired.

        :param now: seconds since 1970-01-01 UTC.
        :raises APIError: 403 when it has.
        """
        expiry = query["se"]
        if now >= timegm(time.strptime(expiry, _TIME)):
            raise api_error("link-refused", f"It expired at {expiry}; ask for a new image.")

    def _signature(self, *signed: str) -> str:
        digest = hmac.digest(self._key, " ".join(signed).encode(), "sha256")
        return urlsafe_b64encode(digest).decode().rstrip("=")
