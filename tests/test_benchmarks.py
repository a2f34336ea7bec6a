"""The benchmarks: what they configure, read and conclude, without a measurement."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import benchmarks
from benchmarks import figures, load, plot, soak, wrk
from benchmarks.mixed import UNEXPECTED, MixedClient
from benchmarks.peers import KINDS, SIZES, Kind, sample
from benchmarks.servers import CONTRACT, BenchmarkError
from mockserver import MockServer

HERE = Path(benchmarks.__file__).parent
MODULES = [file.stem for file in HERE.glob("*.py")]
REPORT = """\
Running 1s test @ http://127.0.0.1:8000/v1/images/generations
  Latency Distribution
     50%  500.00us
     75%    2.10ms
     90%    3.00ms
     99%    1.20s\x20
  2000 requests in 1.00s, 1.00MB read
Requests/sec:   1998.50
Transfer/sec:      1.00MB
"""
MEASURED = wrk.Measurement(cpu=250, rate=1998.5, p50=0.5, p99=1200, memory=36, start=0.5)

cached_sample = cache(sample)


@pytest.mark.parametrize("name", sorted({*MODULES} - {"__init__"}))
def test_every_benchmark_can_be_imported(name: str) -> None:
    assert import_module(f"benchmarks.{name}").__doc__


def test_the_versions_of_the_peers_are_exact() -> None:
    package = json.loads((HERE / "peers/package.json").read_text())
    versions = {**package["dependencies"], **package["overrides"]}.values()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
@pytest.mark.parametrize("size", ["1k", "100k"])
def test_a_server_is_configured_for_the_response_of_the_mock(
    kind: Kind, size: str, tmp_path: Path
) -> None:
    response = cached_sample(size)
    command = kind.configure(tmp_path, 8123, response)
    written = "".join(file.read_text() for file in tmp_path.rglob("*") if file.is_file())
    assert "8123" in written + " ".join(command)
    image = json.loads(response.response)["data"][0]
    value = image.get("url") or image["b64_json"]
    assert value in written or "mockserver" in " ".join(command)


def test_the_samples_grow() -> None:
    lengths = [len(cached_sample(size).response) for size in SIZES]
    assert [len(str(length)) for length in lengths] == [3, 6, 7, 8]
    with pytest.raises(BenchmarkError, match="received '3m'"):
        sample("3m")


def test_an_unknown_server_is_named() -> None:
    with pytest.raises(BenchmarkError, match="apache"):
        load.main(["--only", "apache"])


def test_the_report_of_wrk_is_read() -> None:
    assert wrk.read_report(REPORT, taken=0.5, memory=36, start=0.5) == MEASURED


@pytest.mark.parametrize(
    ("report", "error"),
    [
        (REPORT + "Non-2xx or 3xx responses: 7\n", "Non-2xx or 3xx responses: 7"),
        (REPORT.replace("2000 requests", "0 requests"), "no response came"),
    ],
)
def test_a_report_with_a_failure_is_an_error(report: str, error: str) -> None:
    with pytest.raises(BenchmarkError, match=error):
        wrk.read_report(report, taken=0.5, memory=36, start=0.5)


def test_a_table_has_the_ratio_to_the_mock() -> None:
    table = figures.load_table(
        cached_sample("1k"), {"mock": [MEASURED] * 2, "nginx": [MEASURED] * 2}
    )
    assert "| nginx" in table
    assert table.count("1.00 (1.00..1.00)") == 2


def test_the_plot_is_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    plot.draw(written(), tmp_path)
    assert (tmp_path / "figures.svg").read_text().count("requests per second") == 1
    assert (tmp_path / "figures.png").read_bytes().startswith(b"\x89PNG")


def test_a_missing_matplotlib_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    plot.draw(written(), tmp_path)
    assert "pip install matplotlib" in capsys.readouterr().err


def written() -> dict[str, object]:
    load = figures.as_json(cached_sample("1k"), {"mock": [MEASURED], "nginx": [MEASURED]})
    return {"versions": {"mock": "1", "nginx": "1"}, "load": {"1k": load}}


def test_every_request_of_the_mix_has_an_expected_result() -> None:
    with MockServer(CONTRACT) as mock:
        host, port = mock.url.removeprefix("http://").split(":")
        results = MixedClient((host, int(port)), number=0, clients=1).run(250, float("inf"))
    assert results.total() == 250
    assert {"200", "400", "401", "500", "502", "aborted", "cut"} <= results.keys()
    assert not any(UNEXPECTED in result for result in results)


@pytest.mark.parametrize(
    ("rss", "files", "results", "failure"),
    [
        ([50, 100, 101], [9, 9, 9], {"200": 9, "500": 1}, ""),
        ([50, 100, 103], [9, 9, 9], {"200": 9}, "the memory grew by 3.0%"),
        ([50, 100, 100], [9, 9, 12], {"200": 9}, "3 descriptors leaked"),
        ([50, 100, 100], [9, 9, 9], {f"{UNEXPECTED}500": 2}, "2 times unexpected 500"),
    ],
)
def test_a_soak_fails_by_what_grew(
    rss: list[float], files: list[int], results: dict[str, int], failure: str
) -> None:
    states = [soak.State(a, a, b, 5) for a, b in zip(rss, files, strict=True)]
    assert failure in "".join(soak.failures(states[1], states[2], Counter(results)))
    assert bool(failure) == bool(soak.failures(states[1], states[2], Counter(results)))


def test_a_start_is_compared_with_the_import_of_flask_in_the_same_round() -> None:
    mock = [figures.Start(0.3, 0.2), figures.Start(0.9, 0.3)]
    flask = [figures.Start(0.2, 0.1), figures.Start(0.3, 0.2)]
    row = figures.start_table({"mock": mock, figures.IMPORT_FLASK: flask}).splitlines()[3]
    ratios = ("600 (300..900)", "2.25 (1.50..3.00)", "250 (200..300)", "1.75 (1.50..2.00)")
    assert all(ratio in row for ratio in ratios), row
