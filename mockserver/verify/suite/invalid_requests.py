"""Requests that have to be refused, and the documented status for each."""

from __future__ import annotations

from mockserver.contracts import Contract
from mockserver.contracts.samples import plain_request
from mockserver.strict_json import JSON
from mockserver.verify.suite.parameters import breaks_documents, invalid_values, parameters
from mockserver.verify.suite.request_spec import KEY, RequestCase, RequestSpec, json_text


def bad_parameters(contract: Contract) -> list[RequestCase]:
    """Return a request for each value of each parameter that the published schema forbids."""
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
        RequestCase(label, RequestSpec(contract, json_text(body), 400))
        for label, body in bodies.items()
        if breaks_documents(contract, body)
    ]


def bad_bodies(contract: Contract) -> list[RequestCase]:
    """Return requests whose body is not a JSON object with fields."""
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
    return [RequestCase(label, RequestSpec(contract, text, 400)) for label, text in texts.items()]


def bad_keys(contract: Contract) -> list[RequestCase]:
    """Return requests without the key, or with the key in another form than documented."""
    headers = {
        "no-header": None,
        "empty": "",
        "no-scheme": KEY,
        "no-key": "Bearer",
        "another-scheme": f"Basic {KEY}",
    }
    body = json_text(plain_request(contract))
    return [
        RequestCase(f"authorization-{label}", RequestSpec(contract, body, 401, header))
        for label, header in headers.items()
    ]


def bad_paths(contract: Contract) -> list[RequestCase]:
    body = json_text(plain_request(contract))
    paths = {"below": f"{contract.path}/undocumented", "elsewhere": "/v1/undocumented"}
    return [
        RequestCase(f"path-{label}", RequestSpec(contract, body, 404, other_path=path))
        for label, path in paths.items()
    ]
