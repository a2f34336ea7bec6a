"""Requests that nobody thought of: drawn from a contract's schema, valid or broken in one place."""

from __future__ import annotations

import operator

from hypothesis import strategies as st

from mockserver.contracts import Contract
from mockserver.contracts.samples import image_area, plain_request
from mockserver.contracts.schema_loader import Schema
from mockserver.contracts.vocabulary import vocabulary
from mockserver.strict_json import JSON
from mockserver.verify.suite.parameters import (
    Parameter,
    breaks_documents,
    parameters,
    text_of,
    type_names,
    valid_values,
)

__all__ = ["broken_requests", "valid_requests"]

Strategy = st.SearchStrategy[JSON]

_SHORT = 80
_FEW_IMAGES = 3
_LARGEST = 10**9


def valid_requests(contract: Contract) -> st.SearchStrategy[dict[str, JSON]]:
    """Draw requests that keep the schema, for few and small images."""
    plain = plain_request(contract)
    drawn = [parameter for parameter in parameters(contract) if not _sizes(contract, parameter)]
    known = {p.name: way for p in drawn if (way := _valid(contract, p)) is not None}
    always = {name: way for name, way in known.items() if name in plain}
    seldom = {name: way for name, way in known.items() if name not in plain}
    bodies = st.fixed_dictionaries(always, optional=seldom)
    if contract.request_schema.get("additionalProperties", True) is True:
        bodies = st.builds(lambda extra, body: {**extra, **body}, _unknown_fields(contract), bodies)
    whole = bodies.map(lambda body: {**plain, **body})
    return whole.filter(lambda body: not contract.request_findings(body))


def broken_requests(contract: Contract) -> st.SearchStrategy[dict[str, JSON]]:
    """Draw valid requests and break each in one place."""
    bodies = valid_requests(contract)
    ways = [_breaking(parameter, bodies) for parameter in parameters(contract)]
    return st.one_of(ways).filter(lambda body: breaks_documents(contract, body))


def _breaking(parameter: Parameter, bodies: Strategy) -> Strategy:
    name = parameter.name
    invalid = st.fixed_dictionaries({name: _invalid(parameter.published)})
    replaced = st.builds(operator.or_, bodies, invalid)
    if not parameter.required:
        return replaced
    return replaced | bodies.map(lambda body: {k: v for k, v in body.items() if k != name})


def _sizes(contract: Contract, parameter: Parameter) -> bool:
    """Tell whether a parameter says how large the images are."""
    plain = plain_request(contract)
    values = valid_values(contract, parameter).values()
    return len({image_area(contract, {**plain, parameter.name: value}) for value in values}) > 1


def _valid(contract: Contract, parameter: Parameter) -> Strategy | None:
    """Draw a parameter's values; None where the schema, by a pattern say, gives no hint of one."""
    schema = parameter.strict
    if parameter.is_free_text and "format" not in schema and "pattern" not in schema:
        return st.text(min_size=max(1, schema.get("minLength", 1)), max_size=_most(schema))
    listed = list(valid_values(contract, parameter).values())
    if parameter.name in vocabulary().fields["count"]:
        few = [it for it in listed if isinstance(it, int | float) and it <= _FEW_IMAGES]
        listed = few or listed
    return st.sampled_from(listed) if listed else None


def _most(schema: Schema) -> int:
    """Bound a text's length: the schema's limits are tried elsewhere, and short ones are quick."""
    return int(max(schema.get("minLength", 1), min(_SHORT, schema.get("maxLength", _SHORT))))


def _unknown_fields(contract: Contract) -> st.SearchStrategy[dict[str, JSON]]:
    known = contract.request_schema.get("properties", {})
    names = st.text(max_size=8).filter(lambda name: name not in known)
    return st.dictionaries(names, _anything(), max_size=2)


def _anything() -> Strategy:
    numbers = st.integers(-_LARGEST, _LARGEST) | st.floats(allow_nan=False, allow_infinity=False)
    plain = st.none() | st.booleans() | numbers | st.text(max_size=8)
    return st.recursive(plain, _holders, max_leaves=4)


def _holders(inner: Strategy) -> Strategy:
    return st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)


def _invalid(schema: Schema) -> Strategy:
    """Draw mostly values that break the schema; the rest is filtered out."""
    ways = [_anything()]
    if "maxLength" in schema:
        length = schema["maxLength"] + 1
        ways.append(st.characters().map(lambda letter: text_of(length, letter)))
    if "maximum" in schema:
        above = int(schema["maximum"]) + 1
        ways.append(st.integers(above, above + _LARGEST))
    if "minimum" in schema:
        below = int(schema["minimum"]) - 1
        ways.append(st.integers(below - _LARGEST, below))
    if "string" in type_names(schema) and "enum" in schema:
        ways.append(st.text(max_size=8))
    return st.one_of(ways)
