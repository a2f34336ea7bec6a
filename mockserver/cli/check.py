"""Recorded exchanges, checked against their contracts: ``mockserver verify --recording``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import click

from mockserver.cli.output import findings_text, pluralize, print_json
from mockserver.contracts import Contract, ContractCatalog, Finding
from mockserver.errors import ExitCode, SettingsError
from mockserver.recording.loading import load_recordings
from mockserver.recording.reader import Recording
from mockserver.strict_json import JSON


def check_recordings(
    paths: Iterable[Path], catalog: ContractCatalog, contracts: Sequence[str], *, as_json: bool
) -> ExitCode:
    """Print what is wrong with recorded exchanges.

    :param paths: files, and folders with files.
    :param contracts: the contract to hold them to, where it is not each one's own.
    """
    if len(contracts) > 1:
        raise click.UsageError("expected at most one --contract with --recording")
    name = next(iter(contracts), None)
    endpoints = {path for contract in catalog.select().values() for path in contract.paths}
    loaded = load_recordings(paths, endpoints)
    found = [(each, _contract(each, catalog, name)) for each in loaded]
    checked = [(each, held, held.findings(each.exchange())) for each, held in found]
    broken = sum(bool(findings) for _, _, findings in checked)
    if as_json:
        print_json({"exchanges": [_as_data(*each) for each in checked]})
    else:
        for recording, contract, findings in checked:
            click.echo(f"{recording.file}  {contract.id}  {findings_text(findings)}")
            for finding in findings:
                click.echo(f"  {finding.level} {finding.pointer} ({finding.rule}): {finding.words}")
        click.echo(f"{pluralize(len(checked), 'exchange')}, {broken} with findings")
    if not checked:
        return ExitCode.NOTHING_VERIFIED
    return ExitCode.FINDINGS if broken else ExitCode.OK


def _contract(recording: Recording, catalog: ContractCatalog, name: str | None) -> Contract:
    """Return the contract of an exchange: the named one, the recorded one, or its model's."""
    if name is not None:
        return catalog.load(name)
    for known in filter(None, (recording.contract, recording.model)):
        with suppress(SettingsError):
            return catalog.load(known)
    return catalog.load(catalog.pinned)


def _as_data(recording: Recording, contract: Contract, findings: list[Finding]) -> dict[str, JSON]:
    listed = [asdict(finding) for finding in findings]
    return {"file": str(recording.file), "contract": contract.id, "findings": listed}
