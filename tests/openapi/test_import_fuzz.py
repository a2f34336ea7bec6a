"""Whatever a document holds anywhere, it is imported or refused with a clear error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.errors import MockserverError
from mockserver.strict_json import JSON
from tests.documents import document, imported, request_of

REFERENCES = [
    {"$ref": f"#{place}"} for place in ("", "/paths", "/servers", "/servers/0", "/openapi")
]
ODD = st.sampled_from([None, True, 0, "", "#/paths", [], ["a"], {}, *REFERENCES, {"a": 1}])


def places(node: JSON, at: str = "") -> Iterator[str]:
    """Every place of a document."""
    pairs = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in pairs:
        here = f"{at}/{str(key).replace('/', '~1')}"
        yield here
        yield from places(value, here)


@given(at=st.sampled_from(sorted(places(document(it={"anyOf": [{"enum": ["a"]}]})))), value=ODD)
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
def test_any_value_anywhere_is_imported_or_refused(tmp_path: Path, at: str, value: JSON) -> None:
    whole = document(it={"anyOf": [{"enum": ["a"]}]})
    node: JSON = whole
    *steps, last = [step.replace("~1", "/") for step in at.split("/")[1:]]
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step]
    node[int(last) if isinstance(node, list) else last] = value
    with suppress(MockserverError):
        assert request_of(imported(tmp_path, whole))
