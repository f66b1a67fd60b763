"""A sink and a fleet for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from end_to_end.fleet.sink import Sink, run_sink
from end_to_end.fleet.workers import Fleet, at_work
from servers.postgres import Database


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Sink]:
    """The sink of one test."""
    with run_sink(tmp_path) as sink:
        yield sink


@pytest.fixture
def fleet_on(tmp_path: Path, counting: Sink) -> Iterator[Callable[[str], Fleet]]:
    """Makes fleets over the ledger at a URL; they end with the test."""
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(at_work(url, counting, tmp_path))


@pytest.fixture
def fleet(postgres: Database, fleet_on: Callable[[str], Fleet]) -> Fleet:
    """A fleet over a PostgreSQL that others use too."""
    return fleet_on(postgres.url)
