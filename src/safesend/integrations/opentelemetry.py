"""Figures of runs for OpenTelemetry. Needs the extra `opentelemetry`.

    metrics = OpenTelemetryMetrics()
    campaign.send(..., on_event=metrics)

`messaging.client.*` follow the semantic conventions of OpenTelemetry for messaging
clients (still "Development" there); what else a run tells is under `safesend.*`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from safesend.engine.events import Event, Measured
from safesend.engine.meter import BOUNDS
from safesend.errors import ConfigurationError
from safesend.integrations.tallies import Growth, Levels, Tallies

try:
    from opentelemetry.metrics import Meter, get_meter
except ImportError as error:
    raise ConfigurationError(
        "figures for OpenTelemetry need opentelemetry-api: pip install"
        " 'safesend[opentelemetry]'"
    ) from error

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider

__all__ = ["OpenTelemetryMetrics"]

_WHAT = {"messaging.system": "smtp", "messaging.operation.name": "send"}
_TRIED = frozenset({"accepted", "deferred", "refused", "in_doubt", "expired"})
"""Outcomes of rows that were handed to a server."""


class OpenTelemetryMetrics:
    """A listener for `on_event` that counts with a meter of OpenTelemetry.

    `provider`: the global one where none is given. `domains`: mere domains are
    attributes as well; else they are "other", for there may be thousands of them.
    """

    def __init__(
        self, provider: MeterProvider | None = None, *, domains: bool = False
    ) -> None:
        meter = get_meter("safesend", meter_provider=provider)
        self._lock = threading.Lock()
        self._tallies = Tallies(domains)
        self._count(meter)
        self._gauge(meter)

    def _count(self, meter: Meter) -> None:
        self._sent = meter.create_counter(
            "messaging.client.sent.messages",
            unit="{message}",
            description="Number of messages producer attempted to send to the broker.",
        )
        self._duration = meter.create_histogram(
            "messaging.client.operation.duration",
            unit="s",
            description="Duration of messaging operation initiated by a producer or"
            " consumer client.",
            explicit_bucket_boundaries_advisory=BOUNDS,
        )
        self._messages = meter.create_counter(
            "safesend.messages",
            unit="{message}",
            description="Messages by what became of them.",
        )
        self._waited = meter.create_counter(
            "safesend.throttle_wait_seconds",
            unit="s",
            description="Seconds for which the next message waited for a limit.",
        )

    def _gauge(self, meter: Meter) -> None:
        self._queue = meter.create_gauge(
            "safesend.queue_depth", description="Rows of the campaign by state."
        )
        self._oldest = meter.create_gauge(
            "safesend.oldest_queued_seconds",
            unit="s",
            description="Since when the row that waits longest was first tried.",
        )
        self._window = meter.create_gauge(
            "safesend.window", description="Connections that are borne."
        )
        self._connections = meter.create_gauge(
            "safesend.connections", description="Connections by state."
        )
        self._in_doubt = meter.create_gauge(
            "safesend.in_doubt", description="Rows of which nobody knows."
        )

    def __call__(self, event: Event) -> None:
        """Listen to a run."""
        if isinstance(event, Measured):
            with self._lock:
                self._grow(self._tallies.hear(event))
                self._set(self._tallies.levels())

    def _grow(self, growth: Growth) -> None:
        for (transport, provider, outcome), number in growth.messages.items():
            labels = {"transport": transport, "provider": provider, "outcome": outcome}
            self._messages.add(number, labels)
            if outcome in _TRIED:
                failed = {} if outcome == "accepted" else {"error.type": outcome}
                self._sent.add(number, {**_WHAT, **failed})
        numbers = zip(growth.attempts.numbers, growth.attempts.seconds, strict=True)
        for number, seconds in numbers:
            # Told is how many fell between two bounds, and their sum: that is kept.
            for _ in range(number):
                self._duration.record(seconds / number, _WHAT)
        for key, seconds in growth.waited.items():
            self._waited.add(seconds, {"key": key})

    def _set(self, levels: Levels) -> None:
        for state, number in levels.queue.items():
            self._queue.set(number, {"state": state})
        self._oldest.set(levels.oldest)
        for key, window in levels.windows.items():
            self._window.set(window, {"key": key})
        for state, number in levels.connections.items():
            self._connections.set(number, {"state": state})
        self._in_doubt.set(levels.in_doubt)
