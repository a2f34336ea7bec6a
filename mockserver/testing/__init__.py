"""What a user's tests and scripts use: the mock, its admin client, adapters for HTTP libraries."""

from mockserver.testing.watcher import watch

__all__ = ["watch"]
