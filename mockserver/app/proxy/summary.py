"""What has passed through so far, for the closing summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from threading import Lock

from mockserver.contracts import Contract, Finding
from mockserver.recording.redact import Redactor

__all__ = ["ProxySummary"]


class ProxySummary:
    """Counts what passes: requests, those that were checked, and what was wrong with them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._scrubber = Redactor()
        self._passed = 0
        self._checked: Counter[str] = Counter()
        self._broken = 0
        self._kept_back = 0
        self._unanswered = 0
        self._told: Counter[str] = Counter()

    def add(self, contract: Contract | None = None, findings: Sequence[Finding] = ()) -> None:
        """Count a request that was passed on and answered.

        :param contract: what it and its answer were held to; None where they were not checked.
        """
        with self._lock:
            self._passed += 1
            if contract is not None:
                self._checked[contract.id] += 1
            self._broken += bool(findings)
            self._emit(findings)

    def keep_back(self, findings: Sequence[Finding]) -> None:
        """Count a request that was too wrong to be passed on."""
        with self._lock:
            self._kept_back += 1
            self._emit(findings)

    def miss(self, reason: str) -> None:
        """Count a request that the upstream gave no answer to."""
        with self._lock:
            self._unanswered += 1
            self._emit([reason])

    def _emit(self, told: Sequence[Finding | str]) -> None:
        # A summary ends in the logs of CI, and findings quote what was sent.
        self._told.update(self._scrubber.text(str(each)) for each in told)

    @property
    def lines(self) -> Iterator[str]:
        """Sum up, each finding once."""
        held = ", ".join(f"{times} against {name}" for name, times in self._checked.items())
        checked = f"checked: {held}" if held else "none of them for images"
        back = f"; {self._kept_back} kept back by --strict" if self._kept_back else ""
        no_effect_reason = f"; {self._unanswered} without an answer" if self._unanswered else ""
        yield f"{self._passed} passed on, {checked}; {self._broken} with findings{back}{no_effect_reason}"
        for words, times in self._told.most_common():
            yield f"  {times} x {words}"
