"""Compare two contracts, and find out which contract a foreign answer keeps.

Pure: contracts and answers in, changes, findings and words out.
"""

from mockserver.revisions.change import Change, Comparison, Example, Part, Verdict
from mockserver.revisions.compare import compare, timeline
from mockserver.revisions.drift import drift_summary, headline
from mockserver.revisions.identify import (
    Documented,
    Identification,
    Match,
    identify,
    identify_exchange,
    together,
)

__all__ = [
    "Change",
    "Comparison",
    "Documented",
    "Example",
    "Identification",
    "Match",
    "Part",
    "Verdict",
    "compare",
    "drift_summary",
    "headline",
    "identify",
    "identify_exchange",
    "timeline",
    "together",
]
