"""The fixture images: chosen by prompt, cut to size, stamped with where they come from."""

from mockserver.images.image import Image, TaggedImage
from mockserver.images.library import ImageLibrary

__all__ = ["Image", "ImageLibrary", "TaggedImage"]
