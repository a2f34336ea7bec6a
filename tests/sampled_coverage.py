"""A plugin of pytest for a run with coverage: it measures one case of each test.

The tracer of coverage makes most tests two to three times as slow, and most cases of a
parametrized test run the same lines. What is measured is a lower bound of what is covered.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator

import pytest

_IS_MEASURED = pytest.StashKey[bool]()


@pytest.hookimpl(trylast=True)  # only what runs counts
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    known = set()
    for item in items:
        test, _, _ = item.nodeid.partition("[")
        item.stash[_IS_MEASURED] = test not in known and not _takes_long(item)
        known.add(test)


def _takes_long(item: pytest.Item) -> bool:
    has_many_examples = hasattr(getattr(item, "obj", None), "hypothesis")
    return has_many_examples or item.get_closest_marker("unmeasured") is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Take the tracer away from the fixtures, threads and processes of a test, if not measured.

    The marker no_cover of pytest-cov would leave it to fixtures and processes, and would then give
    this thread the tracers of all threads.
    """
    if item.stash[_IS_MEASURED]:
        return (yield)
    here, in_new_threads = sys.gettrace(), threading.gettrace()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        sys.settrace(None)
        threading.settrace(None)
        try:
            return (yield)
        finally:
            sys.settrace(here)
            threading.settrace(in_new_threads)
