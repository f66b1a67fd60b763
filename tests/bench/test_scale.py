"""What millions cost is calculated from what was measured, and the page says it."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from benchmarks import ROOT
from benchmarks.scale.measuring import measured
from benchmarks.scale.paper import GOALS, filled, tables
from benchmarks.scale.units import Units, kept, loaded

UNITS = Units(
    rows=1_000,
    batch=250,
    table=400.0,
    indexes={"pkey": 20.0, "fresh": 80.0, "held": 0.0},
    table_sent=500.0,
    indexes_sent={"pkey": 20.0},
    processor={"enrol": 15.0, "release": 3.0, "send": 60.0, "sweep": 2.0},
    wal={
        "enrol": 600.0,
        "release": 2.0,
        "claim": 900.0,
        "record": 400.0,
        "sweep": 98.0,
    },
    milliseconds={"claim": 5.0, "record": 4.0},
    rates={"enrol": 54_321.0, "1": 20_000.0, "2": 27_777.7},
    messages=100,
    worker_cpu=253.0,
    server_cpu=50.0,
    connections=2,
    list_rows=1_000,
    list_cpu=80.0,
    list_server_cpu=20.0,
    list_base=1e8,
    list_growth=40.0,
)


def _cells(lines: list[str], what: str) -> list[str]:
    [row] = [line for line in lines if line.startswith(f"| {what} |")]
    return [cell.strip() for cell in row.split("|")[2:-1]]


def test_a_list_takes_its_rows_times_what_one_takes() -> None:
    """Table, indexes, log, time and memory, for one, ten and a hundred millions."""
    lists = tables(UNITS, {})["lists"]
    assert _cells(lists, "table") == ["400 MB", "4.0 GB", "40 GB"]
    assert _cells(lists, "indexes") == ["100 MB", "1.0 GB", "10 GB"]
    assert _cells(lists, "log of all of it") == ["2.0 GB", "20 GB", "200 GB"]
    assert _cells(lists, "to read, check and enrol") == ["100.0 s", "16.7 min", "2.8 h"]
    assert _cells(lists, "memory of whoever enrols") == ["140 MB", "500 MB", "4.1 GB"]


def test_a_rate_takes_workers_connections_and_the_time_of_the_way() -> None:
    """A core is planned with seven tenths of it; a message takes 1.1 round trips."""
    rates = tables(UNITS, {})["rates"]
    assert list(GOALS) == ["1 M an hour", "10 M an hour", "100 M a day"]
    assert _cells(rates, "messages a second") == ["278", "2,778", "1,157"]
    # 2,778 x 253 us = 0.7 s: one core, filled to seven tenths, is not quite enough.
    assert _cells(rates, "worker processes, for the processor") == ["1", "2", "1"]
    assert _cells(rates, "worker processes, for these connections") == ["1", "2", "1"]
    assert _cells(rates, "connections to PostgreSQL") == ["2", "4", "2"]
    assert _cells(rates, "claims a second") == ["1.1", "11.1", "4.6"]
    assert _cells(rates, "SMTP connections, 80 ms away") == ["25", "245", "102"]
    assert _cells(rates, "a vacuum of 10 M rows every")[0] == "6.6 min"


def test_what_costs_nothing_is_not_named() -> None:
    """An index that is empty while rows wait is no line of the table."""
    units = tables(UNITS, {"cores": "2"})
    assert not any("held" in line for line in units["units"])
    assert _cells(units["units"], "claim, begin and record, 2 processes") == [
        "28,000 rows/s"
    ]
    assert units["conditions"] == ["- cores: 2"]


def test_what_was_measured_is_kept_whole(tmp_path: Path) -> None:
    """It comes back as it was."""
    kept(tmp_path / "scale.json", UNITS, {"cores": "2"})
    assert loaded(tmp_path / "scale.json") == (UNITS, {"cores": "2"})


def test_a_page_without_its_marks_is_told() -> None:
    """A table that went nowhere would not be missed."""
    with pytest.raises(SystemExit, match="scale: lists"):
        filled("no mark", {"lists": ["| x |"]})


def test_the_page_says_what_was_measured_and_nothing_else() -> None:
    """`python -m benchmarks.scale --calculate` changes nothing in it."""
    page = (ROOT / "docs/explanation/ten-million.md").read_text("utf-8")
    units, conditions = loaded(ROOT / "docs/benchmarks/scale.json")
    assert filled(page, tables(units, conditions)) == page
    assert units.rows >= 200_000


@pytest.mark.slow
@pytest.mark.server
def test_it_can_be_measured_anywhere(tmp_path: Path) -> None:
    """A small run of everything: nothing it tells is zero, whatever the machine."""
    told: list[str] = []
    units = measured(1_000, 200, tmp_path, told.append)
    assert told[0] == "enrol"
    assert set(units.wal) == {"enrol", "release", "claim", "begin", "record", "sweep"}
    assert set(units.rates) == {"enrol", "1", "2", "4"}
    assert units.connections >= 1
    numbers = [one for one in attrs.astuple(units) if isinstance(one, float)]
    assert min(numbers[:-2]) >= 0
    assert units.table > 100
    assert units.worker_cpu > 10
