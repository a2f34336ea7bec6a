"""What a run comes to: the verdict, by level and by field, against the drift that is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from mockserver.contracts import Finding, Level
from mockserver.strict_json import JSON
from mockserver.verify.baseline import Baseline, BaselineEntry, DriftKey
from mockserver.verify.results import Check, Drifted, Outcome, Run

__all__ = ["Difference", "Report", "State", "Verdict"]

_LEVELS = (Level.DOCUMENTED, Level.CLIENT_REQUIRED, Level.SEMANTIC)
_ABNORMAL = {2, 3}
_INTERNAL = "the suite itself broke off"


class Verdict(StrEnum):
    """What is known of a target now."""

    KEPT = "kept"
    DRIFTED = "drifted"
    NOT_VERIFIED = "not verified"

    @property
    def status(self) -> int:
        """The command's exit status."""
        return {Verdict.KEPT: 0, Verdict.DRIFTED: 1, Verdict.NOT_VERIFIED: 3}[self]


class State(StrEnum):
    """How a difference stands to the baseline."""

    NEW = "new"
    EXPIRED = "expired"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the target differs from a contract.

    :ivar finding: the first of the findings that say so.
    :ivar checks: how many checks found it.
    :ivar known: its entry in the baseline.
    """

    what: DriftKey
    finding: Finding
    checks: int
    state: State
    known: BaselineEntry | None

    @property
    def term(self) -> str:
        """Say until when it is let pass; empty where it never was."""
        if self.known is None:
            return ""
        until = "until" if self.state is State.KNOWN else "expired on"
        return f"{until} {self.known.expires}"

    @property
    def data(self) -> dict[str, JSON]:
        """The same as plain data."""
        return {
            "contract": self.what.contract,
            "level": self.what.level,
            "pointer": self.what.pointer,
            "rule": self.what.rule,
            "expected": self.finding.expected,
            "received": self.finding.received,
            "checks": self.checks,
            "state": str(self.state),
            "reason": self.known.reason if self.known else None,
            "expires": self.known.expires.isoformat() if self.known else None,
        }


@dataclass(frozen=True)
class Report:
    """A run, judged.

    :ivar today: the day that decides what has expired.
    """

    run: Run
    baseline: Baseline
    today: date

    @cached_property
    def differences(self) -> list[Difference]:
        """Everything in which the target differs, new ones first."""
        first: dict[DriftKey, Finding] = {}
        times: Counter[DriftKey] = Counter()
        for check in self.run.checks:
            whats = {DriftKey.of(check.contract, finding): finding for finding in check.findings}
            first = {**whats, **first}
            times.update(list(whats))
        every = [self._difference(what, first[what], times[what]) for what in first]
        return sorted(every, key=lambda it: (list(State).index(it.state), it.what.contract))

    def _difference(self, what: DriftKey, finding: Finding, checks: int) -> Difference:
        known = self.baseline.find(what.contract, finding)
        state = State.NEW if known is None else State.EXPIRED
        held = known is not None and known.holds(self.today)
        return Difference(what, finding, checks, State.KNOWN if held else state, known)

    @cached_property
    def counts(self) -> Counter[State]:
        """How many differences there are of each state."""
        return Counter(difference.state for difference in self.differences)

    @property
    def verdict(self) -> Verdict:
        """Whether the target keeps its contracts, but for known drift."""
        if self.counts[State.NEW] or self.counts[State.EXPIRED]:
            return Verdict.DRIFTED
        return Verdict.NOT_VERIFIED if self.obstacle else Verdict.KEPT

    @property
    def obstacle(self) -> str | None:
        """Why nothing is verified; None where something is."""
        broken = next((c for c in self.run.checks if c.outcome is Outcome.ERROR), None)
        if broken:
            return _last_line(broken.reason)
        if self.run.status in _ABNORMAL or not self.run.checks:
            return f"{_INTERNAL}: {_last_line(self.run.output)}"
        if self.run.status and not self.differences:
            reasons = [reason for reason, _ in self.reasons(Outcome.NOT_VERIFIED)]
            words = next(iter(reasons), "no request for images was answered")
            return words.removeprefix(f"{Outcome.NOT_VERIFIED}: ")
        return None

    @property
    def words(self) -> str:
        """The verdict in one sentence."""
        target, contracts = self.run.target, ", ".join(self.contracts) or "its contract"
        if self.verdict is Verdict.KEPT:
            known = self.counts[State.KNOWN]
            but = f", but for {_counted_words(known, 'known')}" if known else ""
            return f"{target} keeps {contracts}{but}"
        if self.verdict is Verdict.NOT_VERIFIED:
            return f"nothing is known of {target} now: {self.obstacle}"
        pluralize = [_counted_words(self.counts[s], s) for s in State if self.counts[s]]
        return f"{target} does not keep {contracts}: {', '.join(pluralize)}"

    @property
    def contracts(self) -> list[str]:
        """The contracts that the target was held to."""
        return list(dict.fromkeys(check.contract for check in self.run.checks))

    @property
    def drifts(self) -> list[Drifted]:
        """What the target answers as, where that is not what it is held to."""
        return [drift for drift in self.run.drifts if drift.lines]

    def reasons(self, *outcomes: Outcome) -> list[tuple[str, int]]:
        """Count why checks were not carried out, the most frequent first."""
        chosen = [check.reason for check in self.run.checks if check.outcome in outcomes]
        return Counter(chosen).most_common()

    @property
    def levels(self) -> list[dict[str, JSON]]:
        """Count by contract and level how the checks ended."""
        return [
            {"contract": contract, "level": str(level), **self._counted(contract, level)}
            for contract in self.contracts
            for level in _LEVELS
        ]

    def _counted(self, contract: str, level: Level) -> dict[str, int]:
        looked = [c for c in self.run.checks if c.contract == contract and level in c.levels]
        states = Counter(self.state(check, level) for check in looked)
        return {name: states[name] for name in ("kept", "broken", "known", "not carried out")}

    def state(self, check: Check, level: Level | None = None) -> str:
        """Say how a check ended, at one level or at all; known drift is not broken."""
        found = [f for f in check.findings if level in (None, f.level)]
        if any(not self._is_known(check.contract, finding) for finding in found):
            return "broken"
        if found:
            return "known"
        reached = check.outcome in {Outcome.KEPT, Outcome.BROKEN}
        return "kept" if reached else "not carried out"

    def _is_known(self, contract: str, finding: Finding) -> bool:
        known = self.baseline.find(contract, finding)
        return known is not None and known.holds(self.today)

    @property
    def fields(self) -> list[dict[str, JSON]]:
        """Say of each field of the answers how it stands."""
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
        """Name the contract that the answers are of, for each that they were held to."""
        drifted = {drift.contract: drift for drift in self.run.drifts}
        return [self._identified(contract, drifted.get(contract)) for contract in self.contracts]

    def _identified(self, contract: str, drift: Drifted | None) -> dict[str, JSON]:
        if drift:
            words, nearest = drift.headline, drift.nearest
            return {
                "held_to": contract,
                "answers_as": words,
                "nearest": nearest,
                "fits": drift.fits,
            }
        checks = [c for c in self.run.checks if c.contract == contract and c.field]
        seen = any(c.outcome is Outcome.KEPT and c.phase == "answer field" for c in checks)
        told = contract if seen else None
        return {"held_to": contract, "answers_as": told, "nearest": told, "fits": seen}

    @property
    def expired(self) -> list[BaselineEntry]:
        """The baseline's entries that count no more."""
        return [known for known in self.baseline.entries.values() if not known.holds(self.today)]

    @property
    def unseen(self) -> list[BaselineEntry]:
        """The baseline's entries that this run did not meet, and could be dropped."""
        met = {difference.what for difference in self.differences}
        return [
            known
            for what, known in self.baseline.entries.items()
            if what not in met and what.contract in self.contracts
        ]

    @property
    def cost(self) -> str:
        """Say what the run cost."""
        if self.run.most is None:
            return "nothing, the target is free"
        pluralize = f"{self.run.spent} of {self.run.most} at the smallest size"
        return f"{self.run.bought} images paid for, counted as {pluralize}"


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no word")


def _counted_words(count: int, state: str) -> str:
    return f"{count} {state} difference{'' if count == 1 else 's'}"
