"""One measurement with wrk."""

from __future__ import annotations

import json
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import usage
from benchmarks.contestants import BenchmarkError, Contestant

__all__ = ["HEADERS", "Figures", "measure", "write_script"]

HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer mock-key"}


@dataclass(frozen=True)
class Figures:
    """What one measurement gave.

    :ivar rate: answers a second.
    :ivar cpu: processor time that the server took for an answer, in milliseconds.
    :ivar memory: of all the server's processes under load, in MB.
    """

    rate: float
    cpu: float
    memory: float


def write_script(file: Path, body: bytes) -> Path:
    """Write what makes wrk send a request for images."""
    lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(body.decode())}"]
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in HEADERS.items()]
    file.write_text("\n".join(lines))
    return file


def measure(
    contestant: Contestant, size: str, script: Path, *, seconds: int, connections: int
) -> Figures:
    """Load a server for a while.

    :raises BenchmarkError: when it did not answer every request well.
    """
    url = contestant.url.format(size=size)
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url]
    before = usage.cpu_seconds(contestant.pid)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrk:
        time.sleep(seconds * 0.8)
        memory = usage.megabytes(contestant.pid)
        report = wrk.communicate()[0]
    taken = usage.cpu_seconds(contestant.pid) - before
    if bad := re.search(r"Non-2xx.*|Socket errors.*", report):
        raise BenchmarkError(f"{contestant.name}, {size}: {bad[0]}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", report)
    answers = re.search(r"(\d+) requests in", report)
    if not rate or not answers:
        raise BenchmarkError(f"{contestant.name}, {size}: wrk gave no figures")
    return Figures(float(rate[1]), taken * 1000 / max(1, int(answers[1])), memory)
