"""Figures of runs, as Prometheus reads them."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request

import attrs
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from integrations.runs import MEASURED, later
from safesend import Campaign, Recipient, Template
from safesend.engine.events import Stopping
from safesend.errors import ConfigurationError
from safesend.integrations.prometheus import PrometheusMetrics, serve
from safesend.testing import SmtpServer

NAMES = {
    "safesend_messages_total": {"transport", "provider", "outcome"},
    "safesend_attempt_seconds": set(),
    "safesend_queue_depth": {"state"},
    "safesend_oldest_queued_seconds": set(),
    "safesend_throttle_wait_seconds_total": {"key"},
    "safesend_window": {"key"},
    "safesend_connections": {"state"},
    "safesend_in_doubt": set(),
}


def _samples(text):
    """What is exposed, by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _read(registry):
    return _samples(generate_latest(registry).decode())


def test_the_names_and_labels_are_those_of_the_manual():
    """And there are no others."""
    registry = CollectorRegistry()
    PrometheusMetrics(registry)(MEASURED)
    found = {}
    for name, labels in _read(registry):
        whole = re.sub("_(bucket|sum|count)$", "", name)
        found.setdefault(whole, set()).update(dict(labels).keys() - {"le"})
    assert found == NAMES


def test_counts_grow_over_runs_and_levels_do_not():
    """The registry has the sum of all runs of this process."""
    registry = CollectorRegistry()
    metrics = PrometheusMetrics(registry)
    metrics(Stopping("no figures in that"))
    metrics(MEASURED)
    metrics(later())
    metrics(later(last=True))
    metrics(attrs.evolve(MEASURED, run=2))
    found = _read(registry)
    labels = (
        ("outcome", "accepted"),
        ("provider", "google"),
        ("transport", "smtp://x"),
    )
    assert found["safesend_messages_total", labels] == 10
    assert found["safesend_attempt_seconds_count", ()] == 24
    assert found["safesend_attempt_seconds_bucket", (("le", "0.025"),)] == 20
    assert found["safesend_attempt_seconds_bucket", (("le", "0.1"),)] == 24
    assert found["safesend_attempt_seconds_sum", ()] == pytest.approx(0.9)
    assert found["safesend_queue_depth", (("state", "waiting"),)] == 90
    assert found["safesend_throttle_wait_seconds_total", (("key", "all"),)] == 15
    assert found["safesend_in_doubt", ()] == 4


def test_a_registry_takes_them_once():
    """Two objects would count everything twice."""
    registry = CollectorRegistry()
    PrometheusMetrics(registry)
    with pytest.raises(ValueError, match="Duplicated"):
        PrometheusMetrics(registry)


def test_the_figures_are_those_of_the_server():
    """A real one, which accepts, puts off and refuses."""
    registry = CollectorRegistry()
    metrics = PrometheusMetrics(registry)
    domains = ("gmail.com", "example.org", "example.net")
    with SmtpServer() as server:
        server.reply("rcpt", "550 5.1.1 unknown", when=lambda m: "p7@" in m.argument)
        server.reply("rcpt", "450 4.2.1 later", when=lambda m: "p8@" in m.argument)
        server.drop_before_reply("dot", to="p9@example.org")
        report = Campaign(
            name="figures",
            sender="news@example.org",
            template=Template(subject="Hello", text="Dear {{ name }}"),
            audience=[
                Recipient(f"p{i}@{domain}", name=f"N{i}")
                for domain in domains
                for i in range(10)
            ],
        ).send(server.url, ledger=":memory:", on_event=[metrics])
        messages, refused = len(server.messages), server.transactions
    found = _read(registry)

    def total(outcome):
        return sum(
            value
            for (name, labels), value in found.items()
            if name == "safesend_messages_total" and dict(labels)["outcome"] == outcome
        )

    assert total("accepted") == report.accepted == messages - 1
    assert (total("refused"), total("deferred"), total("in_doubt")) == (3, 3, 1)
    assert found["safesend_in_doubt", ()] == 1
    assert found["safesend_queue_depth", (("state", "waiting"),)] == 3
    assert found["safesend_attempt_seconds_count", ()] == len(refused)
    shown = generate_latest(registry).decode()
    assert "example.org" not in shown
    assert "figures" not in shown


def test_they_are_given_out_at_an_address():
    """For as long as it lasts; then nobody listens there."""
    with serve("127.0.0.1", 0) as (metrics, where):
        metrics(MEASURED)
        with urllib.request.urlopen(where) as answer:
            found = _samples(answer.read().decode())
    assert found["safesend_in_doubt", ()] == 4
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(where)


def test_an_address_that_is_taken_is_told():
    """In words, and before anything is sent."""
    with serve("127.0.0.1", 0) as (_, where):
        port = int(where.rpartition(":")[2].partition("/")[0])
        with (
            pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}"),
            serve("127.0.0.1", port),
        ):
            pass


def test_without_the_extra_it_says_what_to_install():
    """The package is asked for where it is used, and nowhere else."""
    code = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "from safesend.errors import ConfigurationError\n"
        "try:\n    import safesend.integrations.prometheus\n"
        "except ConfigurationError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "safesend[prometheus]" in done.stdout
