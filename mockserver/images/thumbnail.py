"""Small versions of images, to look at."""

from __future__ import annotations

import io

from mockserver.errors import ImageError
from mockserver.images.inspect import FORMATS_READ, UNDECODABLE

__all__ = ["thumbnail"]


def thumbnail(data: bytes, width: int) -> bytes:
    """Return an image as a WebP file of at most a width, in pixels, and twice that height.

    :param data: a whole file: PNG, JPEG, WebP or TIFF.
    :raises ImageError: when the file is damaged.
    """
    from PIL import Image as PILImage  # the import takes a third of the start-up time

    file = io.BytesIO()
    try:
        with PILImage.open(io.BytesIO(data), formats=FORMATS_READ) as source:
            small = source.convert("RGBA" if "A" in source.getbands() else "RGB")
        small.thumbnail((width, 2 * width))
        small.save(file, "WEBP", quality=80)
    except (*UNDECODABLE, PILImage.DecompressionBombError) as error:
        raise ImageError(f"an image that cannot be decoded: {error}") from None
    return file.getvalue()
