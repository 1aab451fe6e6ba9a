"""Metrics of the service for Prometheus: requests, latency, batches, the queue, memory."""

from typing import final

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)

LATENCIES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
OTHER = "other"
"""Route of all unknown paths: their number is unlimited."""


@final
class Metrics:
    """Counters of one service, in a registry of their own."""

    def __init__(self, routes: tuple[str, ...]) -> None:
        self._registry = CollectorRegistry()
        self._routes = {*routes}
        self._requests = Counter(
            "convscope_requests", "Requests answered", ["path", "status"], registry=self._registry
        )
        self._latency = Histogram(
            "convscope_request_seconds",
            "Time from the header of a request to the end of its answer",
            ["path"],
            buckets=LATENCIES_S,
            registry=self._registry,
        )
        self._batches = Histogram(
            "convscope_batch_images",
            "Images that the engine computed together",
            buckets=BATCHES,
            registry=self._registry,
        )
        self._images = Counter(
            "convscope_images", "Images classified", ["outcome"], registry=self._registry
        )
        self._pending = Gauge(
            "convscope_pending_images", "Images on their way", registry=self._registry
        )
        self._model = Info("convscope_model", "Model and engine", registry=self._registry)
        ProcessCollector(registry=self._registry)

    def describe(self, **facts: str) -> None:
        """Set the labels of `convscope_model_info`."""
        self._model.info(facts)

    def count_request(self, path: str, status: int, seconds: float) -> None:
        """Count an answer; status 0: the client had gone."""
        name = path if path in self._routes else OTHER
        self._requests.labels(name, str(status) if status else "closed").inc()
        self._latency.labels(name).observe(seconds)

    def count_batch(self, size: int) -> None:
        self._batches.observe(size)

    def count_images(self, classified: int, failed: int) -> None:
        self._images.labels("classified").inc(classified)
        if failed:
            self._images.labels("failed").inc(failed)

    def text(self, pending: int) -> bytes:
        """Return all of them in Prometheus' text format."""
        self._pending.set(pending)
        return generate_latest(self._registry)
