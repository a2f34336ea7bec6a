"""The command ``mockserver ctl``: a running mock, controlled from a shell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mockserver.cli.output import fault_line, table
from mockserver.strict_json import JSON

if TYPE_CHECKING:
    from mockserver.testing.admin_client import AdminClient

__all__ = ["ctl"]

FINDINGS = 1
"""The exit status when the mock says no."""

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group()
def ctl() -> None:
    """Control a running mock: its faults, limits, credits, clock and journal."""


def _command(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a command that is given the mock it controls as its first argument."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        def run(url: str, key: str | None, token: str | None, **arguments: JSON) -> Any:  # noqa: ANN401
            from mockserver.testing.admin_client import AdminClient
            from mockserver.testing.over_http import over_http

            return function(AdminClient(over_http(url, token), key), **arguments)

        run.__doc__ = function.__doc__
        run.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        return ctl.command(name)(_where(run))

    return decorate


def _where(command: Command) -> Command:
    for option in (
        click.option(
            "--token",
            envvar="MOCKSERVER_ADMIN_TOKEN",
            show_envvar=True,
            help="The mock's --admin-token.",
        ),
        click.option(
            "--key",
            envvar="MOCKSERVER_KEY",
            show_envvar=True,
            show_default="everybody's",
            help="Whose requests; only its digest is sent.",
        ),
        click.option(
            "--url",
            envvar="MOCKSERVER_URL",
            default="http://127.0.0.1:8000",
            show_envvar=True,
            show_default=True,
            help="Where the mock is.",
        ),
    ):
        command = option(command)
    return command


def _filters(command: Command) -> Command:
    """Add the options that say which requests are meant."""
    for name, kind, meaning in (
        ("status", int, "The status of the answer."),
        ("fault", str, "The fault that happened."),
        ("contract", str, "The contract that answered."),
        ("size", str, "The size asked for."),
        ("model", str, "The model asked for."),
        ("prompt", str, "A part of the prompt."),
    ):
        command = click.option(f"--{name}", type=kind, help=meaning)(command)
    return command


@_command("fail")
@click.argument("what", metavar="STATUS|FAULT")
@click.option("--times", metavar="N|always", help="How many requests; 1 unless told.")
@click.option("--after", type=click.IntRange(0), help="How many matching requests pass before.")
@click.option("--probability", type=float, help="How likely it is, above 0 and up to 1.")
@click.option("--seed", type=int, help="Makes chances and ranges come out the same every time.")
@click.option("--prompt", help="Only requests with this in their prompt.")
@click.option("--model", help="Only requests for this model.")
@click.option("--size", help="Only requests for this size.")
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="Repeatable.")
@click.option("--seconds", help="How long it takes: 2.5, or 100ms..2s.")
@click.option("--pointer", help="The field of the answer that breaks, as a JSON pointer.")
@click.option("--contract", metavar="MODEL@REVISION", help="The contract that answers instead.")
def fail(
    api: AdminClient,
    what: str,
    times: str | None,
    headers: tuple[str, ...],
    **when: Any,  # noqa: ANN401
) -> None:
    """Let requests to come fail; `mockserver faults` lists the faults."""
    when |= {"times": _number(times), "headers": dict(map(_header, headers)) or None}
    click.echo(fault_line(api.fail(_number(what), **when)))


def _number(text: Any) -> Any:  # noqa: ANN401
    """Read a number where it is one; all else is for the mock to judge."""
    return int(text) if text and text.isdecimal() else text


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.UsageError(f"expected a header such as Retry-After:1, received {text!r}")
    return name.strip(), value.strip()


@_command("scenario")
@click.argument("name", metavar="NAME|FILE")
def scenario(api: AdminClient, name: str) -> None:
    """Put a scenario's faults in the place of all that wait."""
    _print_lines(map(fault_line, api.scenario(name)))


@_command("faults")
def faults(api: AdminClient) -> None:
    """List the faults that wait, with how often each was used."""
    _print_lines(map(fault_line, api.faults), otherwise="no faults wait")


@_command("mend")
@click.argument("number", metavar="[ID]", type=int, required=False)
def mend(api: AdminClient, number: int | None) -> None:
    """Take out the fault that `faults` lists as ID, or all that wait."""
    click.echo(f"removed {api.clear_faults(number)}")


