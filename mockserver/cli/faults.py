"""The command ``mockserver faults``."""

from __future__ import annotations

import click

__all__ = ["faults"]


@click.command()
def faults() -> None:
    """List every fault and scenario, with what a client sees."""
    from mockserver.app.faults import fault_kinds, scenarios

    click.echo("Faults: `mockserver ctl faults add NAME`, `Prefer: fault=NAME`, or in a scenario")
    for name, kind in fault_kinds().items():
        click.echo(f"  {name:20} {kind.summary}")
    click.echo("Scenarios: `mockserver serve --scenario NAME`, or a key that begins mock-NAME")
    for name, scenario in scenarios().items():
        click.echo(f"  {name:20} {scenario.summary}")
