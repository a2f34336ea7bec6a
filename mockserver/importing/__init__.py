"""Make contracts of the provider's OpenAPI documents: data from data, and no Python."""

from mockserver.importing.bundle import Bundle, Outcome
from mockserver.importing.importer import Imported, import_document
from mockserver.importing.loss import Loss
from mockserver.importing.plan import Plan, plans

__all__ = ["Bundle", "Imported", "Loss", "Outcome", "Plan", "import_document", "plans"]
