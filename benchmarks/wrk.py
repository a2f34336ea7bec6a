"""One measurement with wrk."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import usage
from benchmarks.servers import HEADERS, HOST, PATH, BenchmarkError, Server

_MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}


@dataclass(frozen=True)
class Measurement:
    """The result of one measurement.

    :ivar cpu: the server's processor time per response, in microseconds.
    :ivar rate: responses per second.
    :ivar p50: the median time of a response, in milliseconds.
    :ivar p99: the time within which 99 of 100 responses come, in milliseconds.
    :ivar memory: of all the server's processes under load, in MB.
    :ivar start: from the server's command to its first whole response, in seconds.
    """

    cpu: float
    rate: float
    p50: float
    p99: float
    memory: float
    start: float


def require_wrk() -> None:
    """Raise an error when wrk is not installed.

    :raises BenchmarkError: with the command that installs it.
    """
    if not shutil.which("wrk"):
        raise BenchmarkError("wrk is needed: apt-get install wrk")


def write_script(file: Path, body: bytes) -> Path:
    """Write the script with which wrk sends a request for images."""
    lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(body.decode())}"]
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in HEADERS.items()]
    file.write_text("\n".join(lines))
    return file


def measure(server: Server, script: Path, *, seconds: int, connections: int) -> Measurement:
    """Return the figures of a server under load.

    :raises BenchmarkError: when a request fails.
    """
    url = f"http://{HOST}:{server.port}{PATH}"
    threads = min(2, connections)
    load = [f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    before = usage.cpu_seconds(server.pid)
    with subprocess.Popen(
        ["wrk", *load, "-s", str(script), url], stdout=subprocess.PIPE, text=True
    ) as wrk:
        time.sleep(seconds * 0.8)
        memory = usage.megabytes(server.pid)
        report = wrk.communicate()[0]
    taken = usage.cpu_seconds(server.pid) - before
    try:
        return read_report(report, taken=taken, memory=memory, start=server.start)
    except BenchmarkError as error:
        raise BenchmarkError(f"{server.name}: {error}") from error


def read_report(report: str, *, taken: float, memory: float, start: float) -> Measurement:
    """Return the figures in a report of wrk.

    :param taken: the server's processor time, in seconds.
    :raises BenchmarkError: when a request failed, or no response came.
    """
    if bad := re.search(r"Non-2xx.*|Socket errors.*", report):
        raise BenchmarkError(bad[0])
    responses = re.search(r"([1-9]\d*) requests in", report)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", report)
    if not rate or not responses:
        raise BenchmarkError("no response came within the measurement")
    return Measurement(
        cpu=taken * 1e6 / int(responses[1]),
        rate=float(rate[1]),
        p50=_latency(report, 50),
        p99=_latency(report, 99),
        memory=memory,
        start=start,
    )


def _latency(report: str, percent: int) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)([a-z]+) *$", report, re.MULTILINE)
    assert found
    return float(found[1]) * _MILLISECONDS[found[2]]
