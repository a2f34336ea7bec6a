"""The verdict on a run, by level and by field, against the known differences."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import product
from statistics import median

from mockserver.contracts import Finding, Level
from mockserver.contracts.finding import LEVELS
from mockserver.errors import ExitCode
from mockserver.strict_json import JSON
from mockserver.verify.baseline import Baseline, BaselineEntry, DriftKey
from mockserver.verify.results import Check, Drifted, Outcome, Run

_ABNORMAL_STATUSES = {2, 3}
"""Exit statuses of a run of pytest that did not come to its end."""


class Verdict(StrEnum):
    """What is known of a target now."""

    KEPT = "kept"
    DRIFTED = "drifted"
    WITHDRAWN = "withdrawn"
    NOT_VERIFIED = "not verified"

    @property
    def status(self) -> ExitCode:
        """The exit status of the command."""
        if self is Verdict.NOT_VERIFIED:
            return ExitCode.NOTHING_VERIFIED
        return ExitCode.OK if self is Verdict.KEPT else ExitCode.FINDINGS


class State(StrEnum):
    """Whether a difference is in the baseline."""

    NEW = "new"
    EXPIRED = "expired"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the target and a contract.

    :ivar finding: the first finding of it.
    :ivar checks: how many checks found it.
    :ivar known: its entry in the baseline.
    """

    key: DriftKey
    finding: Finding
    checks: int
    state: State
    known: BaselineEntry | None

    @property
    def term(self) -> str:
        """Until when it is accepted; empty without an entry in the baseline."""
        if self.known is None:
            return ""
        until = "until" if self.state is State.KNOWN else "expired on"
        return f"{until} {self.known.expires}"

    @property
    def data(self) -> dict[str, JSON]:
        """The difference as plain data."""
        entry = self.known
        return {
            **asdict(self.key),
            "expected": self.finding.expected,
            "received": self.finding.received,
            "checks": self.checks,
            "state": str(self.state),
            "reason": entry and entry.reason,
            "expires": entry and entry.expires.isoformat(),
        }


