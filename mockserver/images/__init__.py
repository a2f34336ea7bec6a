"""The fixture pictures: chosen by prompt, cut to size, stamped with where they come from."""

from mockserver.images.image import Picture, Stamped
from mockserver.images.library import Gallery

__all__ = ["Gallery", "Picture", "Stamped"]
