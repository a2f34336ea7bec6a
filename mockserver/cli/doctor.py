"""The command ``mockserver doctor``."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import click

from mockserver.cli.config_file import find_config
from mockserver.cli.output import pluralize, print_json, print_table
from mockserver.cli.serve import app_from_environment, serve
from mockserver.contracts import default_catalog
from mockserver.contracts.model_list import MODELS_PATH, listed_models
from mockserver.errors import AddressError, ExitCode, MockserverError
from mockserver.optional_deps import require
from mockserver.paths import FIXTURES
from mockserver.recording.target import LIVE, api_key, base_url
from mockserver.server import listen

_EXTRAS = {
    "contract": ("the contract suite", ("hypothesis", "pytest", "requests", "urllib3")),
    "httpx": ("httpx_transport", ("httpx",)),
    "import": ("an import of YAML", ("yaml",)),
    "requests": ("intercept_requests", ("requests", "urllib3")),
}
"""The features of each extra, and the packages that it installs."""

_TIMEOUT_SECONDS = 30.0


class Check(NamedTuple):
    """One check.

    :ivar result: ``ok``, ``warning`` or ``error``; a warning is no reason to fail.
    :ivar text: what was found; of a warning or an error also the way out.
    """

    name: str
    result: str
    text: str


@click.command()
@click.option(
    "--live",
    is_flag=True,
    help="Also request the models of the paid API and, with the key from AIMLAPI_KEY or "
    "AIML_API_KEY, the balance.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(*, live: bool, as_json: bool) -> None:
    """Check the installation, the configuration and the port.

    Each check is one line, with a way out. Exits with 1 when a check finds an error.
    """
    checks = [*_checks(live=live)]
    if as_json:
        print_json({"checks": [check._asdict() for check in checks]})
    else:
        print_table([(it.result, it.name, it.text) for it in checks])
    if any(check.result == "error" for check in checks):
        click.get_current_context().exit(ExitCode.FINDINGS)


def _checks(*, live: bool) -> Iterator[Check]:
    yield _check("Python", lambda: f"{platform.python_version()} on {platform.system()}")
    yield _check("configuration", _configuration)
    given = _options()
    host, port = given.get("host", "127.0.0.1"), given.get("port", 8000)
    yield _check("port", lambda: _port(host, port), AddressError)
    yield _check("contracts", lambda: _contracts(*map(Path, given.get("schemas", ()))))
    yield _check("images", _images)
    for extra, (what, packages) in _EXTRAS.items():
        installed = partial(_extra, extra, what, packages)
        yield _check(f"extra {extra}", installed, MockserverError)
    if live:
        yield _check("models", _models)
        yield _check("API key", _key)


def _check(
    name: str, function: Callable[[], str], warning: type[MockserverError] | tuple[()] = ()
) -> Check:
    """Return the result of a check.

    :param function: returns what it found, or raises an error with the way out.
    :param warning: the kind of error that is only a warning.
    """
    try:
        return Check(name, "ok", function())
    except MockserverError as error:
        return Check(name, "warning" if isinstance(error, warning) else "error", str(error))


def _configuration() -> str:
    """Return the file; start the mock as it says, since a value can name another file."""
    app_from_environment()
    file = find_config(Path.cwd()).file
    return str(file) if file else "no file; `mockserver init` writes one"


def _options() -> dict[str, Any]:
    """Return the options of ``serve`` by name; none where one is invalid."""
    with suppress(click.ClickException, MockserverError):
        return serve.make_context("serve", []).params
    return {}


def _port(host: str, port: int) -> str:
    listen(host, port).close()
    return f"{port} of {host} is free"


def _contracts(*folders: Path) -> str:
    catalog = default_catalog(*folders)
    # A contract is read, and with it checked, when its schema is first used.
    schemas = [catalog.load(name).request_schema for name in catalog.ids]
    models = pluralize(len(catalog.select()), "model")
    return f"{pluralize(len(schemas), 'contract')} of {models}, all valid"


def _images() -> str:
    entries = json.loads((FIXTURES / "manifest.json").read_bytes())["images"]
    files: list[dict[str, Any]] = [file for entry in entries for file in entry["files"]]
    for file in files:
        path = FIXTURES / file["path"]
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != file["sha256"]:
            raise MockserverError(f"{path} is missing or changed; install the package again")
    return f"{pluralize(len(files), 'file')}, all with the digests of the manifest"


def _extra(extra: str, what: str, packages: tuple[str, ...]) -> str:
    require(extra, what, *packages)
    return f"installed, for {what}"


def _models() -> str:
    return f"{len(listed_models(_get(MODELS_PATH)))} listed by the live API"


def _key() -> str:
    _get("/v1/billing/balance", Authorization=f"Bearer {api_key(LIVE)}")
    return "accepted by the live API"


def _get(path: str, **headers: str) -> bytes:
    """Return the body of a successful response of the provider."""
    require("contract", "--live", "requests")
    from mockserver.recording.http_client import HTTPClient

    url = base_url(LIVE) + path
    with closing(HTTPClient(_TIMEOUT_SECONDS)) as client:
        response = client.send("GET", url, headers, b"")
    if isinstance(response, str):
        raise MockserverError(f"no response from {url}: {response}; check network and proxy")
    if response.status != 200:
        way_out = "; check the key" if headers else ""
        raise MockserverError(f"{url} responds with {response.status}{way_out}")
    return response.body
