"""What an import cannot carry over, or has to decide: each with its place, none of it silently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["DocumentWarning", "DocumentWarnings"]


@dataclass(frozen=True, slots=True)
class DocumentWarning:
    """One thing that a contract does not say as its document does.

    :ivar document: the document's file or URL.
    :ivar pointer: where in it, as a JSON pointer (RFC 6901).
    """

    document: str
    pointer: str
    words: str

    def __str__(self) -> str:
        return f"{self.document}#{self.pointer}: {self.words}"


class DocumentWarnings:
    """The losses of one document, each once."""

    def __init__(self, document: str) -> None:
        self._document = document
        self._losses: dict[DocumentWarning, None] = {}

    def add(self, pointer: str, words: str) -> None:
        """Note a loss down."""
        self._losses[DocumentWarning(self._document, pointer, words)] = None

    def __iter__(self) -> Iterator[DocumentWarning]:
        return iter(self._losses)
