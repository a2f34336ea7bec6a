"""Make contracts of the provider's OpenAPI documents: data from data, and no Python."""

from mockserver.openapi.contract_files import Bundle, Outcome
from mockserver.openapi.importer import Imported, import_document
from mockserver.openapi.plan import Plan, plans
from mockserver.openapi.warnings import Loss

__all__ = ["Bundle", "Imported", "Loss", "Outcome", "Plan", "import_document", "plans"]
