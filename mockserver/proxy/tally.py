"""What has passed through so far, for the closing summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from threading import Lock

from mockserver.contract import Contract, Finding
from mockserver.scrub import Scrubber

__all__ = ["Tally"]


class Tally:
    """Counts what passes: requests, those that were checked, and what was wrong with them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._scrubber = Scrubber()
        self._passed = 0
        self._checked: Counter[str] = Counter()
        self._broken = 0
        self._findings: Counter[str] = Counter()

    def add(self, contract: Contract | None = None, findings: Sequence[Finding] = ()) -> None:
        """Count a request.

        :param contract: what it and its answer were held to; None where they were not checked.
        """
        with self._lock:
            self._passed += 1
            if contract is not None:
                self._checked[contract.id] += 1
            self._broken += bool(findings)
            # A summary ends in the logs of CI, and findings quote what was sent.
            self._findings.update(self._scrubber.text(str(finding)) for finding in findings)

    @property
    def lines(self) -> Iterator[str]:
        """Sum up, each finding once."""
        held = ", ".join(f"{times} against {name}" for name, times in self._checked.items())
        checked = f"checked: {held}" if held else "none of them for pictures"
        yield f"{self._passed} passed on, {checked}; {self._broken} with findings"
        for finding, times in self._findings.most_common():
            yield f"  {times} x {finding}"
