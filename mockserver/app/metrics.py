"""The figures of ``GET /metrics``, in the text format of Prometheus."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flask import Response

from mockserver.contracts.error_catalog import api_error
from mockserver.optional_deps import require

if TYPE_CHECKING:
    from mockserver.app.context import RequestContext
    from mockserver.app.journal_entry import Entry

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""The upper bounds of the histogram, in seconds: a mock is fast, and its faults take time."""


class Metrics:
    """Counts requests; its labels have only names that the mock knows.

    Where ``PROMETHEUS_MULTIPROC_DIR`` names a directory, it has the sums of all processes that
    count there.

    :raises MockserverError: when the package of Prometheus is not installed.
    """

    def __init__(self) -> None:
        require("metrics", "--metrics", "prometheus_client")
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "mockserver_requests",
            "Requests, by the contract, the status and the fault of the response.",
            ("contract", "status", "fault"),
            registry=registry,
        )
        self._duration = Histogram(
            "mockserver_request_duration_seconds",
            "The time until a response begins.",
            buckets=_BUCKETS,
            registry=registry,
        )
        self._images = Counter(
            "mockserver_images", "Images in responses for images.", registry=registry
        )
        self._bytes = Counter(
            "mockserver_response_bytes",
            "Bytes of the bodies of responses whose length is known.",
            registry=registry,
        )
        self._findings = Counter(
            "mockserver_findings", "Findings in the journal.", ("level",), registry=registry
        )
        self._store_errors = Counter(
            "mockserver_store_errors", "Times that the store did not respond.", registry=registry
        )

    def observe(self, context: RequestContext, entry: Entry, response: Response) -> None:
        """Count a finished request."""
        contract = context.contract.id if context.contract else ""
        fault = context.fault.name if context.fault else ""
        self._requests.labels(contract, response.status_code, fault).inc()
        self._duration.observe(context.duration / 1000)
        self._images.inc(len(context.images))
        self._bytes.inc(response.content_length or 0)
        for finding in entry.findings:
            self._findings.labels(finding.level).inc()

    def count_store_error(self) -> None:
        """Count that the store did not respond."""
        self._store_errors.inc()

    def show(self) -> Response:
        """Return the figures."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = self._registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def no_metrics() -> Response:
    """Raise the error of a mock without metrics.

    :raises APIError: 404.
    """
    line = "Expected a mock that was started with --metrics, which needs the extra 'metrics'"
    raise api_error("not-found", line)
