"""The page on what clients make of the faults is what they make of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.cases import CASES, Case, Outcome
from tests.clients.libraries import LIBRARIES
from tests.clients.node import NoNode, check_node
from tests.clients.table import (
    PAGE,
    Outcomes,
    met_by_node,
    met_by_python,
    mock,
    rows_of,
    written,
)

pytestmark = pytest.mark.slow

ROWS = rows_of(PAGE.read_text())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with mock() as served:
        yield served


def test_the_page_has_every_fault() -> None:
    assert list(ROWS) == [case.title for case in CASES]
    assert {len(outcomes) for outcomes in ROWS.values()} == {len(LIBRARIES) + 1}


@pytest.mark.parametrize(
    "client",
    [
        pytest.param(name, marks=() if name == "requests" else pytest.mark.nightly)
        for name in LIBRARIES
    ],
)
def test_a_python_library_makes_of_each_fault_what_the_page_says(url: str, client: str) -> None:
    column = list(LIBRARIES).index(client)
    now = dict(met_by_python(url, client))
    now |= met_by_python(url, client, odd(now, column), again=True)
    assert told(now) == told(on_page(column))


@pytest.mark.nightly
def test_the_sdk_for_node_makes_of_each_fault_what_the_page_says(url: str) -> None:
    try:
        check_node()
    except NoNode as missing:
        pytest.skip(str(missing))
    now = dict(met_by_node(url)[1])
    now |= met_by_node(url, odd(now, -1), again=True)[1]
    assert told(now) == told(on_page(-1))


def on_page(column: int) -> Outcomes:
    return {title: outcomes[column] for title, outcomes in ROWS.items()}


def odd(now: Outcomes, column: int) -> list[Case]:
    """What differs: on a busy machine a client may give up on what it would get otherwise."""
    expected = told(on_page(column))
    return [case for case in CASES if told(now)[case.title] != expected[case.title]]


def told(outcomes: Outcomes) -> dict[str, tuple[str, int]]:
    """What is the same in every run, as the time that it takes is not."""
    return {title: (outcome.error, outcome.retries) for title, outcome in outcomes.items()}


def test_a_page_is_read_as_it_is_written() -> None:
    outcomes = {case.title: Outcome("ReadTimeout", i % 3, i / 2) for i, case in enumerate(CASES)}
    rows = rows_of(written({"a client": outcomes, "another": outcomes}))
    assert rows == {title: [outcome, outcome] for title, outcome in outcomes.items()}


@pytest.mark.parametrize(
    ("outcome", "cell"),
    [
        (Outcome("", 0, 0.1), "no error"),
        (Outcome("ReadTimeout", 0, 2.1), "`ReadTimeout`, 2 s"),
        (Outcome("APITimeoutError", 2, 7.4), "`APITimeoutError`, 2 retries, 7.5 s"),
    ],
)
def test_a_cell_tells_error_retries_and_time(outcome: Outcome, cell: str) -> None:
    assert str(outcome) == cell
    assert str(Outcome.of(cell)) == cell


def test_without_node_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoNode, match="node is not installed"):
        check_node()
