"""A YAML loader with the types that OpenAPI expects: version 1.2, limited to what JSON has.

PyYAML follows version 1.1, which makes 969 of ``16:9``, false of ``no`` and a date of
``2025-08-19``.
"""

from __future__ import annotations

import math
import re
from types import ModuleType
from typing import Any

from mockserver.strict_json import JSON

_NULL = re.compile(r"(~|null|Null|NULL|)\Z")
_BOOLEAN = re.compile(r"(true|True|TRUE|false|False|FALSE)\Z")
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}\Z")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")


class YAMLError(ValueError):
    """A text that is no YAML with JSON's types; the message has its line."""


def parse_yaml(text: str) -> JSON:
    """Parse one YAML document (YAML 1.2.2, section 10.3).

    :raises YAMLError: when it is none, holds what JSON cannot, or PyYAML is not installed.
    """
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        hint = "pip install 'aimlapi-mockserver[import]'"
        raise YAMLError(f"YAML needs PyYAML: {hint}; JSON needs nothing") from None
    try:
        return yaml.load(text, Loader=_loader(yaml))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YAMLError(f"line {mark.line + 1}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise YAMLError(" ".join(str(error).split())) from None
    except RecursionError:
        raise YAMLError("expected fewer levels of nesting") from None


def _loader(yaml: ModuleType) -> Any:  # noqa: ANN401 - PyYAML has no types
    """Return a SafeLoader that knows the types of JSON only, no tags and no duplicate keys."""

    class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined]
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012
        yaml_constructors: dict[str, Any] = {}  # noqa: RUF012

        def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401
            event = self.peek_event()
            if getattr(event, "tag", None):
                reason = f"expected no tag, received {event.tag}"
                raise yaml.composer.ComposerError(None, None, reason, event.start_mark)
            return super().compose_node(parent, index)

        def mapping(self, node: Any) -> dict[str, JSON]:  # noqa: ANN401
            read: dict[str, JSON] = {}
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode) or key.value in read:
                    reason = "expected a key that is text, and no key twice"
                    raise yaml.constructor.ConstructorError(None, None, reason, key.start_mark)
                read[key.value] = self.construct_object(value)
            return read

        def sequence(self, node: Any) -> list[JSON]:  # noqa: ANN401
            return [self.construct_object(item) for item in node.value]

    types = {
        "null": (_NULL, lambda _loader, _node: None),
        "bool": (_BOOLEAN, lambda _, node: node.value.lower() == "true"),
        "int": (_INTEGER, lambda _, node: int(node.value)),
        "float": (_NUMBER, lambda _, node: _number(node.value)),
        "str": (None, lambda _, node: node.value),
        "map": (None, Loader.mapping),
        "seq": (None, Loader.sequence),
    }
    for name, (pattern, constructor) in types.items():
        Loader.add_constructor(f"tag:yaml.org,2002:{name}", constructor)
        if pattern:
            Loader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", pattern, None)
    return Loader


def _number(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text
