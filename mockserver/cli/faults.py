"""The command ``mockserver faults``."""

from __future__ import annotations

import click

from mockserver.app.faults import fault_kinds, scenarios
from mockserver.cli.output import print_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def faults(*, as_json: bool) -> None:
    """List every fault and scenario, with what a client sees."""
    if as_json:
        kinds = {name: kind.summary for name, kind in fault_kinds().items()}
        known = {name: scenario.summary for name, scenario in scenarios().items()}
        print_json({"faults": kinds, "scenarios": known})
        return
    click.echo("Faults: `mockserver ctl faults add NAME`, `Prefer: fault=NAME`, or in a scenario")
    for name, kind in fault_kinds().items():
        click.echo(f"  {name:20} {kind.summary}")
    click.echo("Scenarios: `mockserver serve --scenario NAME`, or a key that begins mock-NAME")
    for name, scenario in scenarios().items():
        click.echo(f"  {name:20} {scenario.summary}")
