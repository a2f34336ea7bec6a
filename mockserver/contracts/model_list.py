"""The provider's list of models."""

from __future__ import annotations

from typing import NamedTuple

from mockserver.strict_json import JSON, parse_or_none

MODELS_PATH = "/v1/models"

IMAGE_TYPE = "openai/image-generations"
"""The type of image models in the list, and the endpoint of their documents."""


class ListedModel(NamedTuple):
    """An entry of the list.

    :ivar names: the id and the aliases.
    :ivar type: empty where none is stated.
    :ivar document: the URL of the OpenAPI document; empty where none is stated.
    """

    names: tuple[str, ...]
    type: str
    document: str


def listed_models(body: bytes) -> list[ListedModel]:
    """Return the models in the body of a response, without entries that have no id."""
    entries = _field(parse_or_none(body), "data")
    models = entries if isinstance(entries, list) else []
    return [_listed(entry) for entry in models if isinstance(_field(entry, "id"), str)]


def _listed(entry: JSON) -> ListedModel:
    stated = _field(entry, "aliases")
    aliases = stated if isinstance(stated, list) else []
    document = _field(_field(entry, "info"), "docsJson")
    return ListedModel(
        names=tuple(name for name in (entry["id"], *aliases) if isinstance(name, str)),
        type=str(_field(entry, "type") or ""),
        document=str(document or ""),
    )


def _field(value: JSON, name: str) -> JSON:
    return value.get(name) if isinstance(value, dict) else None
