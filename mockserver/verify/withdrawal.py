"""The models that a target offers, and the pinned ones that it has withdrawn."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from pathlib import PurePosixPath

from mockserver.contracts import Contract, ContractCatalog
from mockserver.contracts.messages import nearest
from mockserver.contracts.model_list import MODELS_PATH, listed_models
from mockserver.recording.http_client import HTTPClient
from mockserver.recording.target import base_url
from mockserver.verify.results import Withdrawn
from mockserver.verify.suite.config import MOCK, SuiteConfig

_MAX_SECONDS = 30.0
_MAX_SUGGESTIONS = 3


def withdrawn_contracts(suite_config: SuiteConfig) -> list[Withdrawn]:
    """Return the contracts of a run whose models the target's list of models does not have.

    Where the list cannot be read, none is known to be withdrawn. No key is sent.
    """
    if suite_config.name == MOCK:
        return []
    with closing(HTTPClient(min(suite_config.timeout, _MAX_SECONDS))) as client:
        base = base_url(suite_config.name)
        client.add_headers(base, suite_config.gateway_headers)
        offered = _offered_ids(client, base)
    return [
        _withdrawn(contract, suite_config.catalog, offered)
        for contract in suite_config.contracts
        if offered and contract.model not in offered
    ]


def _offered_ids(client: HTTPClient, base: str) -> Collection[str]:
    response = client.send("GET", base + MODELS_PATH, {}, b"")
    if isinstance(response, str) or response.status != 200:
        return ()
    models = listed_models(response.body)
    is_documented = any(model.type for model in models)  # the lists of other services have no types
    return {name for model in models for name in model.names} if is_documented else ()


def _withdrawn(contract: Contract, catalog: ContractCatalog, offered: Collection[str]) -> Withdrawn:
    """Return what to pin instead: what is offered and has a contract, the same vendor's first."""
    known = [each for each in catalog.select().values() if each.model in offered]
    # The newest document of the model: an old one may have been in another place.
    family = _family(catalog.revisions(contract.model)[-1])
    same = [each.model for each in known if _family(each) == family]
    other = [each.model for each in known if each.model not in same]
    ordered = [*nearest(contract.model, same), *nearest(contract.model, other)]
    ids = {each.model: each.id for each in known}
    return Withdrawn(contract.id, tuple(ids[model] for model in ordered[:_MAX_SUGGESTIONS]))


def _family(contract: Contract) -> PurePosixPath:
    """Return the folder of the published document: one for each vendor."""
    return PurePosixPath(contract.about["source"]["file"]).parent