@dataclass(frozen=True)
class Report:
    """A run and the verdict on it.

    :ivar today: the day that decides what has expired.
    """

    run: Run
    baseline: Baseline
    today: date

    @cached_property
    def differences(self) -> list[Difference]:
        """Every difference, new ones first."""
        found: dict[DriftKey, list[Finding]] = {}
        for check in self.run.checks:
            keys = {DriftKey.of(check.contract, finding): finding for finding in check.findings}
            for key, finding in keys.items():
                found.setdefault(key, []).append(finding)
        every = [self._difference(key, findings) for key, findings in found.items()]
        return sorted(every, key=lambda each: (list(State).index(each.state), each.key.contract))

    def _difference(self, key: DriftKey, findings: list[Finding]) -> Difference:
        known = self.baseline.entries.get(key)
        return Difference(key, findings[0], len(findings), self._state(known), known)

    def _state(self, entry: BaselineEntry | None) -> State:
        if entry is None:
            return State.NEW
        return State.KNOWN if entry.holds(self.today) else State.EXPIRED

    @cached_property
    def counts(self) -> Counter[State]:
        """The number of differences of each state."""
        return Counter(difference.state for difference in self.differences)

    @property
    def verdict(self) -> Verdict:
        """Whether the target keeps its contracts, but for known differences."""
        if self.run.withdrawn:
            return Verdict.WITHDRAWN
        if self.counts[State.NEW] or self.counts[State.EXPIRED]:
            return Verdict.DRIFTED
        return Verdict.NOT_VERIFIED if self.obstacle else Verdict.KEPT

    @property
    def obstacle(self) -> str | None:
        """Why nothing is verified; None where something is."""
        broken = next((c for c in self.run.checks if c.outcome is Outcome.ERROR), None)
        if broken:
            return _last_line(broken.reason)
        if self.run.unreachable:
            return self.run.unreachable
        if self.run.status in _ABNORMAL_STATUSES or not self.run.checks:
            return f"the suite itself broke off: {_last_line(self.run.output)}"
        if self.run.status and not self.differences:
            reasons = [reason for reason, _ in self.reasons(Outcome.NOT_VERIFIED)]
            reason = next(iter(reasons), "no request for images was answered")
            return reason.removeprefix(f"{Outcome.NOT_VERIFIED}: ")
        return None

    @property
    def words(self) -> str:
        """The verdict in one sentence."""
        target, contracts = self.run.target, ", ".join(self.contracts) or "its contract"
        if self.verdict is Verdict.WITHDRAWN:
            gone = ", ".join(each.words for each in self.run.withdrawn)
            return f"{target} no longer offers {gone}"
        if self.verdict is Verdict.KEPT:
            known = self.counts[State.KNOWN]
            but = f", but for {_counted(known, State.KNOWN)}" if known else ""
            return f"{target} keeps {contracts}{but}"
        if self.verdict is Verdict.NOT_VERIFIED:
            return f"nothing is known of {target} now: {self.obstacle}"
        counted = [_counted(self.counts[state], state) for state in State if self.counts[state]]
        return f"{target} does not keep {contracts}: {', '.join(counted)}"

    @property
    def contracts(self) -> list[str]:
        """The contracts that were tested."""
        return list(dict.fromkeys(check.contract for check in self.run.checks))

    @property
    def drifts(self) -> list[Drifted]:
        """What the target answers as, where that is another contract."""
        return [drift for drift in self.run.drifts if drift.lines]

    def reasons(self, *outcomes: Outcome) -> list[tuple[str, int]]:
        """Count why checks were not carried out, the most frequent reason first."""
        chosen = [check.reason for check in self.run.checks if check.outcome in outcomes]
        return Counter(chosen).most_common()

    @property
    def levels(self) -> list[dict[str, JSON]]:
        """How the checks ended, counted by contract and level."""
        rows = []
        for contract, level in product(self.contracts, LEVELS):
            counts = self.states(contract, level)
            rows.append({"contract": contract, "level": str(level), **counts})
        return rows

    def states(self, contract: str, level: Level | None = None) -> dict[str, int]:
        """Count how the checks of a contract ended, at one level or at all."""
        checks = [check for check in self.run.checks if check.contract == contract]
        found = Counter(self.state(c, level) for c in checks if level in (None, *c.levels))
        return {state: found[state] for state in ("kept", "broken", "known", "not carried out")}

    def state(self, check: Check, level: Level | None = None) -> str:
        """Return how a check ended, at one level or at all; known differences are not broken."""
        found = [f for f in check.findings if level in (None, f.level)]
        states = {self._state(self.baseline.find(check.contract, each)) for each in found}
        if states:
            return "known" if states == {State.KNOWN} else "broken"
        is_reached = check.outcome in {Outcome.KEPT, Outcome.BROKEN}
        return "kept" if is_reached else "not carried out"

    @property
    def fields(self) -> list[dict[str, JSON]]:
        """How the check of each field ended."""
        return [
            {
                "contract": check.contract,
                "field": check.field,
                "of": check.phase.removesuffix(" field"),
                "level": "/".join(sorted(check.levels)),
                "state": self.state(check),
                "words": "; ".join(f.words for f in check.findings) or check.reason,
            }
            for check in self.run.checks
            if check.field
        ]

    @property
    def identified(self) -> list[dict[str, JSON]]:
        """The contract that the responses are of, for each that was tested."""
        drifted = {drift.contract: drift for drift in self.run.drifts}
        return [self._identified(contract, drifted.get(contract)) for contract in self.contracts]

    def _identified(self, contract: str, drift: Drifted | None) -> dict[str, JSON]:
        if drift:
            answers_as: str | None = drift.headline
            nearest, fits = drift.nearest, drift.fits
        else:
            fits = any(
                check.outcome is Outcome.KEPT and check.phase == "response field"
                for check in self.run.checks
                if check.contract == contract
            )
            answers_as = nearest = contract if fits else None
        return {"held_to": contract, "answers_as": answers_as, "nearest": nearest, "fits": fits}

    @property
    def expired(self) -> list[BaselineEntry]:
        """The expired entries of the baseline."""
        return [known for known in self.baseline.entries.values() if not known.holds(self.today)]

    @property
    def unseen(self) -> list[BaselineEntry]:
        """The entries of the baseline that this run did not find and that could be dropped."""
        found = {difference.key for difference in self.differences}
        return [
            entry
            for key, entry in self.baseline.entries.items()
            if key not in found and key.contract in self.contracts
        ]

    @property
    def response_times(self) -> dict[str, float] | None:
        """The median and the slowest response time in seconds; None without a response."""
        seconds = self.run.response_seconds
        if not seconds:
            return None
        return {"median": round(median(seconds), 3), "slowest": round(max(seconds), 3)}

    @property
    def connection(self) -> str:
        """The response times and the lost connections in words."""
        times, lost = self.response_times, self.run.lost_connections
        words = "not measured"
        if times:
            words = f"median {times['median']} s, slowest {times['slowest']} s"
        return f"{words}; lost connections, sent again: {lost}" if lost else words

    @property
    def cost(self) -> str:
        """The cost of the run in words."""
        budget = self.run.budget
        if not budget.is_paid:
            return "nothing, the target is free"
        counted = f"{budget.spent} of {budget.limit} at the smallest size"
        return f"{budget.images} images paid for, counted as {counted}"


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def _counted(count: int, state: State) -> str:
    return f"{count} {state} difference{'' if count == 1 else 's'}"
