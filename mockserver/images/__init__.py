"""The fixture images: chosen by prompt, resized, tagged with where they come from."""

from mockserver.images.image import FORMATS, JPEG, PNG, Image, ImageFormat, Size, TaggedImage
from mockserver.images.image_library import ImageLibrary
from mockserver.images.inspect import thumbnail
from mockserver.images.source_image import SourceImage

__all__ = [
    "FORMATS",
    "JPEG",
    "PNG",
    "Image",
    "ImageFormat",
    "ImageLibrary",
    "Size",
    "SourceImage",
    "TaggedImage",
    "thumbnail",
]
