"""One measurement with wrk."""

from __future__ import annotations

import json
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import usage
from benchmarks.servers import BenchmarkError, Server

__all__ = ["HEADERS", "Figures", "measure", "write_script"]

HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer mock-key"}


@dataclass(frozen=True)
class Figures:
    """The result of one measurement.

    :ivar rate: responses per second.
    :ivar cpu: the server's processor time per response, in milliseconds.
    :ivar memory: of all the server's processes under load, in MB.
    """

    rate: float
    cpu: float
    memory: float


def write_script(file: Path, body: bytes) -> Path:
    """Write the script with which wrk sends a request for images."""
    lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(body.decode())}"]
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in HEADERS.items()]
    file.write_text("\n".join(lines))
    return file


def measure(server: Server, size: str, script: Path, *, seconds: int, connections: int) -> Figures:
    """Return the figures of a server under load.

    :raises BenchmarkError: when a request fails.
    """
    url = server.url.format(size=size)
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url]
    before = usage.cpu_seconds(server.pid)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as wrk:
        time.sleep(seconds * 0.8)
        memory = usage.megabytes(server.pid)
        report = wrk.communicate()[0]
    taken = usage.cpu_seconds(server.pid) - before
    if bad := re.search(r"Non-2xx.*|Socket errors.*", report):
        raise BenchmarkError(f"{server.name}, {size}: {bad[0]}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", report)
    responses = re.search(r"(\d+) requests in", report)
    if not rate or not responses:
        raise BenchmarkError(f"{server.name}, {size}: wrk gave no figures")
    return Figures(float(rate[1]), taken * 1000 / max(1, int(responses[1])), memory)
