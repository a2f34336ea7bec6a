"""What has passed through the proxy so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from threading import Lock

from mockserver.contracts import Contract, Finding
from mockserver.contracts.finding import one_line
from mockserver.recording.redact import Redactor

FORWARDED = "passed on"
REJECTED = "kept back by --strict"
NO_RESPONSE = "without a response"
UNRECORDED = "not recorded"
_FAILURES = (REJECTED, NO_RESPONSE, UNRECORDED)

_MAX_PROBLEMS = 1000
_MORE = "further problems"


class ProxySummary:
    """Counts requests, those that were checked, and their findings.

    :param secrets: known secrets, which are not printed.
    """

    def __init__(self, *secrets: str) -> None:
        self._lock = Lock()
        self._redactor = Redactor(*secrets)
        self._outcomes: Counter[str] = Counter()
        self._checked: Counter[str] = Counter()
        self._with_findings = 0
        self._problems: Counter[str] = Counter()

    def add(
        self,
        outcome: str,
        problems: Sequence[Finding | str] = (),
        contract: Contract | None = None,
    ) -> None:
        """Count what happened to a request, and why.

        :param outcome: ``FORWARDED``, or how it failed.
        :param contract: what it was checked against; None where it was not checked.
        """
        with self._lock:
            self._outcomes[outcome] += 1
            if contract is not None:
                self._checked[contract.id] += 1
                self._with_findings += bool(problems)
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
        failures = [f"{self._outcomes[each]} {each}" for each in _FAILURES if self._outcomes[each]]
        forwarded = f"{self._outcomes[FORWARDED]} {FORWARDED}, {checked}"
        yield "; ".join([forwarded, f"{self._with_findings} with findings", *failures])
        for problem, times in self._problems.most_common():
            yield f"  {times} x {problem}"
