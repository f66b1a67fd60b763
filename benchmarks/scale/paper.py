"""From what one row costs to what millions cost: plain arithmetic, and its tables."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from benchmarks.scale.units import Units

__all__ = ["GOALS", "LISTS", "filled", "tables"]

GOALS: Mapping[str, float] = {
    "1 M an hour": 1e6 / 3_600,
    "10 M an hour": 1e7 / 3_600,
    "100 M a day": 1e8 / 86_400,
}
"""Messages a second."""
LISTS = (1_000_000, 10_000_000, 100_000_000)
TEN = 10_000_000
BUSY = 0.7
"""The part of a core that is planned with."""
ROUND_TRIPS = 1.1
"""Of a message, as the benchmarks of latency have it."""
NEAR, FAR = 0.02, 0.08
"""Seconds to the relay and back."""
MOST_LANES = 500
"""Of one process."""
RELAY = 0.1
"""Seconds a relay is supposed to think about a message."""
DEAD_ROWS, DEAD_SHARE = 20_000, 0.02
"""When a vacuum begins: settings of the table `delivery` in 0001_first.sql."""
VERSIONS = 2
"""Rows that die for each message: the one that waited, and the one that was held."""


def tables(units: Units, conditions: Mapping[str, str]) -> dict[str, list[str]]:
    """The tables of the page, by name."""
    return {
        "units": _units(units),
        "lists": _lists(units),
        "rates": _rates(units),
        "conditions": [f"- {what}: {value}" for what, value in conditions.items()],
    }


def filled(page: str, found: Mapping[str, list[str]]) -> str:
    """The page with these tables between its marks, `<!-- scale: NAME -->`."""
    for name, lines in found.items():
        begin, end = f"<!-- scale: {name} -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        inside = "\n".join([begin, "", *lines, "", end])
        page, times = pattern.subn(inside.replace("\\", "\\\\"), page)
        if times != 1:
            raise SystemExit(f"the page needs the marks {begin} and {end} once")
    return page


def _units(units: Units) -> list[str]:
    lines = ["| of one row | |", "| --- | ---: |"]
    lines.append(f"| table, while it waits | {units.table:,.0f} octets |")
    for name, octets in units.indexes.items():
        if octets >= 1:
            lines.append(f"| index `{name}` | {octets:,.0f} octets |")
    sent = units.table_sent + sum(units.indexes_sent.values())
    lines.append(f"| table and indexes when it is sent, unswept | {sent:,.0f} octets |")
    lines += [
        f"| log, to {what} it | {o:,.0f} octets |" for what, o in units.wal.items()
    ]
    lines += [
        f"| processor, to {_DONE[what]} it | {us:,.1f} us |"
        for what, us in units.processor.items()
    ]
    checking = units.list_cpu
    lines += [
        f"| processor, to read, check and enrol it | {checking:,.0f} us |",
        f"| ... and of PostgreSQL meanwhile | {units.list_server_cpu:,.0f} us |",
        f"| processor of a worker, to send it | {units.worker_cpu:,.0f} us |",
        f"| ... and of PostgreSQL meanwhile | {units.server_cpu:,.0f} us |",
        f"| memory of whoever enrols | {units.list_growth:,.0f} octets |",
        "| **of a batch, here** | |",
    ]
    lines += [
        f"| to {what} {units.batch} rows | {one:,.1f} ms |"
        for what, one in units.milliseconds.items()
    ]
    lines += [
        "| **rates, here** | |",
    ]
    lines += [
        f"| {_processes(n)} | {_round(rate)} rows/s |"
        for n, rate in units.rates.items()
    ]
    return lines


def _lists(units: Units) -> list[str]:
    waiting = sum(units.indexes.values())
    sent = units.table_sent + sum(units.indexes_sent.values())
    log = sum(units.wal.values())
    checking = (units.list_cpu + units.list_server_cpu) / 1e6
    release, sweep = (units.processor[what] / 1e6 for what in ("release", "sweep"))
    enrolling = units.wal["enrol"] + units.wal["release"]
    rows = {
        "table": [_size(units.table * n) for n in LISTS],
        "indexes": [_size(waiting * n) for n in LISTS],
        "both when all are sent, unswept": [_size(sent * n) for n in LISTS],
        "disk to have: twice that": [_size(2 * sent * n) for n in LISTS],
        "log of enrolling": [_size(enrolling * n) for n in LISTS],
        "log of all of it": [_size(log * n) for n in LISTS],
        "to read, check and enrol": [_span(checking * n) for n in LISTS],
        "to make it live (one transaction)": [_span(release * n) for n in LISTS],
        "memory of whoever enrols": [
            _size(units.list_base + units.list_growth * n) for n in LISTS
        ],
        "a vacuum of the table": [_span(sweep * n) for n in LISTS],
    }
    return _table([f"{n // 1_000_000} M people" for n in LISTS], rows)


def _rates(units: Units) -> list[str]:
    goals = GOALS.values()
    sending = sum(units.wal[what] for what in units.wal if what in units.milliseconds)
    lines = {rate: math.ceil(rate * (FAR * ROUND_TRIPS + RELAY)) for rate in goals}
    busy = {rate: _cores(rate * units.worker_cpu) for rate in goals}
    wide = {rate: math.ceil(lines[rate] / MOST_LANES) for rate in goals}
    commits = len(units.milliseconds)
    dead = DEAD_ROWS + DEAD_SHARE * TEN
    rows = {
        "messages a second": [f"{rate:,.0f}" for rate in goals],
        "SMTP connections, 20 ms away": [_lines(rate, NEAR) for rate in goals],
        "SMTP connections, 80 ms away": [_lines(rate, FAR) for rate in goals],
        "the same with a relay that takes 100 ms": [f"{lines[one]:,}" for one in goals],
        "worker processes, for these connections": [f"{wide[one]}" for one in goals],
        "worker processes, for the processor": [f"{busy[one]}" for one in goals],
        "connections to PostgreSQL": [
            f"{max(wide[one], busy[one]) * units.connections}" for one in goals
        ],
        "cores of PostgreSQL": [f"{_cores(rate * units.server_cpu)}" for rate in goals],
        "claims a second": [f"{rate / units.batch:,.1f}" for rate in goals],
        "commits a second": [f"{rate / units.batch * commits:,.1f}" for rate in goals],
        "log a second": [_size(rate * sending) for rate in goals],
        "log a day": [_size(rate * sending * 86_400) for rate in goals],
        "a vacuum of 10 M rows every": [
            _span(dead / rate / VERSIONS) for rate in goals
        ],
    }
    return _table(list(GOALS), rows)


def _table(titles: list[str], rows: Mapping[str, list[str]]) -> list[str]:
    lines = [f"| | {' | '.join(titles)} |", "| --- |" + " ---: |" * len(titles)]
    return lines + [f"| {what} | {' | '.join(cells)} |" for what, cells in rows.items()]


def _cores(microseconds: float) -> int:
    return max(1, math.ceil(microseconds / 1e6 / BUSY))


def _lines(rate: float, away: float) -> str:
    return f"{math.ceil(rate * away * ROUND_TRIPS):,}"


_DONE = {
    "enrol": "enrol",
    "release": "release",
    "send": "claim, begin and record",
    "sweep": "sweep",
}


def _processes(what: str) -> str:
    if what == "enrol":
        return "enrol (COPY), 1 process"
    number = "1 process" if what == "1" else f"{what} processes"
    return f"claim, begin and record, {number}"


def _round(value: float) -> str:
    """Two digits that say something."""
    digits = max(0, int(math.log10(max(value, 1))) - 1)
    return f"{round(value, -digits):,.0f}"


def _size(octets: float) -> str:
    for unit, one in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if octets >= one:
            value = octets / one
            return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
    return f"{octets / 1e3:,.0f} KB"


def _span(seconds: float) -> str:
    for unit, one in (("h", 3_600), ("min", 60)):
        if seconds >= 2 * one:
            return f"{seconds / one:,.1f} {unit}"
    return f"{seconds:,.1f} s"
