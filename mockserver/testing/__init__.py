"""What a user's tests and scripts use: the mock, its admin client, adapters for HTTP libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.testing.watcher import watch

__all__ = ["watch"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    # The package is imported with each of its modules, and only one of them is this one.
    if name != "watch":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mockserver.testing.watcher import watch

    return watch
