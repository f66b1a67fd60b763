"""Figures of runs, as OpenTelemetry has them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from integrations.runs import MEASURED, later
from safesend import Campaign, Recipient, Template
from safesend.engine.events import Stopping
from safesend.engine.meter import BOUNDS
from safesend.integrations.opentelemetry import OpenTelemetryMetrics
from safesend.testing import SmtpServer

SENT = "messaging.client.sent.messages"
DURATION = "messaging.client.operation.duration"
WHAT = {"messaging.system": "smtp", "messaging.operation.name": "send"}


@pytest.fixture
def reader():
    return InMemoryMetricReader()


@pytest.fixture
def provider(reader):
    provider = MeterProvider(metric_readers=[reader])
    yield provider
    provider.shutdown()


def _points(reader):
    """The data points of each instrument, and its unit."""
    [resource] = reader.get_metrics_data().resource_metrics
    [scope] = resource.scope_metrics
    assert scope.scope.name == "safesend"
    return {one.name: (one.unit, list(one.data.data_points)) for one in scope.metrics}


def test_the_instruments_are_those_of_the_conventions_and_our_own(reader, provider):
    """With their units."""
    OpenTelemetryMetrics(provider)(MEASURED)
    units = {name: unit for name, (unit, _) in _points(reader).items()}
    assert units == {
        SENT: "{message}",
        DURATION: "s",
        "safesend.messages": "{message}",
        "safesend.throttle_wait_seconds": "s",
        "safesend.queue_depth": "",
        "safesend.oldest_queued_seconds": "s",
        "safesend.window": "",
        "safesend.connections": "",
        "safesend.in_doubt": "",
    }


def test_what_grows_is_added_and_what_is_so_is_set(reader, provider):
    """What failed has its outcome as error type; what was never sent is not sent."""
    metrics = OpenTelemetryMetrics(provider)
    metrics(Stopping("no figures in that"))
    metrics(MEASURED)
    metrics(later())
    points = _points(reader)
    sent = {
        dict(point.attributes).get("error.type", ""): point.value
        for point in points[SENT][1]
    }
    assert sent == {"": 10, "deferred": 1, "refused": 1}
    [duration] = points[DURATION][1]
    assert duration.attributes == WHAT
    assert duration.explicit_bounds == BOUNDS
    assert (duration.count, duration.bucket_counts[2]) == (12, 10)
    assert duration.sum == pytest.approx(0.45)
    [in_doubt] = points["safesend.in_doubt"][1]
    assert in_doubt.value == 4
    queue = {p.attributes["state"]: p.value for p in points["safesend.queue_depth"][1]}
    assert queue == {"draft": 0, "waiting": 90, "sending": 10}
    waited = {
        p.attributes["key"]: p.value
        for p in points["safesend.throttle_wait_seconds"][1]
    }
    assert waited == {"all": 7.5, "eased google": 2.0}


def test_the_figures_are_those_of_the_server(reader, provider):
    """A real one, which accepts and refuses; nobody is named."""
    with SmtpServer() as server:
        server.reply("rcpt", "550 5.1.1 unknown", when=lambda m: "p7@" in m.argument)
        Campaign(
            name="figures",
            sender="news@example.org",
            template=Template(subject="Hello", text="Dear {{ name }}"),
            audience=[Recipient(f"p{i}@gmail.com", name=f"N{i}") for i in range(20)],
        ).send(server.url, ledger=":memory:", on_event=[OpenTelemetryMetrics(provider)])
        taken, tried = len(server.messages), len(server.transactions)
    points = _points(reader)
    assert {dict(p.attributes).get("error.type"): p.value for p in points[SENT][1]} == {
        None: taken,
        "refused": tried - taken,
    }
    assert points[DURATION][1][0].count == tried
    assert "p7" not in str(points)


def test_without_the_extra_it_says_what_to_install():
    """The package is asked for where it is used, and nowhere else."""
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from safesend.errors import ConfigurationError\n"
        "try:\n    import safesend.integrations.opentelemetry\n"
        "except ConfigurationError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "safesend[opentelemetry]" in done.stdout
