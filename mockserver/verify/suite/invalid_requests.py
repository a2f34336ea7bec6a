"""Requests that have to be refused, and the refusal that the documents name for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mockserver.contracts import Contract, Level
from mockserver.contracts.samples import plain_request
from mockserver.strict_json import JSON
from mockserver.verify.suite.parameters import (
    breaks_documents,
    invalid_values,
    parameters,
)
from mockserver.verify.suite.request_spec import KEY, RequestSpec, json_text, parse_request_spec
from mockserver.verify.suite.response_fields import Field, api_error_fields

__all__ = [
    "InvalidRequest",
    "bad_bodies",
    "bad_keys",
    "bad_parameters",
    "bad_paths",
    "refused_fields",
]


@dataclass(frozen=True, slots=True)
class InvalidRequest:
    """A request with one thing wrong, and the status that it has to be answered with."""

    label: str
    request_spec: RequestSpec
    status: int

    @property
    def id(self) -> str:
        return f"{Level.DOCUMENTED}-{self.label}"


def bad_parameters(contract: Contract) -> list[InvalidRequest]:
    """Break each parameter in each way that the published schema forbids."""
    plain = plain_request(contract)
    bodies: dict[str, dict[str, JSON]] = {}
    for parameter in parameters(contract):
        name = parameter.name
        for label, value in invalid_values(contract, parameter).items():
            bodies[f"{name}={label}"] = {**plain, name: value}
        if parameter.required:
            bodies[f"{name}-missing"] = {k: v for k, v in plain.items() if k != name}
    bodies["undocumented=true"] = {**plain, "undocumented": True}
    return [
        InvalidRequest(label, parse_request_spec(contract, body), 400)
        for label, body in bodies.items()
        if breaks_documents(contract, body)
    ]


def bad_bodies(contract: Contract) -> list[InvalidRequest]:
    """Send what is no JSON object at all."""
    whole = json_text(plain_request(contract))
    texts = {
        "empty": b"",
        "cut-short": whole[:-1],
        "trailing-comma": whole[:-1] + b",}",
        "single-quotes": whole.replace(b'"', b"'"),
        "no-JSON": b"a T-Rex on a beach",
        "not-UTF-8": whole[:-1] + b', "user": "\xff"}',
        "array": b"[" + whole + b"]",
        "string": json_text(whole.decode()),
        "number": b"1",
        "null": b"null",
        "empty-object": b"{}",
    }
    drafts = {
        label: RequestSpec(contract.method, contract.path, text) for label, text in texts.items()
    }
    return [InvalidRequest(label, request_spec, 400) for label, request_spec in drafts.items()]


def bad_keys(contract: Contract) -> list[InvalidRequest]:
    """Leave the key out, or hand it over in another way than documented."""
    headers = {
        "no-header": None,
        "empty": "",
        "no-scheme": KEY,
        "no-key": "Bearer",
        "another-scheme": f"Basic {KEY}",
    }
    body = json_text(plain_request(contract))
    drafts = {k: RequestSpec(contract.method, contract.path, body, v) for k, v in headers.items()}
    return [
        InvalidRequest(f"authorization-{label}", request_spec, 401)
        for label, request_spec in drafts.items()
    ]


def bad_paths(contract: Contract) -> list[InvalidRequest]:
    """Ask for what is not there."""
    body = json_text(plain_request(contract))
    paths = {"below": f"{contract.path}/undocumented", "elsewhere": "/v1/undocumented"}
    return [
        InvalidRequest(f"path-{label}", RequestSpec(contract.method, path, body), 404)
        for label, path in paths.items()
    ]


@dataclass(frozen=True, slots=True)
class RefusedField:
    """One field of a refusal, and the plainest request that is answered with it."""

    field: Field
    invalid_request: InvalidRequest

    @property
    def id(self) -> str:
        return self.field.id


def refused_fields(contract: Contract) -> Iterator[RefusedField]:
    """Name every field of every refusal."""
    plainest = (bad_bodies(contract)[-1], bad_keys(contract)[0], bad_paths(contract)[0])
    for invalid_request in plainest:
        yield from (
            RefusedField(field, invalid_request)
            for field in api_error_fields(invalid_request.status)
        )
