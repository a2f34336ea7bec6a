"""Faults of the images: broken, of the wrong size, or behind a link that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mockserver.app.faults.base import FaultContext
from mockserver.app.signed_urls import ImageRef
from mockserver.contracts import ImageRequest

__all__ = ["half_size", "slow", "with_defect"]


def with_defect(defect: str, image_refs: Sequence[ImageRef], _: FaultContext) -> Sequence[ImageRef]:
    """Return images that have a defect, or whose links have one."""
    return [image_ref._replace(defect=defect) for image_ref in image_refs]


def slow(image_refs: Sequence[ImageRef], fault_context: FaultContext) -> Sequence[ImageRef]:
    """Return images whose links wait."""
    return [image_ref._replace(delay=fault_context.seconds) for image_ref in image_refs]


def half_size(image_request: ImageRequest) -> ImageRequest:
    """Return a request for images of half the width and height."""
    return replace(image_request, width=image_request.width // 2, height=image_request.height // 2)
