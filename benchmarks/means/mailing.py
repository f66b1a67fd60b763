"""A whole mailing, timed in its two halves: before the first message, and sending."""

from __future__ import annotations

from pathlib import Path

import attrs

from benchmarks.contenders import ours
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Measure
from benchmarks.core.site import Site
from safesend.engine.events import Event, Rehearsed
from safesend.transports import Transport

__all__ = ["mailed"]


def mailed(
    site: Site, carrier: Transport | str, *, lanes: int = ours.LANES, disk: bool = True
) -> Measure:
    """Rehearse, enrol and send; `seconds` and `cpu` are of sending alone.

    From the first claim to the last record by the clock on the wall; for the processor,
    from when the last row was enrolled. `extra` has `before`, microseconds of the
    processor a row until then.
    """
    campaign = ours.made(site)
    clock, halves = Clock(), []

    def heard(event: Event) -> None:
        if isinstance(event, Rehearsed):
            halves.append(clock.measure(event.recipients))

    ledger = str(Path(site.folder, "benchmark.db")) if disk else ours.MEMORY
    report = campaign.send(carrier, ledger=ledger, lanes=lanes, on_event=heard)
    whole, [before] = clock.measure(report.accepted), halves
    return attrs.evolve(
        whole,
        seconds=report.seconds,
        cpu=whole.cpu - before.cpu,
        extra={"before": before.cpu / before.messages * 1e6},
    )
