"""The command ``mockserver verify``."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli.check import check_recordings
from mockserver.cli.commands import ConfiguredCommand, is_given
from mockserver.cli.options import (
    header_option,
    quiet_option,
    schemas_option,
    setting_options,
    timeout_option,
)
from mockserver.cli.output import Progress, note, write_file
from mockserver.contracts import ContractCatalog
from mockserver.errors import ExitCode, SettingsError
from mockserver.optional_deps import require
from mockserver.settings import HeaderMode

if TYPE_CHECKING:
    from mockserver.verify.baseline import Baseline
    from mockserver.verify.report import Report
    from mockserver.verify.results import Run
    from mockserver.verify.suite.config import SuiteConfig

_NEEDED = ("pytest", "hypothesis", "requests")
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    cls=ConfiguredCommand,
    keys=(
        *("target", "contracts", "schemas", "headers", "baseline", "reports"),
        *("max_images", "timeout"),
    ),
)
@click.option(
    "--target",
    metavar="live|mock|URL",
    help="The server to test: the paid API with the key from AIMLAPI_KEY or AIML_API_KEY, a mock "
    "that is started for the run, or any base URL.",
)
@click.option(
    "--recording",
    "recordings",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE|DIR",
    help="Verify recorded exchanges, or those of a HAR file, instead of a target. Repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    metavar="MODEL@REVISION",
    show_default="the pinned one; for the mock a sample",
    help="The contract to test. Repeatable.",
)
@schemas_option
@setting_options("headers")
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=_FILE,
    help="Write a report in the format of the suffix: .json, .md, .html or .xml (JUnit). "
    "Repeatable.",
)
@click.option("--junit", type=_FILE, help="Write a report as JUnit XML, whatever the suffix.")
@click.option("--baseline", type=_FILE, help="Known differences, which do not fail.")
@click.option(
    "--update-baseline", is_flag=True, help="Write all differences that are found into --baseline."
)
@click.option(
    "--record",
    "recording",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write every exchange there, for `serve --replay`, --recording and `identify`.",
)
@click.option(
    "--max-images",
    type=click.IntRange(0),
    default=6,
    show_default=True,
    help="How many images to pay for on the live API, counted at the smallest size.",
)
@timeout_option(default=None, shown="30, on the live API 180")
@header_option
@quiet_option
def verify(
    target: str | None,
    recordings: tuple[Path, ...],
    contracts: tuple[str, ...],
    catalog: ContractCatalog,
    headers: HeaderMode,
    *,
    as_json: bool,
    **options: Any,  # noqa: ANN401
) -> None:
    """Run the contract suite against a target.

    The verdict is whether it keeps its contract. The target's list of models is read first. A
    contract whose model it no longer has is withdrawn, and not tested.

    Exit status: 0 when the contract is kept, 1 when the target differs or the model is withdrawn,
    2 for wrong usage, 3 when nothing could be verified (no money, no network, too many requests, no
    response).
    """
    catalog = catalog.with_headers(headers)
    if recordings and not is_given("target"):
        held_to = contracts if is_given("contracts") else ()
        status = check_recordings(recordings, catalog, held_to, as_json=as_json)
        click.get_current_context().exit(status)
    if recordings or not target:
        raise click.UsageError("expected either --target or --recording")
    require("contract", "verify", *_NEEDED)
    report = _verify(target, contracts, catalog, **options)
    from mockserver.verify.formats import as_lines, rendered

    text = rendered(report, ".json") if as_json else "".join(f"{it}\n" for it in as_lines(report))
    click.echo(text, nl=False)
    click.get_current_context().exit(report.verdict.status)


def _verify(
    target: str,
    contracts: tuple[str, ...],
    catalog: ContractCatalog,
    *,
    reports: tuple[Path, ...],
    junit: Path | None,
    baseline: Path | None,
    update_baseline: bool,
    recording: Path | None,
    **limits: Any,  # noqa: ANN401
) -> Report:
    """Run the suite; return the report, which is also in the files that are named."""
    from mockserver.verify.formats import rendered, suffix_of
    from mockserver.verify.report import Report
    from mockserver.verify.suite.config import SuiteConfig

    suffixes = {path: suffix_of(path) for path in reports} | ({junit: ".xml"} if junit else {})
    known = _baseline(baseline, may_be_missing=update_baseline)
    config = SuiteConfig.create(target, contracts, catalog, tolerate_outages=True, **limits)
    report = Report(_run(config, recording), known, datetime.now(UTC).date())
    if baseline and update_baseline:
        report = _updated(report, baseline)
    for path, suffix in suffixes.items():
        write_file(path, rendered(report, suffix))
    return report


def _baseline(file: Path | None, *, may_be_missing: bool) -> Baseline:
    from mockserver.verify.baseline import Baseline

    if file is None and may_be_missing:
        raise click.UsageError("expected --baseline FILE with --update-baseline")
    if file is None or (may_be_missing and not file.exists()):
        return Baseline({})
    if not file.is_file():
        raise SettingsError(f"--baseline {file}: no such file; --update-baseline writes it")
    return Baseline.read(file)


def _run(suite_config: SuiteConfig, recording: Path | None) -> Run:
    """Run the suite, and print a line for each phase while pytest's own output is held back."""
    from mockserver.verify.runner import run_suite

    with Progress() as progress:
        progress.line(f"verifying {suite_config.name}")
        return run_suite(
            suite_config,
            record_to=recording,
            report_phase=lambda text: progress.line(f"  {text}"),
            report_check=progress.step,
        )


def _updated(report: Report, file: Path) -> Report:
    """Write the baseline again, unless nothing is verified; return the report against it."""
    if report.verdict.status is ExitCode.NOTHING_VERIFIED or not report.contracts:
        return report
    found = [(check.contract, finding) for check in report.run.checks for finding in check.findings]
    baseline = report.baseline.updated(found, report.contracts, report.today)
    write_file(file, baseline.text)
    note(f"wrote {file}: {len(baseline.entries)} known; say why in each reason")
    return replace(report, baseline=baseline)
