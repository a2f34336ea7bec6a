"""What has passed through the proxy so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from threading import Lock

from mockserver.contracts import Contract, Finding
from mockserver.contracts.finding import one_line
from mockserver.recording.redact import Redactor

REJECTED = "kept back by --strict"
NO_RESPONSE = "without a response"
UNRECORDED = "not recorded"
FAILURES = (REJECTED, NO_RESPONSE, UNRECORDED)
"""What can happen to a request beside its findings: an exchange may not be written, either."""

_MAX_PROBLEMS = 1000
_MORE = "further problems"


class ProxySummary:
    """Counts requests, those that were checked, and their findings.

    :param secrets: known secrets, which are not printed.
    """

    def __init__(self, *secrets: str) -> None:
        self._lock = Lock()
        self._redactor = Redactor(*secrets)
        self._forwarded = 0
        self._checked: Counter[str] = Counter()
        self._with_findings = 0
        self._failures: Counter[str] = Counter()
        self._problems: Counter[str] = Counter()

    def add(self, contract: Contract | None = None, findings: Sequence[Finding] = ()) -> None:
        """Count a request that was forwarded, and its response.

        :param contract: what it was checked against; None where it was not checked.
        """
        with self._lock:
            self._forwarded += 1
            if contract is not None:
                self._checked[contract.id] += 1
            self._with_findings += bool(findings)
            self._add_problems(findings)

    def add_failure(self, failure: str, problems: Sequence[Finding | str]) -> None:
        """Count a request that failed, in one of the ways of ``FAILURES``, and why."""
        with self._lock:
            self._failures[failure] += 1
            self._add_problems(problems)

    def _add_problems(self, problems: Sequence[Finding | str]) -> None:
        # A summary ends in the logs of CI, and findings quote what was sent.
        for problem in problems:
            text = one_line(self._redactor.text(str(problem)))
            is_kept = text in self._problems or len(self._problems) < _MAX_PROBLEMS
            self._problems[text if is_kept else _MORE] += 1

    @property
    def lines(self) -> Iterator[str]:
        """The summary as lines of text, with each finding once."""
        counts = ", ".join(f"{times} against {name}" for name, times in self._checked.items())
        checked = f"checked: {counts}" if counts else "none of them for images"
        failures = [f"{self._failures[each]} {each}" for each in FAILURES if self._failures[each]]
        parts = [
            f"{self._forwarded} passed on, {checked}",
            f"{self._with_findings} with findings",
            *failures,
        ]
        yield "; ".join(parts)
        for problem, times in self._problems.most_common():
            yield f"  {times} x {problem}"
