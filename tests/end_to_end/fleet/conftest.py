"""A sink and a fleet for every test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from end_to_end.fleet.sink import Sink, run_sink
from end_to_end.fleet.workers import Fleet, Worker, at_work
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


@pytest.fixture
def elsewhere(
    fleet: Fleet, machine: Callable[..., Mapping[str, str]], tmp_path: Path
) -> Callable[..., Worker]:
    """Starts a worker on another machine: `elsewhere("machine-1", later=3600)`.

    It is told of another boot, has data of its own and the key in its environment.
    """

    def start(name: str, **clock: int) -> Worker:
        keys = Path(os.environ["XDG_DATA_HOME"]) / "safesend" / "keys"
        newest = max(keys.glob("*.key"), key=lambda file: file.stat().st_mtime)
        return fleet.start(
            XDG_DATA_HOME=str(tmp_path / name),
            SAFESEND_KEY=newest.read_text("ascii").strip(),
            **machine(boot=name, **clock),
        )

    return start
