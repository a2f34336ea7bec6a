"""Compare two contracts (diff), and a response with all contracts (identify)."""

from mockserver.compare.changes import Change, Comparison, Counterexample, Part, Verdict
from mockserver.compare.diff import compare, timeline
from mockserver.compare.identify import (
    Documented,
    Identification,
    Match,
    identify,
    identify_exchange,
    merge,
)
from mockserver.compare.identify_report import drift_summary, headline

__all__ = [
    "Change",
    "Comparison",
    "Counterexample",
    "Documented",
    "Identification",
    "Match",
    "Part",
    "Verdict",
    "compare",
    "drift_summary",
    "headline",
    "identify",
    "identify_exchange",
    "merge",
    "timeline",
]
