"""The catalog of faults, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache, partial

from mockserver.app.data_file import schema_findings
from mockserver.app.faults import delivery
from mockserver.app.faults.errors import (
    ERROR_OPTIONS,
    GATEWAY_PAGE,
    any_status,
    documented_errors,
    model_withdrawn,
    problem_json,
    respond,
)
from mockserver.app.faults.fault import ANY_STATUS, Fault, FaultContext, FaultKind
from mockserver.app.latency import parse_duration
from mockserver.app.signed_urls import CORRUPT, DEAD, EXPIRED, ImageRef
from mockserver.contracts import ImageRequest
from mockserver.errors import SettingsError
from mockserver.strict_json import JSON

_REFUSAL = '400 {"error": {"code": "content_policy_violation", "message": "Prompt refused."}}'
"""Project-defined, in the form in which a refusal of the upstream was printed once."""

_MAX_COMPARED = 100
"""How many characters of an unknown name are compared; the time grows with their square."""

_SERVER_HEADERS = {
    *("connection", "content-length", "keep-alive", "proxy-authenticate", "proxy-authorization"),
    *("te", "trailer", "trailers", "transfer-encoding", "upgrade"),
}
"""Headers that delimit a response or belong to its connection (PEP 3333 forbids most of them)."""


def _with_defect(
    defect: str, image_refs: Sequence[ImageRef], _: FaultContext
) -> Sequence[ImageRef]:
    return [image_ref._replace(defect=defect) for image_ref in image_refs]


def _slow(image_refs: Sequence[ImageRef], fault_context: FaultContext) -> Sequence[ImageRef]:
    return [image_ref._replace(delay=fault_context.seconds) for image_ref in image_refs]


def _half_size(image_request: ImageRequest) -> ImageRequest:
    return replace(image_request, width=image_request.width // 2, height=image_request.height // 2)


_KINDS = {
    ANY_STATUS: FaultKind(
        "an error with any `status` from 400 to 599, documented or not",
        needs=("status",),
        takes=ERROR_OPTIONS,
        before_response=any_status,
    ),
    "content-refused": FaultKind(
        "400 with an upstream's refusal of the prompt's content (project-defined)",
        takes=ERROR_OPTIONS,
        before_response=partial(respond, 400, _REFUSAL),
    ),
    "problem-json": FaultKind(
        "403 in another error format seen in 2026: application/problem+json",
        takes=("headers",),
        before_response=problem_json,
    ),
    "html-page": FaultKind(
        "502 with an HTML page, as a gateway sends when the service is unavailable",
        takes=("headers", "seconds", "body"),
        before_response=partial(respond, 502, "", body=GATEWAY_PAGE),
    ),
    "model-withdrawn": FaultKind(
        "400 for the model, as for one that the provider no longer offers",
        takes=ERROR_OPTIONS,
        before_response=model_withdrawn,
    ),
    "delay": FaultKind(
        "the correct response after `seconds` (2), or a range such as 100ms..2s",
        takes=("seconds",),
        seconds=2,
        before_response=delivery.delay,
    ),
    "hang": FaultKind(
        "no response for `seconds` (300), longer than clients wait",
        takes=("seconds",),
        seconds=300,
        before_response=delivery.hang,
    ),
    "close-connection": FaultKind(
        "the connection closes without a response",
        before_response=delivery.close,
    ),
    "reset-connection": FaultKind(
        "the connection is reset (TCP RST) without a response",
        before_response=delivery.reset,
    ),
    "slow-drip": FaultKind(
        "the correct response, whose body arrives slowly over `seconds` (10)",
        takes=("seconds",),
        seconds=10,
        change_response=delivery.slow_drip,
    ),
    "truncated-body": FaultKind(
        "half of the body, then the connection closes", change_response=delivery.truncated
    ),
    "malformed-json": FaultKind(
        "a whole body that is not JSON: its last brace is missing",
        change_response=delivery.malformed,
    ),
    "wrong-content-type": FaultKind(
        "the correct body with the Content-Type text/html",
        change_response=lambda response, _: replace(response, media_type="text/html"),
    ),
    "drop-field": FaultKind(
        "a response without the field at `pointer`",
        needs=("pointer",),
        change_response=partial(delivery.change_field, delivery.drop),
    ),
    "null-field": FaultKind(
        "a response whose field at `pointer` is null",
        needs=("pointer",),
        change_response=partial(delivery.change_field, delivery.set_null),
    ),
    "retype-field": FaultKind(
        "a response whose field at `pointer` has another type",
        needs=("pointer",),
        change_response=partial(delivery.change_field, delivery.retype),
    ),
    "corrupted-image": FaultKind(
        "an image whose file is damaged, as base64 or behind its link",
        change_images=partial(_with_defect, CORRUPT),
    ),
    "wrong-size-image": FaultKind(
        "images of half the requested width and height", change_request=_half_size
    ),
    "fewer-images": FaultKind(
        "a success with one image less than requested",
        change_images=lambda image_refs, _: image_refs[:-1],
        applies_to_recordings=False,
    ),
    "no-images": FaultKind(
        "a success whose list of images is empty",
        change_images=lambda *_: (),
        applies_to_recordings=False,
    ),
    "dead-link": FaultKind(
        "a link that returns 404 (responses with links only)",
        change_images=partial(_with_defect, DEAD),
    ),
    "expired-link": FaultKind(
        "a link that has expired: 403 (responses with links only)",
        change_images=partial(_with_defect, EXPIRED),
    ),
    "slow-link": FaultKind(
        "a link whose image arrives after `seconds` (5) (responses with links only)",
        takes=("seconds",),
        seconds=5,
        change_images=_slow,
    ),
    "migrate": FaultKind(
        "the response of another `contract`, such as dall-e-2@2026-01-16", needs=("contract",)
    ),
}


@cache
def fault_kinds() -> Mapping[str, FaultKind]:
    """Return every kind of fault by name, the documented errors first."""
    return {**documented_errors(), **_KINDS}


def read_fault(data: JSON) -> Fault:
    """Return the fault of a JSON value.

    :raises SettingsError: when it breaks the schema; the message names each error. Also when there
        is no such fault, a required option is missing, or an option would have no effect.
    """
    if found := schema_findings(data, "fault.schema.json"):
        raise SettingsError("; ".join(f"{f.pointer or 'a fault'}: {f.words}" for f in found))
    fault = Fault.of(data)
    _check(fault)
    return fault


def _check(fault: Fault) -> None:
    kind = fault_kinds().get(fault.name)
    if kind is None:
        name = fault.name[:_MAX_COMPARED]
        near = [known for known in fault_kinds() if name and name in known]
        near = near or get_close_matches(name, fault_kinds(), 1)
        guess = f"; did you mean {near[0]}?" if near else ";"
        raise SettingsError(f"no fault {fault.name!r}{guess} `mockserver faults` lists all")
    for name in kind.needs:
        if name not in fault.options:
            raise SettingsError(f"fault {fault.name!r} needs {name}: {kind.summary}")
    taken = (*kind.needs, *kind.takes)
    for name in sorted(fault.options.keys() - taken):
        only = f", only {' and '.join(taken)}" if taken else ""
        raise SettingsError(f"fault {fault.name!r} takes no {name}{only}: {kind.summary}")
    for name in fault.options.get("headers", {}):
        if name.lower() in _SERVER_HEADERS:
            raise SettingsError(f"fault {fault.name!r} cannot set {name}: the server sets it")
    if {"body", "message"} <= fault.options.keys():
        raise SettingsError(f"fault {fault.name!r} takes a message or a body, not both")
    if "seconds" in fault.options:
        parse_duration(fault.options["seconds"])
