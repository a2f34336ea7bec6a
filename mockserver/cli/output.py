"""Faults and requests in lines, as a person at a shell reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.testing.journal_entry import JournalEntry

__all__ = ["fault_line", "pluralize", "table"]

_HEADINGS = ("TIME", "STATUS", "   MS", "FAULT", "FINDINGS", "SIZE", "PROMPT")
_LONGEST_PROMPT = 50


def fault_line(fault: Any) -> str:  # noqa: ANN401
    """Write a fault that waits in a line; what is as usual is left out."""
    usual = {"after": 0, "probability": 1, "seed": 0}
    told = {
        n: v for n, v in fault.items() if n not in {"id", "fault", "seen"} and usual.get(n) != v
    }
    return f"{fault['id']:>4}  {fault['fault']:20} " + " ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in told.items()
    )


def table(found: Iterable[JournalEntry]) -> list[str]:
    """Lay requests out in columns as wide as what they hold."""
    from mockserver.compare.report import format_table

    rows = [_row(request) for request in found]
    return format_table([_HEADINGS, *rows]) if rows else []


def pluralize(number: int, noun: str) -> str:
    """Count things: ``1 request``, ``2 requests``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _row(request: JournalEntry) -> Sequence[str]:
    prompt = (
        str(request.prompt) if request.prompt is not None else f"{request.method} {request.path}"
    )
    short = prompt if len(prompt) <= _LONGEST_PROMPT else f"{prompt[:_LONGEST_PROMPT]}…"
    return (
        f"{request.time:%H:%M:%S}",
        str(request.status),
        f"{request.duration_ms:5.0f}",
        request.fault or "-",
        str(len(request.findings)),
        str(request.size or "-"),
        short if short.isprintable() else ascii(short)[1:-1],
    )
