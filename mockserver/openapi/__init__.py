"""OpenAPI documents in (contracts made of them) and out (contracts as one document)."""

from mockserver.openapi.contract_files import ContractFiles, distinct
from mockserver.openapi.importer import Imported, import_document
from mockserver.openapi.listing import Listing, listings
from mockserver.openapi.model_list import document_url, image_models
from mockserver.openapi.warnings import DocumentWarning

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
