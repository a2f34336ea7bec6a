"""Make contracts of the provider's OpenAPI documents: data from data, and no Python."""

from mockserver.openapi.contract_files import ContractFiles, Outcome
from mockserver.openapi.importer import Imported, import_document
from mockserver.openapi.plan import Plan, plans
from mockserver.openapi.warnings import DocumentWarning

__all__ = [
    "ContractFiles",
    "DocumentWarning",
    "Imported",
    "Outcome",
    "Plan",
    "import_document",
    "plans",
]
