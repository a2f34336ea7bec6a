"""Links to images: signed and expiring, and holding all that it takes to serve them.

Their query follows the sample that the provider's page printed in 2025: start ``st``, expiry
``se``, permission ``sp`` and signature ``sig``. The path is ours.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlencode

from itsdangerous import Signer

from mockserver.contracts.error_catalog import api_error
from mockserver.images import FORMATS, PNG, Image, Size, TaggedImage

__all__ = ["CHANGED", "CORRUPT", "DEAD", "EXPIRED", "PREFIX", "ImageRef", "ImageSource", "Links"]

PREFIX = "/generated/"
"""Where the mock serves images."""

CORRUPT, DEAD, EXPIRED = "corrupt", "dead", "expired"
"""What can be wrong with an image or its link, on demand."""

CHANGED = "Expected it as it was given, received a changed one."
"""What is said of a link that was changed or cut."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"


class ImageSource(Protocol):
    """Where images are from: the gallery, or a recording."""

    def image(self, name: str, size: Size, media_type: str) -> Image:
        """Give an image in a size, as a kind of file."""


@dataclass(frozen=True, slots=True)
class ImageRef:
    """All that it takes to make one answered image again.

    :ivar contract: the contract that it was answered by; empty where the answer is a recorded one.
    :ivar digest: the SHA-256 of the prompt, in hexadecimal.
    :ivar index: which of the answer's images it is, from 0.
    :ivar name: the fixture image.
    :ivar tenant: who it was made for, by a digest of the key.
    :ivar flaw: what is wrong with it on demand: ``corrupt``, ``dead``, ``expired``; or nothing.
    :ivar pause: how long its link keeps waiting, in seconds.
    :ivar media_type: the kind of file.
    """

    contract: str
    digest: str
    index: int
    name: str
    width: int
    height: int
    tenant: str = ""
    defect: str = ""
    delay: float = 0
    media_type: str = PNG.media_type

    @property
    def is_recorded(self) -> bool:
        """Whether it is of a recorded answer, and no contract's."""
        return not self.contract

    def render(self, source: ImageSource) -> TaggedImage:
        """Make the image, with the stamp that says where it comes from; a recorded one has none.

        :raises FixtureError: when it is not there.
        """
        size = (self.width, self.height)
        image = source.image(self.name, size, self.media_type)
        if self.defect == CORRUPT:
            image = image.corrupted()
        if self.is_recorded:
            return TaggedImage(image)
        labels = {
            "model": self.contract.partition("@")[0],
            "contract": self.contract,
            "prompt-sha256": self.digest,
            "index": str(self.index),
        }
        return image.with_metadata(labels)


class Links:
    """Write links to images, and read them again.

    :param secret: what they are signed with.
    :param ttl: how long a link lives, in seconds.
    """

    def __init__(self, secret: str, ttl: int) -> None:
        self._signer = Signer(secret, salt="mockserver.app.signed_urls")
        self._ttl = ttl

    def write(self, image_ref: ImageRef, now: float, padding: str = "") -> str:
        """Give the path and query of a link.

        :param now: seconds since 1970-01-01 UTC.
        :param padding: what makes the query longer; it says nothing.
        """
        packed = json.dumps(astuple(image_ref), separators=(",", ":")).encode()
        token = urlsafe_b64encode(packed).decode().rstrip("=")
        begin = now - self._ttl - 1 if image_ref.defect == EXPIRED else now
        start, expiry = (_written(at) for at in (begin, begin + self._ttl))
        query = {"st": start, "se": expiry, "sp": "r"}
        signature = self._signer.get_signature(_signed(token, query)).decode()
        signed = query | {"sig": signature} | ({"pad": padding} if padding else {})
        extension = FORMATS[image_ref.media_type].extension
        return f"{PREFIX}{token}.{extension}?{urlencode(signed)}"

    def read(self, token: str, query: Mapping[str, str]) -> ImageRef:
        """Read what a link stands for, however old it is.

        :param token: the path's last part, without its ending.
        :raises Refusal: 403 when the link was changed or cut.
        """
        if not self._signer.verify_signature(_signed(token, query), query.get("sig", "")):
            raise api_error("link-refused", CHANGED)
        return ImageRef(*json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4))))

    def check_age(self, query: Mapping[str, str], now: float) -> None:
        """Check that a link, once read, has not expired.

        :param now: seconds since 1970-01-01 UTC.
        :raises Refusal: 403 when it has.
        """
        expiry = query["se"]
        if now >= datetime.strptime(expiry, _TIME).replace(tzinfo=UTC).timestamp():
            raise api_error("link-refused", f"It expired at {expiry}; ask for a new image.")


def _signed(token: str, query: Mapping[str, str]) -> bytes:
    """Give what the signature of a link covers: all of it."""
    return " ".join([token, *(query.get(name, "") for name in ("st", "se", "sp"))]).encode()


def _written(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime(_TIME)
