"""The command ``mockserver compat``."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import click

from mockserver.cli.options import schemas_option

if TYPE_CHECKING:
    from mockserver.cli.compat.reading import Matrix
    from mockserver.contracts import ContractCatalog

__all__ = ["compat"]


@click.command()
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="MODEL@REVISION",
    show_default="every one",
    help="What is to be read. Repeatable.",
)
@schemas_option
@click.option(
    "--reader",
    "readers",
    multiple=True,
    metavar="NAME=COMMAND",
    help="A reader of your own: any command. NAME alone picks one of the shipped. Repeatable.",
)
@click.option(
    "--shipped/--no-shipped", default=True, help="Try the shipped readers where none is picked."
)
@click.option(
    "--seeds",
    type=click.IntRange(0, 1000),
    default=5,
    show_default=True,
    help="How many seeds of --vary each contract is varied by: 1, 2, and so on.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="How long a reader may take, in seconds; then it counts as crashed.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=os.cpu_count,
    show_default="one for each processor",
    help="How many readers run at once.",
)
@click.option("--json", "form", flag_value="json", help="Print plain data.")
@click.option("--markdown", "form", flag_value="markdown", help="Print a table for a README.")
@click.pass_context
def compat(
    context: click.Context,
    contracts: tuple[str, ...],
    catalog: ContractCatalog,
    readers: tuple[str, ...],
    seeds: int,
    timeout: float,
    jobs: int,
    form: str | None,
    *,
    shipped: bool,
) -> None:
    """Show which clients get an image out of which contract, plain and varied.

    A reader finds the mock by AIMLAPI_BASE_URL and OPENAI_BASE_URL, a key in AIMLAPI_KEY and
    OPENAI_API_KEY, and the model to ask for in AIMLAPI_MODEL. It ends with status 0 when it got a
    image and 3 when there was none; anything else is a crash. An image that it writes to the
    file named by MOCKSERVER_IMAGE is checked.

    Ends with status 1 when a reader of your own failed anywhere, 2 for wrong usage, else 0.
    """
    from mockserver.cli.compat.reader import choose
    from mockserver.cli.compat.trial import Trial

    ids = [catalog.load(name).id for name in contracts or catalog.ids]
    trial = Trial(
        readers=tuple(choose(readers, with_shipped=shipped)),
        contracts=tuple(dict.fromkeys(ids)),
        schemas=tuple(map(str, catalog.more)),
        seeds=tuple(range(1, seeds + 1)),
        timeout=timeout,
        jobs=jobs,
        tell=lambda line: click.echo(line, err=True),
    )
    # A reader has a process group of its own, so whoever ends this command does not reach it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    matrix = trial.matrix()
    click.echo(_written(matrix, form))
    context.exit(matrix.status)


def _written(matrix: Matrix, form: str | None) -> str:
    from mockserver.cli.compat import report

    if form == "json":
        return json.dumps(report.as_data(matrix), indent=2, ensure_ascii=False)
    write = report.as_markdown if form == "markdown" else report.as_text
    return "\n".join(write(matrix))
