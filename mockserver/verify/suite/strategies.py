"""Hypothesis strategies for request bodies, by a contract's schema: valid ones and invalid ones."""

from __future__ import annotations

import operator

from hypothesis import strategies as st

from mockserver.contracts import Contract
from mockserver.contracts.image_request import terms
from mockserver.contracts.json_schema import Schema, types_of
from mockserver.contracts.samples import image_area, plain_request
from mockserver.strict_json import JSON
from mockserver.verify.suite.parameters import (
    Parameter,
    breaks_documents,
    parameters,
    text_of,
    valid_values,
)

Strategy = st.SearchStrategy[JSON]

_MAX_TEXT = 80
_MAX_IMAGES = 3
_MAX_NUMBER = 10**9


def valid_bodies(contract: Contract) -> st.SearchStrategy[dict[str, JSON]]:
    """Generate bodies that keep the schema, for few and small images."""
    plain = plain_request(contract)
    varied = [parameter for parameter in parameters(contract) if not _sizes(contract, parameter)]
    values = {p.name: found for p in varied if (found := _valid(contract, p)) is not None}
    required = {name: found for name, found in values.items() if name in plain}
    optional = {name: found for name, found in values.items() if name not in plain}
    bodies = st.fixed_dictionaries(required, optional=optional)
    if contract.request_schema.get("additionalProperties", True) is True:
        bodies = st.builds(lambda extra, body: {**extra, **body}, _unknown_fields(contract), bodies)
    whole = bodies.map(lambda body: {**plain, **body})
    return whole.filter(lambda body: not contract.request_findings(body))


def invalid_bodies(contract: Contract) -> st.SearchStrategy[dict[str, JSON]]:
    """Generate valid bodies with one field made invalid or removed."""
    bodies = valid_bodies(contract)
    broken = [_broken(parameter, bodies) for parameter in parameters(contract)]
    return st.one_of(broken).filter(lambda body: breaks_documents(contract, body))


def _broken(parameter: Parameter, bodies: Strategy) -> Strategy:
    name = parameter.name
    invalid = st.fixed_dictionaries({name: _invalid(parameter.published)})
    replaced = st.builds(operator.or_, bodies, invalid)
    if not parameter.required:
        return replaced
    return replaced | bodies.map(lambda body: {k: v for k, v in body.items() if k != name})


def _sizes(contract: Contract, parameter: Parameter) -> bool:
    """Return whether a parameter sets the size of the images."""
    plain = plain_request(contract)
    values = valid_values(contract, parameter).values()
    return len({image_area(contract, {**plain, parameter.name: value}) for value in values}) > 1


def _valid(contract: Contract, parameter: Parameter) -> Strategy | None:
    """Generate the values of a parameter; None where the schema lists none, as with a pattern."""
    schema = parameter.strict
    if parameter.is_free_text and "format" not in schema and "pattern" not in schema:
        return st.text(min_size=max(1, schema.get("minLength", 1)), max_size=_max_length(schema))
    listed = list(valid_values(contract, parameter).values())
    if parameter.name in terms()["fields"]["count"]:
        few = [it for it in listed if isinstance(it, int | float) and it <= _MAX_IMAGES]
        listed = few or listed
    return st.sampled_from(listed) if listed else None


def _max_length(schema: Schema) -> int:
    """Return the length of the longest text: the schema's limits are tested elsewhere."""
    return int(max(schema.get("minLength", 1), min(_MAX_TEXT, schema.get("maxLength", _MAX_TEXT))))


def _unknown_fields(contract: Contract) -> st.SearchStrategy[dict[str, JSON]]:
    known = contract.request_schema.get("properties", {})
    names = st.text(max_size=8).filter(lambda name: name not in known)
    return st.dictionaries(names, _anything(), max_size=2)


def _anything() -> Strategy:
    numbers = st.integers(-_MAX_NUMBER, _MAX_NUMBER) | st.floats(
        allow_nan=False, allow_infinity=False
    )
    plain = st.none() | st.booleans() | numbers | st.text(max_size=8)
    return st.recursive(plain, _containers, max_leaves=4)


def _containers(inner: Strategy) -> Strategy:
    return st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)


def _invalid(schema: Schema) -> Strategy:
    """Generate values that mostly break the schema; the others are filtered out later."""
    ways = [_anything()]
    if "maxLength" in schema:
        length = schema["maxLength"] + 1
        ways.append(st.characters().map(lambda letter: text_of(length, letter)))
    if "maximum" in schema:
        above = int(schema["maximum"]) + 1
        ways.append(st.integers(above, above + _MAX_NUMBER))
    if "minimum" in schema:
        below = int(schema["minimum"]) - 1
        ways.append(st.integers(below - _MAX_NUMBER, below))
    if "string" in types_of(schema) and "enum" in schema:
        ways.append(st.text(max_size=8))
    return st.one_of(ways)
