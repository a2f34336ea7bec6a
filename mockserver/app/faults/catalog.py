"""The catalog of faults, by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from mockserver.app.faults.base import FaultBehavior
from mockserver.app.faults.body import (
    DropField,
    MalformedJSON,
    NullField,
    RetypeField,
    TruncatedBody,
    WrongContentType,
)
from mockserver.app.faults.errors import HTMLPage, ProblemJSON, documented_errors
from mockserver.app.faults.fault import Fault
from mockserver.app.faults.images import (
    CorruptedImage,
    DeadLink,
    ExpiredLink,
    FewerImages,
    NoImages,
    SlowLink,
    WrongSizeImage,
)
from mockserver.app.faults.timing import Delay, Hang, SlowDrip
from mockserver.contracts import default_catalog
from mockserver.errors import SettingsError

__all__ = ["Migrate", "fault_kinds", "make_behavior"]


class Migrate(FaultBehavior):
    """The provider changes its contract while it runs."""

    summary = "answers by another `contract`, such as dall-e-2@2026-01-16"
    needs = ("contract",)

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.contract = default_catalog().load(fault.options["contract"])


@cache
def fault_kinds() -> Mapping[str, type[FaultBehavior]]:
    """Return every kind of fault by name, the documented errors first."""
    return {
        **documented_errors(),
        "problem-json": ProblemJSON,
        "html-page": HTMLPage,
        "delay": Delay,
        "hang": Hang,
        "slow-drip": SlowDrip,
        "truncated-body": TruncatedBody,
        "malformed-json": MalformedJSON,
        "wrong-content-type": WrongContentType,
        "drop-field": DropField,
        "null-field": NullField,
        "retype-field": RetypeField,
        "corrupted-image": CorruptedImage,
        "wrong-size-image": WrongSizeImage,
        "fewer-images": FewerImages,
        "no-images": NoImages,
        "dead-link": DeadLink,
        "expired-link": ExpiredLink,
        "slow-link": SlowLink,
        "migrate": Migrate,
    }


def make_behavior(fault: Fault) -> FaultBehavior:
    """Return the behavior of a fault.

    :raises SettingsError: when there is no such fault, a required option is missing, or an option
        would have no effect.
    """
    kind = fault_kinds().get(fault.name)
    if kind is None:
        known = ", ".join(fault_kinds())
        raise SettingsError(f"no fault {fault.name!r}; expected one of {known}")
    for name in kind.needs:
        if name not in fault.options:
            raise SettingsError(f"fault {fault.name!r} needs {name}: {kind.summary}")
    taken = (*kind.needs, *kind.takes)
    for name in sorted(fault.options.keys() - taken):
        only = f", only {' and '.join(taken)}" if taken else ""
        raise SettingsError(f"fault {fault.name!r} takes no {name}{only}: {kind.summary}")
    return kind(fault)
