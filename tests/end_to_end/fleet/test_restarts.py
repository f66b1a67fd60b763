"""The database, or what stands before it, goes away while four workers send."""

from __future__ import annotations

import pytest

from end_to_end.crashes import dice, keep_watch, say
from safesend.ledger.base import State
from servers.pgbouncer import run_pgbouncer

pytestmark = [pytest.mark.server, pytest.mark.slow]

_PEOPLE = 4000
_WORKERS = 4
_LANES = 4


def _through(fleet, chance, *happenings):
    """Send to everybody; in between, at moments by chance, let something happen."""
    fleet.enrol(_PEOPLE, lanes=_LANES, throttle="1500/s")
    fleet.words = ("--keep-running",)
    fleet.fill(_WORKERS)
    part = _PEOPLE // (len(happenings) + 1)
    for number, happen in enumerate(happenings):
        keep_watch()
        fleet.until_came(number * part + chance.randint(100, part), _WORKERS)
        say(f"after {fleet.sink.number()}: {happen.__name__}")
        happen()
    fleet.finish(_WORKERS)
    assert fleet.count(State.WAITING, State.SENDING) == 0


def test_postgres_restarts(own_postgres, fleet_on):
    """In good order: everybody gets one copy, nobody is in doubt, no worker ends."""
    fleet, server = fleet_on(own_postgres.url), own_postgres.server.service
    _through(fleet, dice(), server.restart)
    fleet.exact()
    assert len(fleet.workers) == _WORKERS
    assert not any("rror" in worker.said() for worker in fleet.workers)


def test_postgres_is_killed(own_postgres, fleet_on):
    """
    Twice, with kill -9: everybody gets one copy, and no outcome is forgotten.
    """
    fleet, server = fleet_on(own_postgres.url), own_postgres.server.service

    def kill():
        server.kill()
        server.start()

    _through(fleet, dice(), kill, kill)
    fleet.exact()


def test_pgbouncer_is_killed(pgbouncer, postgres, fleet_on):
    """Every line is cut in whatever it was at: everybody gets one copy all the same."""
    fleet = fleet_on(pgbouncer.url(postgres.name))

    def kill():
        pgbouncer.service.kill()
        pgbouncer.service.start()

    _through(fleet, dice(), kill, pgbouncer.service.restart)
    fleet.exact()


def test_postgres_behind_pgbouncer_is_killed(own_postgres, fleet_on):
    """The one goes on and keeps its clients waiting while the other comes back."""
    server = own_postgres.server
    with run_pgbouncer(server) as pgbouncer:
        fleet = fleet_on(pgbouncer.url(own_postgres.name))

        def kill():
            server.service.kill()
            server.service.start()

        _through(fleet, dice(), kill)
        fleet.exact()
        fleet.close()
