"""Figures of runs for Prometheus. Needs the extra `prometheus`.

    metrics = PrometheusMetrics()
    campaign.send(..., on_event=metrics)

One object serves all runs of a process, one after the other or side by side.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate

from safesend.engine.events import Event, Measured
from safesend.engine.meter import BOUNDS
from safesend.errors import ConfigurationError
from safesend.integrations.tallies import Levels, Tallies

try:
    from prometheus_client.exposition import start_http_server
    from prometheus_client.metrics_core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
        Metric,
    )
    from prometheus_client.registry import REGISTRY, Collector, CollectorRegistry
except ImportError as error:
    raise ConfigurationError(
        "figures for Prometheus need prometheus-client: pip install"
        " 'safesend[prometheus]'"
    ) from error

__all__ = ["PrometheusMetrics", "serve"]


class PrometheusMetrics(Collector):
    """A listener for `on_event`, and a collector that gives what it heard.

    `registry`: the client's own where none is given. `domains`: mere domains are
    labels as well; else they are "other", for there may be thousands of them, and some
    belong to one person.
    """

    def __init__(
        self, registry: CollectorRegistry | None = None, *, domains: bool = False
    ) -> None:
        self._lock = threading.Lock()
        self._tallies = Tallies(domains)
        self._messages: Counter[tuple[str, str, str]] = Counter()
        self._numbers = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0
        self._waited: dict[str, float] = {}
        (REGISTRY if registry is None else registry).register(self)

    def __call__(self, event: Event) -> None:
        """Listen to a run."""
        if not isinstance(event, Measured):
            return
        with self._lock:
            growth = self._tallies.hear(event)
            self._messages.update(growth.messages)
            for at, number in enumerate(growth.attempts.numbers):
                self._numbers[at] += number
            self._seconds += sum(growth.attempts.seconds)
            for key, seconds in growth.waited.items():
                self._waited[key] = self._waited.get(key, 0.0) + seconds

    def describe(self) -> Iterable[Metric]:
        """The names, so that a registry refuses a second one of the same."""
        return self.collect()

    def collect(self) -> Iterator[Metric]:
        """The figures, when they are asked for."""
        with self._lock:
            found = [*self._counted(), *_levels(self._tallies.levels())]
        yield from found

    def _counted(self) -> Iterator[Metric]:
        messages = CounterMetricFamily(
            "safesend_messages",
            "Messages by what became of them.",
            labels=("transport", "provider", "outcome"),
        )
        for labels, number in self._messages.items():
            messages.add_metric(labels, number)
        yield messages
        numbers = accumulate(self._numbers)
        bounds = (*map(repr, BOUNDS), "+Inf")
        yield HistogramMetricFamily(
            "safesend_attempt_seconds",
            "How long attempts took, from taking a message in hand to its outcome.",
            buckets=[
                (bound, float(n)) for bound, n in zip(bounds, numbers, strict=True)
            ],
            sum_value=self._seconds,
        )
        waited = CounterMetricFamily(
            "safesend_throttle_wait_seconds",
            "Seconds for which the next message waited for a limit on the rate.",
            labels=("key",),
        )
        for key, seconds in self._waited.items():
            waited.add_metric((key,), seconds)
        yield waited


def _levels(levels: Levels) -> Iterator[Metric]:
    yield _gauge(
        "safesend_queue_depth", "Rows of the campaign by state.", "state", levels.queue
    )
    yield GaugeMetricFamily(
        "safesend_oldest_queued_seconds",
        "Since when the row that waits longest was first tried.",
        value=levels.oldest,
    )
    yield _gauge(
        "safesend_window", "Connections that are borne.", "key", levels.windows
    )
    yield _gauge(
        "safesend_connections", "Connections by state.", "state", levels.connections
    )
    yield GaugeMetricFamily(
        "safesend_in_doubt", "Rows of which nobody knows.", value=levels.in_doubt
    )


def _gauge(name: str, words: str, label: str, values: dict[str, int]) -> Metric:
    gauge = GaugeMetricFamily(name, words, labels=(label,))
    for key, value in values.items():
        gauge.add_metric((key,), value)
    return gauge


@contextmanager
def serve(host: str, port: int) -> Iterator[tuple[PrometheusMetrics, str]]:
    """Figures at an address of their own, meanwhile: the listener, and where they are.

    Anybody who reaches the address may read them. Raises `ConfigurationError` where it
    cannot be had.
    """
    registry = CollectorRegistry()
    metrics = PrometheusMetrics(registry)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigurationError(
            f"nothing can listen at {host}:{port}: {reason}"
        ) from None
    shown = f"[{host}]" if ":" in host else host
    try:
        yield metrics, f"http://{shown}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
