"""The provider's list of models, which leads to the document of each."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from mockserver.contracts.finding import quote
from mockserver.contracts.model_list import IMAGE_TYPE, MODELS_PATH, ListedModel, listed_models
from mockserver.errors import UnreachableError
from mockserver.openapi.document import fetched


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
