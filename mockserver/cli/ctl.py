"""The command ``mockserver ctl``: control of a running mock from a shell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

import click

from mockserver.cli.ctl_command import command, group, options_of
from mockserver.cli.output import fault_line, print_json, print_table, request_rows, rule_lines
from mockserver.errors import ExitCode
from mockserver.strict_json import parse_or_none
from mockserver.testing.admin_client import AdminClient
from mockserver.testing.admin_options import FaultOptions, RequestFilter, RuleOptions


@click.group()
def ctl() -> None:
    """Control a running mock: its faults, rules, limits, journal."""


@group("faults", ctl)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def faults(api: AdminClient, as_json: bool) -> None:
    """List the queued faults, with how often each was used.

    Without --key, those of single keys are listed too, each with the digest as tenant.
    """
    one_key = click.get_current_context().params["key"]
    queued = api.faults if one_key else [*api.faults, *api.faults_of_keys]
    if as_json:
        print_json(queued)
    else:
        _print_lines(map(fault_line, queued), otherwise="no faults are queued")


@command("add", faults)
@click.argument("what", metavar="STATUS|FAULT")
@options_of(FaultOptions)
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="NAME:VALUE",
    help="A header of the response. Repeatable.",
)
def add_fault(
    api: AdminClient,
    what: str,
    times: str | None,
    headers: tuple[str, ...],
    **when: Any,  # noqa: ANN401
) -> None:
    """Add a fault for future requests; `mockserver faults` lists all faults."""
    when |= {"times": _number(times), "headers": dict(map(_header, headers)) or None}
    click.echo(fault_line(api.fail(_number(what), **when)))


def _number(text: Any) -> Any:  # noqa: ANN401
    """Return a number as such; the mock judges any other text."""
    return int(text) if text and text.isdecimal() else text


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.UsageError(f"expected a header such as Retry-After:1, received {text!r}")
    return name.strip(), value.strip()


@command("clear", faults)
@click.argument("number", metavar="[ID]", type=int, required=False)
def clear_faults(api: AdminClient, number: int | None) -> None:
    """Remove the fault that `faults` lists as ID, or all queued faults.

    Exits with 1 when there is no such fault.
    """
    _print_removed(api.clear_faults(number), number)


def _print_removed(removed: int, number: int | None) -> None:
    if number is not None and not removed:
        click.echo(f"there is no ID {number}")
        click.get_current_context().exit(ExitCode.FINDINGS)
    click.echo(f"removed {removed}")


@command("scenario", ctl)
@click.argument("name", metavar="NAME|FILE")
def scenario(api: AdminClient, name: str) -> None:
    """Replace all queued faults by those of a scenario."""
    _print_lines(map(fault_line, api.scenario(name)))


@group("rules", ctl)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rules(api: AdminClient, as_json: bool) -> None:
    """List the rules, with how often each was used."""
    if as_json:
        print_json(api.rules)
    else:
        _print_lines(rule_lines(api.rules), otherwise="no rules are set")


@command("add", rules)
@options_of(RuleOptions)
def add_rule(api: AdminClient, times: str | None, **options: Any) -> None:  # noqa: ANN401
    """Add a rule for future requests: an own image or an own response."""
    objects = {name: _object(name, options[name]) for name in ("fields", "merge")}
    _print_lines(rule_lines([api.add_rule(**{**options, **objects, "times": _number(times)})]))


def _object(name: str, text: str | None) -> Any:  # noqa: ANN401
    value = None if text is None else parse_or_none(text.encode())
    if text is not None and not isinstance(value, dict):
        raise click.UsageError(f"--{name}: expected a JSON object, received {text!r}")
    return value


@command("set", rules)
@click.argument("file", metavar="FILE")
def set_rules(api: AdminClient, file: str) -> None:
    """Replace all rules by those of a file."""
    _print_lines(rule_lines(api.set_rules(file)), otherwise="no rules are set")


@command("clear", rules)
@click.argument("number", metavar="[ID]", type=int, required=False)
def clear_rules(api: AdminClient, number: int | None) -> None:
    """Remove the rule that `rules` lists as ID, or all rules.

    Exits with 1 when there is no such rule.
    """
    _print_removed(api.clear_rules(number), number)


@group("requests", ctl)
@options_of(RequestFilter)
@click.option("--json", "as_json", is_flag=True, help="Print everything, as JSON.")
def requests(api: AdminClient, as_json: bool, **filters: Any) -> None:  # noqa: ANN401
    """List the requests in the journal, with downloads of images."""
    found = api.find(**filters)
    if as_json:
        print_json([asdict(request) for request in found])
    elif found:
        print_table(request_rows(found))
    else:
        click.echo("no requests")


@command("clear", requests)
def clear_requests(api: AdminClient) -> None:
    """Clear the journal, and nothing else."""
    click.echo(f"removed {api.clear_journal()}")


@command("request", ctl)
@click.argument("request_id", metavar="ID")
def request(api: AdminClient, request_id: str) -> None:
    """Show one request, by the ID that `requests` lists.

    ID is the requestId of its response, or the first characters of it.
    """
    found = [each for each in api.find() if each.id.startswith(request_id)]
    print_json(asdict(found[0] if len(found) == 1 else api.request(request_id)))


@command("count", ctl)
@options_of(RequestFilter)
def count(api: AdminClient, **filters: Any) -> None:  # noqa: ANN401
    """Count the requests for images."""
    click.echo(str(api.count(**filters)))


@command("assert", ctl)
@options_of(RequestFilter)
@click.option("--times", type=click.IntRange(0), help="The exact number.")
@click.option("--at-least", type=click.IntRange(0), help="The smallest number; 1 by default.")
@click.option("--at-most", type=click.IntRange(0), help="The largest number.")
def assert_(api: AdminClient, **expected: Any) -> None:  # noqa: ANN401
    """Assert the number of requests for images.

    Exits with 1 when it is another.
    """
    _assert(lambda: api.assert_requested(**expected), "verified")


@command("wait", ctl)
@click.argument("count", type=click.IntRange(1), default=1)
@options_of(RequestFilter)
@click.option(
    "--timeout",
    type=click.FloatRange(0, 60),
    default=5,
    show_default=True,
    metavar="SECONDS",
    help="The longest time to wait, in seconds; after it, exit with 1.",
)
def wait(api: AdminClient, count: int, timeout: float, **filters: Any) -> None:  # noqa: ANN401
    """Wait until COUNT requests for images were answered."""
    _assert(lambda: api.wait(count, timeout, **filters), "arrived")


def _assert(check: Callable[[], object], success: str) -> None:
    try:
        check()
    except AssertionError as error:
        click.echo(str(error))
        click.get_current_context().exit(ExitCode.FINDINGS)
    click.echo(success)


@command("limits", ctl)
@click.option("--rate", metavar="RATE", help="Requests in a period, such as 10/minute.")
@click.option("--concurrency", type=click.IntRange(1), help="Simultaneous requests.")
@click.option("--none", "unlimited", is_flag=True, help="Remove the limits.")
def limits(api: AdminClient, rate: str | None, concurrency: int | None, unlimited: bool) -> None:
    """Show or set the limits; one that is left out is removed."""
    if rate or concurrency or unlimited:
        api.limit(rate, concurrency)
    print_json(api.limits)


@command("credits", ctl)
@click.argument("balance", type=click.IntRange(0), required=False)
@click.option("--unlimited", is_flag=True, help="Never run out.")
def credits_(api: AdminClient, balance: int | None, unlimited: bool) -> None:
    """Show the balance, or set it to BALANCE.

    It is in the units of the response's meta.usage.
    """
    if unlimited or balance is not None:
        api.credits(None if unlimited else balance)
    shown = "unlimited" if api.balance is None else str(api.balance)
    one_key = click.get_current_context().params["key"]
    click.echo(shown if one_key else f"each key starts with {shown} credits")


@command("contract", ctl)
@click.argument("contract", metavar="MODEL@REVISION")
def contract(api: AdminClient, contract: str) -> None:
    """Choose the contract of one API key, given by --key."""
    api.use_contract(contract)
    click.echo(contract)


@command("clock", ctl)
@click.argument("time", metavar="TIME|real")
def clock(api: AdminClient, time: str) -> None:
    """Stop the clock of one API key at TIME; `real` resumes it.

    TIME is in ISO 8601 with a time zone.
    """
    api.set_clock(None if time == "real" else time)
    click.echo(time)


@command("settings", ctl)
def settings(api: AdminClient) -> None:
    """Show the settings of the mock, without secrets."""
    print_json(api.settings)


@command("reset", ctl)
def reset(api: AdminClient) -> None:
    """Reset all state of one API key, or of all keys. Hanging requests resume."""
    api.reset()
    click.echo("reset")


def _print_lines(lines: Iterable[str], otherwise: str = "") -> None:
    click.echo("\n".join(lines) or otherwise)
