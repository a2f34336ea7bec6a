"""The fixture pictures: chosen by prompt, cut to size, stamped with where they come from."""

from mockserver.pictures.gallery import Gallery
from mockserver.pictures.picture import Picture, Stamped

__all__ = ["Gallery", "Picture", "Stamped"]
