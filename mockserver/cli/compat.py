"""The command ``mockserver compat``."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mockserver.cli.commands import ConfiguredCommand
from mockserver.cli.options import schemas_option
from mockserver.cli.output import pluralize, print_json
from mockserver.contracts import ContractCatalog
from mockserver.errors import ExitCode, SettingsError

if TYPE_CHECKING:
    from mockserver.cli.client_trial import Client, Trial


@click.command(
    cls=ConfiguredCommand,
    keys=("schemas", "seeds"),
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="MODEL@REVISION",
    show_default="every one",
    help="A contract to try. Repeatable.",
)
@schemas_option
@click.option(
    "--seeds",
    type=click.IntRange(0, 1000),
    default=5,
    show_default=True,
    metavar="N",
    help="Vary each contract by the seeds 1 to N of --vary.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="How long COMMAND may take, in seconds; then it counts as crashed.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=os.cpu_count,
    show_default="one for each processor",
    help="How many processes run at once.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def compat(
    contracts: tuple[str, ...],
    catalog: ContractCatalog,
    seeds: int,
    timeout: float,
    jobs: int,
    command: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Run COMMAND against several contracts, and show the results.

    They are a sample of all contracts, plain and varied.

    COMMAND is a client that requests one image. It finds the mock by AIMLAPI_BASE_URL,
    AIML_API_BASE and OPENAI_BASE_URL, a key in AIMLAPI_KEY, AIML_API_KEY and OPENAI_API_KEY, and
    the model in AIMLAPI_MODEL. It exits with 0 when it got an image and with 3 when there was none;
    any other end is a crash. An image that it writes to the file named by MOCKSERVER_IMAGE is
    checked.

    Exits with 1 when COMMAND failed with any contract.
    """
    from mockserver.cli.client_trial import Client

    if shutil.which(command[0]) is None:
        raise SettingsError(f"no such command: {command[0]!r}")
    names = list(dict.fromkeys(catalog.load(name).id for name in contracts or catalog.sample))
    client = Client(command, tuple(map(str, catalog.more)), timeout)

    trials = _run(client, names, seeds, jobs, shown=not as_json)
    if as_json:
        print_json({"command": command, "trials": [asdict(trial) for trial in trials]})
    else:
        _print_details(trials)
    if any(trial.failed for trial in trials):
        click.get_current_context().exit(ExitCode.FINDINGS)


def _run(
    client: Client, names: Sequence[str], seeds: int, jobs: int, *, shown: bool
) -> list[Trial]:
    """Return all trials; print a line for each contract where ``shown``."""

    def show(contract: str, trials: Sequence[Trial]) -> None:
        if shown:
            click.echo(f"{contract:{max(map(len, names))}}  {_verdict(trials)}")

    # COMMAND runs in a process group of its own: a signal for this process does not reach it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return asyncio.run(client.try_all(names, seeds, jobs, show))


def _verdict(trials: Sequence[Trial]) -> str:
    failed = next((trial for trial in trials if trial.failed), None)
    if failed is None:
        return "reads"
    return failed.outcome + (" if varied" if failed.seed is not None else "")


def _print_details(trials: Sequence[Trial]) -> None:
    """Print the first failure with each contract, equal ones together, and how to repeat it."""
    alike: dict[tuple[object, ...], list[Trial]] = {}
    first_failures = {trial.contract: trial for trial in reversed(trials) if trial.failed}
    for trial in reversed(first_failures.values()):
        key = (trial.outcome, trial.seed, trial.variation, trial.reason)
        alike.setdefault(key, []).append(trial)
    for failures in alike.values():
        first = failures[0]
        varied = f" with --vary {first.seed} ({first.variation})" if first.seed is not None else ""
        click.echo(f"\n{first.outcome}{varied}: {', '.join(it.contract for it in failures)}")
        click.echo(f"  {first.reason}")
        click.echo(f"  {shlex.join(first.repeat)}")
    unchecked = sum(not trial.failed and trial.image is None for trial in trials)
    if unchecked:
        what = f"{pluralize(unchecked, 'image')} not checked, only the exit status 0"
        click.echo(f"\n{what}: write the image to $MOCKSERVER_IMAGE")
