"""Answer once by an imported contract, to know beforehand whether the mock can keep it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mockserver.contracts import Contract, Level
from mockserver.contracts.messages import findings_of
from mockserver.contracts.response_template import Filling, Template
from mockserver.contracts.schema_loader import validator
from mockserver.images import Picture

__all__ = ["unkept"]


def unkept(contract: Contract) -> Iterator[str]:
    """Say what in the mock's answer would break the published schema: what nothing can fill."""
    published = validator(contract.response_schema or {})
    picture = Picture("", 1, 1, bytes(64)).stamped({})
    filling = Filling({}, [picture], lambda _: "http://mock.test/picture.png", now=0, cost=1)
    for as_base64 in (False, True):
        answer = json.loads(b"".join(Template(contract).fill(filling, as_base64=as_base64)))
        for finding in findings_of(published.iter_errors(answer), Level.DOCUMENTED, ""):
            where = finding.pointer or "its root"
            yield f"the mock's own answer breaks this schema: at {where} {finding.words}"
