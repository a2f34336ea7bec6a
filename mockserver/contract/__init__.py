"""The pure core: the documented contracts as data, and what they find wrong with an exchange.

Nothing here opens a socket or knows a web framework. The mock, the contract suite and the command
line all ask the same :class:`Contract`.
"""

from mockserver.contract.contract import Contract
from mockserver.contract.errors import ErrorCatalogue, KnownError, error_catalogue
from mockserver.contract.exchange import Exchange, Request, Response
from mockserver.contract.finding import Finding, Level
from mockserver.contract.order import Order
from mockserver.contract.shelf import Shelf, load_contract, shelf

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
