"""OpenAPI documents in (contracts made of them) and out (contracts as one document)."""

from mockserver.openapi.contract_files import ContractFiles, distinct
from mockserver.openapi.document import DocumentWarning
from mockserver.openapi.importer import Imported, import_document
from mockserver.openapi.listing import Listing, document_url, image_models, listings

__all__ = [
    "ContractFiles",
    "DocumentWarning",
    "Imported",
    "Listing",
    "distinct",
    "document_url",
    "image_models",
    "import_document",
    "listings",
]
