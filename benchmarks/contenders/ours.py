"""safesend as it comes: from a list in a file to the last record in the ledger.

Nothing is switched off: the rehearsal, every leak check, the look at each message's
octets, and with SQLite every commit on the disk.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import letter
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Case, Measure
from benchmarks.core.site import Site

if TYPE_CHECKING:
    from safesend import Campaign

__all__ = ["CASES", "DEEP", "DEPTH", "LANES", "made"]

LANES = 16
DEPTH = 4
"""Transactions in flight on one connection, where that is asked for."""
MEMORY = ":memory:"


def made(site: Site, name: str = "benchmark") -> Campaign:
    """The campaign of the benchmark; its list is written into the folder first."""
    from safesend import Campaign, Template, read_csv

    file = site.folder / "people.csv"
    if not file.exists():
        letter.write_list(file, site.messages)
    source = letter.LETTERS[site.size]
    return Campaign(
        name=name,
        sender=letter.SENDER,
        template=Template(source.subject, text=source.text, html=source.html),
        audience=read_csv(file),
    )


def _memory(site: Site) -> Measure:
    return asyncio.run(_sent(site, MEMORY))


def _sqlite(site: Site) -> Measure:
    return asyncio.run(_sent(site, str(site.folder / "benchmark.db")))


def _deep(site: Site) -> Measure:
    ledger = str(site.folder / "benchmark.db")
    return asyncio.run(_sent(site, ledger, f"?in_flight={DEPTH}"))


def _uvloop(site: Site) -> Measure:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_sent(site, str(site.folder / "benchmark.db")))


async def _sent(site: Site, ledger: str, options: str = "") -> Measure:
    campaign = made(site)
    clock = Clock()
    report = await campaign.asend(site.url + options, ledger=ledger, lanes=LANES)
    whole = clock.measure(report.accepted)
    if ledger != MEMORY:
        _read_back(Path(ledger), campaign.name, site.messages)
    extra = {"all_seconds": whole.seconds, "before": report.rehearsal_seconds}
    return Measure(report.accepted, report.seconds, whole.cpu, extra)


def _read_back(ledger: Path, name: str, people: int) -> None:
    """The ledger on disk says the same as the report."""
    from safesend.ledger import open_ledger
    from safesend.ledger.base import State

    book = open_ledger(str(ledger))
    [record] = [known for known in book.campaigns() if known.name == name]
    counts = dict(book.counts(record.id))
    book.close()
    if counts != {State.ACCEPTED: people}:
        raise SystemExit(f"the ledger disagrees: {counts}")


CASES = (
    Case("safesend-memory", "safesend, ledger in memory", _memory),
    Case(
        "safesend",
        "safesend, SQLite ledger",
        _sqlite,
        note="at its default durability: every commit is on the disk",
    ),
    Case(
        "safesend-uvloop", "safesend, SQLite ledger, uvloop", _uvloop, needs=("uvloop",)
    ),
)
DEEP = Case(
    "safesend-bdat",
    f"safesend, SQLite ledger, {DEPTH} transactions in flight (BDAT)",
    _deep,
    note=f"an option for one's own relay: one that dies leaves up to {DEPTH} in doubt",
)
