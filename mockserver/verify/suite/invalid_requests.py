"""Requests that have to be refused, and the refusal that the documents name for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mockserver.contracts import Contract, Level
from mockserver.strict_json import JSON
from mockserver.verify.suite.parameters import (
    breaks_documents,
    parameters,
    plain_request,
    unlawful_values,
)
from mockserver.verify.suite.request_spec import KEY, Draft, draft_of, json_text
from mockserver.verify.suite.response_fields import Field, refusal_fields

__all__ = ["Mistake", "bad_bodies", "bad_keys", "bad_parameters", "bad_paths", "refused_fields"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A request with one thing wrong, and the status that it has to be answered with."""

    label: str
    draft: Draft
    status: int

    @property
    def id(self) -> str:
        return f"{Level.DOCUMENTED}-{self.label}"


def bad_parameters(contract: Contract) -> list[Mistake]:
    """Break each parameter in each way that the published schema forbids."""
    plain = plain_request(contract)
    bodies: dict[str, dict[str, JSON]] = {}
    for parameter in parameters(contract):
        name = parameter.name
        for label, value in unlawful_values(contract, parameter).items():
            bodies[f"{name}={label}"] = {**plain, name: value}
        if parameter.required:
            bodies[f"{name}-missing"] = {k: v for k, v in plain.items() if k != name}
    bodies["undocumented=true"] = {**plain, "undocumented": True}
    return [
        Mistake(label, draft_of(contract, body), 400)
        for label, body in bodies.items()
        if breaks_documents(contract, body)
    ]


def bad_bodies(contract: Contract) -> list[Mistake]:
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
    drafts = {label: Draft(contract.method, contract.path, text) for label, text in texts.items()}
    return [Mistake(label, draft, 400) for label, draft in drafts.items()]


def bad_keys(contract: Contract) -> list[Mistake]:
    """Leave the key out, or hand it over in another way than documented."""
    headers = {
        "no-header": None,
        "empty": "",
        "no-scheme": KEY,
        "no-key": "Bearer",
        "another-scheme": f"Basic {KEY}",
    }
    body = json_text(plain_request(contract))
    drafts = {k: Draft(contract.method, contract.path, body, v) for k, v in headers.items()}
    return [Mistake(f"authorization-{label}", draft, 401) for label, draft in drafts.items()]


def bad_paths(contract: Contract) -> list[Mistake]:
    """Ask for what is not there."""
    body = json_text(plain_request(contract))
    paths = {"below": f"{contract.path}/undocumented", "elsewhere": "/v1/undocumented"}
    return [
        Mistake(f"path-{label}", Draft(contract.method, path, body), 404)
        for label, path in paths.items()
    ]


@dataclass(frozen=True, slots=True)
class RefusedField:
    """One field of a refusal, and the plainest request that is answered with it."""

    field: Field
    mistake: Mistake

    @property
    def id(self) -> str:
        return self.field.id


def refused_fields(contract: Contract) -> Iterator[RefusedField]:
    """Name every field of every refusal."""
    plainest = (bad_bodies(contract)[-1], bad_keys(contract)[0], bad_paths(contract)[0])
    for mistake in plainest:
        yield from (RefusedField(field, mistake) for field in refusal_fields(mistake.status))
