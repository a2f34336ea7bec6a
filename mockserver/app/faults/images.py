"""Faults of the images: broken, of the wrong size, too few, or behind a link that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mockserver.app.faults.base import FaultBehavior, FaultContext
from mockserver.app.signed_urls import CORRUPT, DEAD, EXPIRED, ImageRef
from mockserver.contracts import ImageRequest

__all__ = [
    "CorruptedImage",
    "DeadLink",
    "ExpiredLink",
    "FewerImages",
    "NoImages",
    "SlowLink",
    "WrongSizeImage",
]


class _DefectiveImages(FaultBehavior):
    """Images with a defect."""

    defect = ""

    def change_images(
        self, image_refs: Sequence[ImageRef], fault_context: FaultContext
    ) -> Sequence[ImageRef]:
        """Set the defect."""
        return [image_ref._replace(defect=self.defect) for image_ref in image_refs]


class CorruptedImage(_DefectiveImages):
    """Images that cannot be decoded."""

    summary = "an image whose file is damaged in the middle, as base64 or behind its link"
    defect = CORRUPT


class DeadLink(_DefectiveImages):
    """Links that respond with 404."""

    summary = "a link to an image that answers 404 (answers with links only)"
    defect = DEAD


class ExpiredLink(_DefectiveImages):
    """Links that have expired."""

    summary = "a link to an image that has expired: 403 (answers with links only)"
    defect = EXPIRED


class SlowLink(FaultBehavior):
    """Links whose images come late."""

    summary = "a link whose image comes after `seconds` (5) (answers with links only)"
    takes = ("seconds",)
    seconds = 5.0

    def change_images(
        self, image_refs: Sequence[ImageRef], fault_context: FaultContext
    ) -> Sequence[ImageRef]:
        """Set how long the links wait."""
        return [image_ref._replace(delay=fault_context.seconds) for image_ref in image_refs]


class WrongSizeImage(FaultBehavior):
    """Images of half the size."""

    summary = "images of half the width and height that were asked for"

    def change_request(self, image_request: ImageRequest) -> ImageRequest:
        """Halve the width and height."""
        return replace(
            image_request, width=image_request.width // 2, height=image_request.height // 2
        )


class FewerImages(FaultBehavior):
    """One image fewer than requested."""

    summary = "a success with one image less than n asks for"
    applies_to_recordings = False

    def change_images(
        self, image_refs: Sequence[ImageRef], fault_context: FaultContext
    ) -> Sequence[ImageRef]:
        """Leave the last image out."""
        return image_refs[:-1]


class NoImages(FaultBehavior):
    """A success with an empty list."""

    summary = "a success whose list of images is empty"
    applies_to_recordings = False

    def change_images(
        self, image_refs: Sequence[ImageRef], fault_context: FaultContext
    ) -> Sequence[ImageRef]:
        """Leave every image out."""
        return image_refs[:0]
