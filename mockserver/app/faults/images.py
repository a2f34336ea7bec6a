"""Faults of the pictures: broken, of the wrong size, too few, or behind a link that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mockserver.app.faults.base import Effect, Occasion
from mockserver.app.signed_urls import CORRUPT, DEAD, EXPIRED, Negative
from mockserver.contracts import Order

__all__ = [
    "CorruptedPicture",
    "DeadLink",
    "ExpiredLink",
    "FewerPictures",
    "NoPictures",
    "SlowLink",
    "WrongSizePicture",
]


class _Flawed(Effect):
    """Pictures with a flaw."""

    flaw = ""

    def negatives(self, negatives: Sequence[Negative]) -> Sequence[Negative]:
        """Note the flaw down."""
        return [replace(negative, flaw=self.flaw) for negative in negatives]


class CorruptedPicture(_Flawed):
    """Pictures that cannot be decoded."""

    summary = "a picture whose file is damaged in the middle, as base64 or behind its link"
    flaw = CORRUPT


class DeadLink(_Flawed):
    """Links that lead nowhere."""

    summary = "a link to a picture that answers 404 (answers with links only)"
    flaw = DEAD


class ExpiredLink(_Flawed):
    """Links that have expired."""

    summary = "a link to a picture that has expired: 403 (answers with links only)"
    flaw = EXPIRED


class SlowLink(Effect):
    """Links whose pictures come late."""

    summary = "a link whose picture comes after `seconds` (5) (answers with links only)"
    takes = ("seconds",)
    seconds = 5.0
    _pause = 0.0

    def instead(self, occasion: Occasion) -> None:
        """Settle how long the links wait."""
        self._pause = self.drawn(occasion.random)

    def negatives(self, negatives: Sequence[Negative]) -> Sequence[Negative]:
        """Note down how long the links wait."""
        return [replace(negative, pause=self._pause) for negative in negatives]


class WrongSizePicture(Effect):
    """Pictures of half the size."""

    summary = "pictures of half the width and height that were asked for"

    def order(self, order: Order) -> Order:
        """Order half of everything."""
        return replace(order, width=order.width // 2, height=order.height // 2)


class FewerPictures(Effect):
    """One picture less than asked for."""

    summary = "a success with one picture less than n asks for"

    def negatives(self, negatives: Sequence[Negative]) -> Sequence[Negative]:
        """Lose the last picture."""
        return negatives[:-1]


class NoPictures(Effect):
    """A success with an empty list."""

    summary = "a success whose list of pictures is empty"

    def negatives(self, negatives: Sequence[Negative]) -> Sequence[Negative]:
        """Lose every picture."""
        return negatives[:0]
