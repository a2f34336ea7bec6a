"""Keep secrets out of what is written down, even parts of them."""

from __future__ import annotations

import json

__all__ = ["BLANK", "TextRedactor"]

BLANK = "[key]"
"""What is written instead of a secret."""

_SHORTEST = 8
"""Shorter keys, such as ``test``, are words of ordinary prompts; they are blanked where they stand
alone."""

_LEAST_PART = 4
_CUT = "…"


class TextRedactor:
    """Blanks secrets.

    :param secrets: what must not be written down; empty ones do not count.
    """

    def __init__(self, *secrets: str) -> None:
        escaped = [json.dumps(secret)[1:-1] for secret in secrets]
        self._secrets = sorted({s for s in (*secrets, *escaped) if s}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Give a text without the secrets, and without the beginning of one where it is cut."""
        for secret in self._secrets:
            text = _blanked(text, secret)
        return text


def _blanked(text: str, secret: str) -> str:
    if len(secret) < _SHORTEST:
        return BLANK if text == secret else text.replace(f"'{secret}'", f"'{BLANK}'")
    text = text.replace(secret, BLANK)
    if _CUT in text:
        for end in range(len(secret) - 1, _LEAST_PART - 1, -1):
            text = text.replace(secret[:end] + _CUT, BLANK + _CUT)
    return text