@_command("requests")
@_filters
@click.option("--json", "as_json", is_flag=True, help="Print all that is known, as JSON.")
def requests(api: AdminClient, as_json: bool, **filters: Any) -> None:  # noqa: ANN401
    """List what the mock was asked, the oldest first; downloads of images as well."""
    found = api.find(**_given(filters))
    if as_json:
        click.echo(json.dumps([asdict(request) for request in found], indent=2, default=str))
    else:
        _print_lines(table(found), otherwise="no requests")


@_command("request")
@click.argument("request_id", metavar="ID")
def request(api: AdminClient, request_id: str) -> None:
    """Show all that is known of one request, by the requestId of its answer."""
    click.echo(json.dumps(asdict(api.request(request_id)), indent=2, default=str))


@_command("count")
@_filters
def count(api: AdminClient, **filters: Any) -> None:  # noqa: ANN401
    """Count the requests for images."""
    click.echo(str(api.count(**_given(filters))))


@_command("forget")
def forget(api: AdminClient) -> None:
    """Forget the requests, and nothing else."""
    click.echo(f"forgot {api.clear_journal()}")


@_command("verify")
@_filters
@click.option("--times", type=click.IntRange(0), help="Neither more nor fewer.")
@click.option("--at-least", type=click.IntRange(0), help="The fewest; 1 unless told.")
@click.option("--at-most", type=click.IntRange(0), help="The most.")
def verify(api: AdminClient, **expected: Any) -> int:  # noqa: ANN401
    """Check that there were as many requests for images as expected; if not, exit with 1."""
    return _asserted(lambda: api.assert_requested(**_given(expected)), "verified")


@_command("wait")
@click.argument("count", type=click.IntRange(1), default=1)
@_filters
@click.option(
    "--timeout",
    type=click.FloatRange(0, 60),
    default=5,
    show_default=True,
    help="Seconds to wait at the most; when they are over, exit with 1.",
)
def wait(api: AdminClient, count: int, timeout: float, **filters: Any) -> int:  # noqa: ANN401
    """Wait until COUNT requests for images were answered."""
    return _asserted(lambda: api.wait(count, timeout, **_given(filters)), "arrived")


def _asserted(check: Callable[[], object], well: str) -> int:
    try:
        check()
    except AssertionError as error:
        click.echo(str(error))
        return FINDINGS
    click.echo(well)
    return 0


@_command("limits")
@click.option("--rate", metavar="RATE", help="Requests in a while, such as 10/minute.")
@click.option("--concurrency", type=click.IntRange(1), help="Requests at once.")
@click.option("--none", "unlimited", is_flag=True, help="Take the limits away.")
def limits(api: AdminClient, rate: str | None, concurrency: int | None, unlimited: bool) -> None:
    """Show the limits, or set them: what is left out is unlimited."""
    if rate or concurrency or unlimited:
        api.limit(rate, concurrency)
    _print_json(api.limits)


@_command("credits")
@click.argument("balance", type=click.IntRange(0), required=False)
@click.option("--endless", is_flag=True, help="Never run out.")
def credits_(api: AdminClient, balance: int | None, endless: bool) -> None:
    """Show the balance, or set it to BALANCE, in the units of the answer's meta.usage."""
    if endless or balance is not None:
        api.credits(None if endless else balance)
    click.echo("endless" if api.balance is None else str(api.balance))


@_command("use")
@click.argument("contract", metavar="MODEL@REVISION")
def use(api: AdminClient, contract: str) -> None:
    """Let another contract answer a key's requests; say whose with --key."""
    api.use_contract(contract)
    click.echo(contract)


@_command("clock")
@click.argument("time", metavar="TIME|real")
def clock(api: AdminClient, time: str) -> None:
    """Stop a key's clock at TIME, in ISO 8601 with a time zone; `real` lets it go again."""
    api.set_clock(None if time == "real" else time)
    click.echo(time)


@_command("settings")
def settings(api: AdminClient) -> None:
    """Show what the mock was started with, but no secret."""
    _print_json(api.settings)


@_command("reset")
def reset(api: AdminClient) -> None:
    """Forget all that was set and kept, for one key or for everybody."""
    api.reset()
    click.echo("reset")


def _given(options: dict[str, Any]) -> Any:  # noqa: ANN401
    return {name: value for name, value in options.items() if value is not None}


def _print_lines(lines: Iterable[str], otherwise: str = "") -> None:
    click.echo("\n".join(lines) or otherwise)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2))
