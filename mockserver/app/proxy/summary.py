"""What has passed through the proxy so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from threading import Lock

from mockserver.contracts import Contract, Finding
from mockserver.contracts.finding import one_line
from mockserver.recording.redact import Redactor

__all__ = ["ProxySummary"]

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
        self._rejected = 0
        self._unanswered = 0
        self._unrecorded = 0
        self._problems: Counter[str] = Counter()

    def add(self, contract: Contract | None = None, findings: Sequence[Finding] = ()) -> None:
        """Count a request that was forwarded and answered.

        :param contract: what it was checked against; None where it was not checked.
        """
        with self._lock:
            self._forwarded += 1
            if contract is not None:
                self._checked[contract.id] += 1
            self._with_findings += bool(findings)
            self._add_problems(findings)

    def add_rejected(self, findings: Sequence[Finding]) -> None:
        """Count a request that ``--strict`` did not forward."""
        with self._lock:
            self._rejected += 1
            self._add_problems(findings)

    def add_unanswered(self, reason: str) -> None:
        """Count a request that the upstream did not answer."""
        with self._lock:
            self._unanswered += 1
            self._add_problems([reason])

    def add_unrecorded(self, reason: str) -> None:
        """Count an exchange that could not be written."""
        with self._lock:
            self._unrecorded += 1
            self._add_problems([reason])

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
        line = f"{self._forwarded} passed on, "
        line += f"checked: {counts}" if counts else "none of them for images"
        line += f"; {self._with_findings} with findings"
        line += f"; {self._rejected} kept back by --strict" if self._rejected else ""
        line += f"; {self._unanswered} without an answer" if self._unanswered else ""
        line += f"; {self._unrecorded} not recorded" if self._unrecorded else ""
        yield line
        for problem, times in self._problems.most_common():
            yield f"  {times} x {problem}"
