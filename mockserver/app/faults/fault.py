"""Faults as data: what goes wrong, when, and for whom; and what a kind of fault can change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, NamedTuple, TypeAlias

from mockserver.app.latency import parse_duration
from mockserver.app.matching import CONDITIONS, Matching, conditions, whole_numbers
from mockserver.app.signed_urls import ImageRef
from mockserver.contracts import Contract, ErrorCatalog, ImageRequest, error_catalog
from mockserver.contracts.response_template import MockResponse
from mockserver.strict_json import JSON

Sleep: TypeAlias = Callable[[float], None]
"""Waits for a number of seconds."""

ANY_STATUS = "error"
"""The fault that responds with the status of its options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Matching):
    """A fault, as ``schemas/fault.schema.json`` defines it.

    :ivar name: its name in the fault catalog.
    :ivar options: the options of this kind of fault: headers, seconds, message, body, status,
        pointer, contract.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, data: JSON) -> Fault:
        """Return the fault of a JSON value that keeps the schema."""
        data = whole_numbers(data)
        if "fault" not in data:
            data = {"fault": _name_of(data["status"]), **data}
            if data["fault"] != ANY_STATUS:
                del data["status"]
        options = {n: value for n, value in data.items() if n not in {"fault", *CONDITIONS}}
        return cls(name=data["fault"], options=options, **conditions(data))

    def drawn(self, count: int) -> Fault:
        """Return the fault for one request; its own seed draws how long it takes.

        :param count: how many requests it has happened to; the same one draws the same.
        """
        if not isinstance(text := self.options.get("seconds"), str):
            return self
        seconds = parse_duration(text)(Random(f"seconds {self.seed} {count}"))
        return replace(self, options={**self.options, "seconds": seconds})


def _name_of(status: int) -> str:
    """Return the name of the first documented error of a status, else that of any status."""
    errors = [error for error in error_catalog().errors.values() if not error.project_defined]
    names = {error.status: error.name for error in reversed(errors)}
    return names.get(status, ANY_STATUS)


@dataclass(slots=True)
class FaultContext:
    """One request that a fault happens to.

    :ivar options: the options of the fault.
    :ivar request_id: the request's UUID.
    :ivar now: seconds since 1970-01-01 UTC.
    :ivar errors: those of the contract of the response.
    :ivar sleep: waits for a number of seconds, or until the tenant is reset.
    :ivar seconds: how long the fault takes, drawn for this request.
    :ivar model: the model of the request; None where it is unknown.
    :ivar contracts: the served contracts, by model.
    :ivar no_effect_reason: why the fault changed nothing, where it did not.
    """

    kind: FaultKind
    options: Mapping[str, Any]
    path: str
    request_id: str
    now: float
    errors: ErrorCatalog
    sleep: Sleep
    seconds: float = 0
    model: str | None = None
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    no_effect_reason: str = ""


class FaultKind(NamedTuple):
    """A kind of fault, which by default changes nothing.

    :ivar summary: what a client sees, in one line.
    :ivar needs: the required options.
    :ivar takes: the further options.
    :ivar seconds: how long it takes unless the fault has an option ``seconds``.
    :ivar before_response: runs before validation: returns a response, raises APIError, or sleeps
        and returns None.
    :ivar change_request: changes which images are requested.
    :ivar change_images: changes the images of the response.
    :ivar change_response: changes the finished response.
    :ivar applies_to_recordings: whether the images of a recorded response are changed, too.
    """

    summary: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    seconds: float = 0
    before_response: Callable[[FaultContext], MockResponse | None] = lambda _: None
    change_request: Callable[[ImageRequest], ImageRequest] = lambda image_request: image_request
    change_images: Callable[[Sequence[ImageRef], FaultContext], Sequence[ImageRef]] = (
        lambda image_refs, _: image_refs
    )
    change_response: Callable[[MockResponse, FaultContext], MockResponse] = lambda response, _: (
        response
    )
    applies_to_recordings: bool = True
