"""Write the exchanges of a run of the suite down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver.contract import Contract, Exchange
from mockserver.recording import Recorder
from mockserver.recording.asking import links

if TYPE_CHECKING:
    from contract_tests.aim import Aim
    from contract_tests.reply import Reply

__all__ = ["Recording"]


class Recording:
    """The exchanges of a run, each distinct one written down once.

    :param aim: what the run is about.
    :param folder: where they are written.
    """

    def __init__(self, aim: Aim, folder: Path) -> None:
        self._aim = aim
        self._recorder = Recorder(folder, aim.key)
        self._written: set[tuple[str, object]] = set()

    def add(self, contract: Contract, reply: Reply) -> None:
        """Write an exchange down, unless it is there already."""
        place = (contract.id, reply.draft)
        if reply.exchange is not None and place not in self._written:
            self._written.add(place)
            exchange = self._whole(contract, reply.exchange)
            self._recorder.write(exchange, contract.id, reply.findings)

    def _whole(self, contract: Contract, exchange: Exchange) -> Exchange:
        """Complete an exchange by its origin, and by what links at foreign places lead to."""
        target = self._aim.target_for(contract)
        missed = [url for url in links(exchange.response) if url not in exchange.downloads]
        downloads = {**exchange.downloads, **{url: target.wire.fetch(url) for url in missed}}
        request = replace(exchange.request, url=target.base + exchange.request.url)
        return Exchange(request, exchange.response, downloads)
