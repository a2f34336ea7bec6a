"""Let every client meet every fault, and write down what it makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from mockserver.app.tenants import tenant_id
from tests.clients.cases import CASES, PATIENCE, Case, Outcome
from tests.clients.libraries import LIBRARIES, attempt, warm_up
from tests.clients.node import check_node, run_node
from tests.http import NEWEST, PATH
from tests.process import ROOT, served

PAGE = ROOT / "docs" / "clients.md"

Outcomes = Mapping[str, Outcome]
"""What a client made of each case, by its title."""

_AT_ONCE = 6
_INTRODUCTION = """\
# What clients make of the faults

Each client requests two images and downloads the first by its link, while the [fault](faults.md)
happens to all of its requests. It waits {timeout:g} s for bytes and retries as it does by default.
A cell names the class of the exception, the number of retries of the library, as the mock's journal
counts them, and the time of it all, rounded to half a second. *No error* means that the library
noticed nothing, so the caller has to. `KeyError`, `IndexError`, `TypeError` and `AttributeError`
mostly come from the caller's own code, when it reads a response that is not as
documented. The OpenAI SDKs do not download links: that is the caller's code, too.

Made by `python -m tests.clients`; the tests compare it with a new run.

"""


@contextmanager
def mock() -> Iterator[str]:
    """Serve the contract that the OpenAI SDKs can read."""
    with served("--contract", NEWEST, "--journal", "5000") as url:
        yield url


def met_by_python(
    url: str, client: str, cases: Sequence[Case] = CASES, *, again: bool = False
) -> Outcomes:
    """Let a Python library meet cases.

    :param again: whether it met them before on the same mock; then it meets them one by one.
    """
    _, program = LIBRARIES[client]
    who, at_once = (f"{client}-again", 1) if again else (client, _AT_ONCE)
    warm_up()
    with httpx.Client(base_url=url, timeout=30) as http, ThreadPoolExecutor(at_once) as pool:
        _set_up(http, who, cases)
        done = pool.map(lambda case: attempt(program, url, case.key(who)), cases)
        return {
            case.title: Outcome(error, _retries(http, case, who), waited)
            for case, (error, waited) in zip(cases, list(done), strict=True)
        }


def met_by_node(
    url: str, cases: Sequence[Case] = CASES, *, again: bool = False
) -> tuple[str, Outcomes]:
    """Let the OpenAI SDK for Node meet cases: its version, and what it made of them.

    :param again: whether it met them before on the same mock.
    :raises NoNode: when the SDK cannot be had.
    """
    who = "node-again" if again else "node"
    with httpx.Client(base_url=url, timeout=30) as http:
        _set_up(http, who, cases)
        version, done = run_node(url, [case.key(who) for case in cases])
        by_key = {line["key"]: line for line in done}
        return version, {
            case.title: Outcome(line["error"], _retries(http, case, who), line["waited"])
            for case in cases
            for line in [by_key[case.key(who)]]
        }


def _set_up(http: httpx.Client, client: str, cases: Sequence[Case] = CASES) -> None:
    for case in cases:
        http.post("/__admin/faults", json=case.to_json(client)).raise_for_status()


def _retries(http: httpx.Client, case: Case, client: str) -> int:
    """Count what the journal holds beyond the first request, hanging ones woken before."""
    tenant = {"tenant": tenant_id(case.key(client)), "path": PATH}
    inside = http.get("/__admin/limits", params={"tenant": tenant["tenant"]}).json()["inside"]
    count = http.get("/__admin/requests/count", params=tenant).json()["count"]
    return int(count) + int(inside) - 1


def written(columns: Mapping[str, Outcomes]) -> str:
    """Write the page.

    :param columns: by the client's name and version.
    """
    lines = [_line(["fault", *columns]), _line(["---"] * (len(columns) + 1))]
    for case in CASES:
        cells = [str(outcomes[case.title]) for outcomes in columns.values()]
        lines.append(_line([f"`{case.title}`", *cells]))
    return _INTRODUCTION.format(timeout=PATIENCE) + "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def rows_of(page: str) -> dict[str, list[Outcome]]:
    """Read the table of a page: what each client made of a case, by its title."""
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    parted = [line.strip("| ").split(" | ") for line in lines]
    return {cells[0].strip("`"): [Outcome.of(cell) for cell in cells[1:]] for cells in parted}


def made() -> str:
    """Make the page anew.

    :raises NoNode: when the SDK for Node cannot be had.
    """
    check_node()
    with mock() as url:
        columns = {name: met_by_python(url, client) for client, (name, _) in LIBRARIES.items()}
        version, outcomes = met_by_node(url)
    return written({**columns, version: outcomes})
