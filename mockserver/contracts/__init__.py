"""The pure core: the documented contracts as data, and what they find wrong with an exchange.

Nothing here opens a socket or knows a web framework. The mock, the contract suite and the command
line all ask the same :class:`Contract`.
"""

from mockserver.contracts.catalog import Shelf, load_contract, shelf
from mockserver.contracts.contract import Contract
from mockserver.contracts.error_catalog import ErrorCatalogue, KnownError, error_catalogue
from mockserver.contracts.exchange import Exchange, Request, Response
from mockserver.contracts.finding import Finding, Level
from mockserver.contracts.image_request import Order

__all__ = [
    "Contract",
    "ErrorCatalogue",
    "Exchange",
    "Finding",
    "KnownError",
    "Level",
    "Order",
    "Request",
    "Response",
    "Shelf",
    "error_catalogue",
    "load_contract",
    "shelf",
]
