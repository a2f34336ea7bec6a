"""The operations of the admin API that show contracts."""

from __future__ import annotations

from mockserver.app.state import State
from mockserver.strict_json import JSON


class ContractOperations:
    """The operations, as those of :class:`mockserver.app.admin.operations.Operations`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def list_contracts(self) -> JSON:
        """Return every contract, sorted by model and revision."""
        catalog, served = self._state.catalog, self._state.contracts
        contracts = [catalog.load(name) for name in catalog.ids]
        shown = [
            {
                "contract": contract.id,
                "model": contract.model,
                "revision": contract.about["revision"],
                "success": contract.success,
                "served": contract.id == served[contract.model].id,
                "pinned": contract.pinned,
                "withdrawn": contract.withdrawn or None,
            }
            for contract in contracts
        ]
        return {"default": next(iter(served.values())).id, "contracts": shown}

    def show_contract(self, contract: str) -> JSON:
        """Return a contract with the schemas of its request and response."""
        from mockserver.openapi.export import whole_request  # the import takes time at the start

        loaded = self._state.catalog.load(contract)
        return {
            "contract": loaded.id,
            "method": loaded.method,
            "path": loaded.path,
            "success": loaded.success,
            "request": whole_request(loaded),
            "response": loaded.response_schema,
        }

    def compare_contracts(self, old: str, new: str) -> JSON:
        """Return what changes for a client of one contract that calls the other."""
        from mockserver.compare import compare, report  # the import takes time at the start

        load = self._state.catalog.load
        return report.as_data(compare(load(old), load(new)))
