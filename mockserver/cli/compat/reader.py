"""The programs that are tried: those that are shipped, and a user's own."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from mockserver.errors import SettingsError

__all__ = ["Reader", "choose", "shipped"]

_HOME = "mockserver.cli.compat.readers"
_SHIPPED: Mapping[str, tuple[str, ...]] = {
    "data-url": ("data_url",),
    "data-b64": ("data_b64",),
    "data-either": ("data_either",),
    "choices-b64": ("choices_b64",),
    "three-shapes": ("three_shapes",),
    "openai-url": ("openai_sdk", "url"),
    "openai-b64": ("openai_sdk", "b64_json"),
}
_NEEDS = {"openai_sdk": "openai"}


@dataclass(frozen=True)
class Reader:
    """A client program: it asks for an image and ends with status 0 when it got one.

    :ivar command: what is run, as the operating system takes it: no shell.
    :ivar needs: the package without which it cannot run.
    """

    name: str
    command: tuple[str, ...]
    is_shipped: bool = False
    needs: str = ""

    @property
    def missing(self) -> str:
        """What has to be done before it can run; nothing where it can."""
        return f"pip install {self.needs}" if self.needs and not find_spec(self.needs) else ""


def shipped() -> dict[str, Reader]:
    """Give the shipped readers by their names."""
    return {name: _shipped(name, *how) for name, how in _SHIPPED.items()}


def _shipped(name: str, module: str, *arguments: str) -> Reader:
    command = (sys.executable, "-m", f"{_HOME}.{module}", *arguments)
    return Reader(name, command, is_shipped=True, needs=_NEEDS.get(module, ""))


def choose(given: Iterable[str], *, with_shipped: bool = True) -> list[Reader]:
    """Choose the readers to try.

    :param given: ``NAME=COMMAND`` is a user's own; ``NAME`` is a shipped one, and then only those
        that are named are tried.
    :param with_shipped: whether all shipped ones are tried where none is named.
    :raises SettingsError: when there is no such reader, no such command, or nothing to try.
    """
    own = [_own(text) for text in given if "=" in text]
    named = [_named(text) for text in given if "=" not in text]
    all_shipped = list(shipped().values()) if with_shipped else []
    readers = [*(named or all_shipped), *own]
    for reader in readers:
        if [other.name for other in readers].count(reader.name) > 1:
            raise SettingsError(f"two readers are named {reader.name!r}")
    if not readers:
        raise SettingsError("no reader to try: expected --reader NAME=COMMAND or --shipped")
    return readers


def _named(name: str) -> Reader:
    known = shipped()
    if name not in known:
        expected = f"expected NAME=COMMAND or one of {', '.join(known)}"
        raise SettingsError(f"no reader {name!r}; {expected}")
    return known[name]


def _own(text: str) -> Reader:
    name, _, line = text.partition("=")
    try:
        command = tuple(shlex.split(line))
    except ValueError as error:
        raise SettingsError(f"reader {text!r}: {error}") from None
    if not name.strip() or not command:
        raise SettingsError(f"expected a reader as NAME=COMMAND, received {text!r}")
    if shutil.which(command[0]) is None:
        raise SettingsError(f"reader {name.strip()!r}: no such command: {command[0]!r}")
    return Reader(name.strip(), command)
