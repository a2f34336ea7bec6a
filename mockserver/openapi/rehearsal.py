"""Answer once by an imported contract, to know beforehand whether the mock can keep it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mockserver.contracts import Contract, Level
from mockserver.contracts.messages import findings_from_errors
from mockserver.contracts.response_template import RenderContext, Template
from mockserver.contracts.schema_loader import validator
from mockserver.images import Image

__all__ = ["unrenderable_parts"]


def unrenderable_parts(contract: Contract) -> Iterator[str]:
    """Say what in the mock's answer would break the published schema: what nothing can fill."""
    published = validator(contract.response_schema or {})
    image = Image("", 1, 1, bytes(64))
    base64, url = image.tagged({}).base64(), "http://mock.test/image.png"
    render_context = RenderContext({}, [image], lambda _: base64, lambda _: url, now=0, cost=1)
    for as_base64 in (False, True):
        response = json.loads(
            b"".join(Template(contract).render(render_context, as_base64=as_base64))
        )
        for finding in findings_from_errors(published.iter_errors(response), Level.DOCUMENTED, ""):
            where = finding.pointer or "its root"
            yield f"the mock's own answer breaks this schema: at {where} {finding.words}"
