"""The documented contracts as data, and what they find wrong with an exchange.

Nothing here opens a socket or knows a web framework.
"""

from mockserver.contracts.catalog import ContractCatalog, default_catalog, load_contract
from mockserver.contracts.contract import Contract
from mockserver.contracts.error_catalog import ErrorCatalog, ErrorDefinition, error_catalog
from mockserver.contracts.exchange import Exchange, Request, Response
from mockserver.contracts.finding import Finding, Level
from mockserver.contracts.image_request import ImageRequest

__all__ = [
    "Contract",
    "ContractCatalog",
    "ErrorCatalog",
    "ErrorDefinition",
    "Exchange",
    "Finding",
    "ImageRequest",
    "Level",
    "Request",
    "Response",
    "default_catalog",
    "error_catalog",
    "load_contract",
]
