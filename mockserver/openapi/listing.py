"""The documents to import, the index or list that names them, and our words for contracts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from mockserver.contracts.finding import quote
from mockserver.contracts.json_schema import SCHEMA_MAPS, Schema, Steps, map_parts
from mockserver.contracts.model_list import IMAGE_TYPE, MODELS_PATH, ListedModel, listed_models
from mockserver.contracts.refs import read_object
from mockserver.errors import DocumentError, UnreachableError
from mockserver.openapi.document import fetched
from mockserver.paths import SCHEMAS
from mockserver.strict_json import JSON, JSONTextError, parse

_INDEX = "index.json"
_REPOSITORY = "aimlapi/api-docs"
_FOLDER = "docs/api-references/image-models/"
_WORDING = {"description", "examples", "title"}


@dataclass(frozen=True)
class Listing:
    """A document, and what an index says of it.

    :ivar name: the document's file, or its ``http`` or ``https`` URL.
    :ivar own_words: whether its contracts have our wording, and share what is the same in several
        of them.
    :ivar source: where and when it was published, as in ``contract.json``; empty where no index
        says so.
    :ivar withdrawn: the models that were withdrawn; the index does not say when.
    """

    name: str
    own_words: bool = False
    source: Mapping[str, str] = field(default_factory=dict)
    withdrawn: tuple[str, ...] = ()


def listings(sources: Iterable[str], *, own_words: bool = False) -> list[Listing]:
    """Return the documents of files, URLs and folders; those of a folder have our words.

    :param own_words: whether the others have them, too.
    :raises DocumentError: when a folder has no index, or it is not what it must be.
    """
    found: list[Listing] = []
    for source in sources:
        is_folder = Path(source).is_dir()
        found += _indexed(Path(source)) if is_folder else [Listing(source, own_words)]
    return found


def _indexed(folder: Path) -> list[Listing]:
    index = folder / _INDEX
    try:
        entries = parse(index.read_bytes())
        return [_listing(folder, entry) for entry in entries]
    except OSError as error:
        raise DocumentError(str(index), "", f"cannot be read: {error.strerror}") from None
    except JSONTextError as error:
        raise DocumentError(str(index), "", str(error)) from None
    except (KeyError, TypeError, ValueError):
        reason = "expected a list of file, published, commit, date and withdrawn"
        raise DocumentError(str(index), "", reason) from None


def _listing(folder: Path, entry: JSON) -> Listing:
    source = {
        "repository": _REPOSITORY,
        "file": _FOLDER + entry["published"],
        "commit": entry["commit"],
        "date": entry["date"],
    }
    return Listing(str(folder / entry["file"]), True, source, tuple(entry["withdrawn"]))


def image_models(base: str) -> dict[str, ListedModel]:
    """Return the listed image models by their ids and aliases.

    :param base: the base URL of the provider, without a slash at the end.
    :raises UnreachableError: when the list cannot be read, or has none.
    """
    url = base + MODELS_PATH
    found = [model for model in listed_models(fetched(url)) if model.type == IMAGE_TYPE]
    if not found:
        reason = f"expected a list of models, some of the type {IMAGE_TYPE}"
        raise UnreachableError(url, "/data", reason)
    return {name: model for model in found for name in model.names}


def document_url(base: str, model: ListedModel) -> str:
    """Return the URL of the document of a listed model.

    :raises UnreachableError: when the list has none, or one at another host.
    """
    url = base + MODELS_PATH
    try:
        found = urljoin(url, model.document)
        is_usable = bool(model.document) and urlsplit(found)[:2] == urlsplit(url)[:2]
    except ValueError:
        is_usable = False
    if not is_usable:
        expected = f"{model.names[0]}: expected an info.docsJson at the same host"
        raise UnreachableError(url, "/data", f"{expected}, received {quote(model.document)}")
    return found


def in_own_words(schema: Schema, name: str = "") -> Schema:
    """Return a schema with our description of each field instead of the document's wording.

    :param name: the field that the schema is of.
    """
    ours = {"description": _descriptions()[name]} if name in _descriptions() else {}
    kept = {key: value for key, value in schema.items() if key not in _WORDING}
    return ours | map_parts(kept, _part_in_own_words)


def _part_in_own_words(part: JSON, steps: Steps) -> JSON:
    name = str(steps[-1]) if steps[0] in SCHEMA_MAPS else ""
    return in_own_words(part, name) if isinstance(part, dict) else part


@cache
def _descriptions() -> dict[str, str]:
    return read_object(SCHEMAS / "descriptions.json")
