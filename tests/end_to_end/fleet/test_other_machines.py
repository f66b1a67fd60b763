"""Workers that see nothing of one another but the ledger: frozen, and out of time.

A worker is taken to another machine by a library that tells it of another boot, with
data of its own and the key in its environment. So only its lease tells that it lives.
"""

from __future__ import annotations

import itertools
import time
from functools import partial

import pytest

from end_to_end.crashes import dice
from end_to_end.fleet.workers import until
from safesend import read_csv
from safesend.ledger.base import State

pytestmark = [pytest.mark.server, pytest.mark.slow]

_PEOPLE = 3000
_LANES = 4
_MANNER = {"lanes": _LANES, "throttle": "400/s"}
_DOUBTS = 200
"""What a worker may have begun that nobody sees: half a second's worth at that rate,
where a quarter is begun ahead."""
_LEASE = 60
"""Seconds; after that it may not even send what it had begun."""
_HOUR = 3600


def _held(postgres, name):
    """How many rows the runs of a machine have in hand."""
    [(number,)] = postgres.ask(
        "SELECT count(*) FROM safesend.delivery WHERE state = 4 AND holder IN"
        f" (SELECT id FROM safesend.run WHERE boot = '{name}')"
    )
    return int(number)


def _lease_is_over(postgres, name):
    """Hours pass without a word from that machine."""
    postgres.ask(f"UPDATE safesend.run SET lease = 1 WHERE boot = '{name}'")


def _freeze_between_transactions(worker, postgres, chance):
    """With rows in hand; it locks nobody out."""
    while True:
        time.sleep(chance.uniform(0, 0.2))
        worker.freeze()
        time.sleep(0.1)
        [(number,)] = postgres.ask(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE 'idle in transaction%' AND now() - state_change >"
            " interval '50 ms'"
        )
        if number == "0" and _held(postgres, "machine-1"):
            return
        assert worker.running
        worker.thaw()


def _states(fleet):
    people = read_csv(fleet.people)
    return [state for _, state, _ in fleet.report().outcomes(people)]


def test_a_worker_frozen_past_its_lease_does_nothing_more(postgres, fleet, elsewhere):
    """
    Others settle what it held and send the rest; when it goes on it writes nothing,
    and nothing that others sent leaves it.
    """
    chance = dice()
    fleet.enrol(_PEOPLE, **_MANNER)
    frozen = elsewhere("machine-1")
    until(lambda: _held(postgres, "machine-1"), "it holds rows")
    names = (f"machine-{number}" for number in itertools.count(2))
    fleet.until_came(chance.randint(100, 1000))
    _freeze_between_transactions(frozen, postgres, chance)
    since = time.monotonic()
    _lease_is_over(postgres, "machine-1")

    def others_are_done():
        while len(fleet.living()) < 4:
            elsewhere(next(names))
        return not fleet.count(State.WAITING, State.SENDING)

    until(others_are_done, "others have sent the rest", pause=0.2)
    until(lambda: fleet.living() == [frozen], "the others have gone")
    before, came = _states(fleet), fleet.sink.number()
    time.sleep(max(0, since + _LEASE + 1 - time.monotonic()))
    frozen.thaw()
    assert frozen.process.wait(120) != 0

    assert _states(fleet) == before
    # Where it was stopped between asking and writing.
    assert fleet.sink.number() - came <= 1
    fleet.exact(_DOUBTS)


def test_machines_that_are_gone_leave_a_window_in_doubt(postgres, fleet, elsewhere):
    """
    Nobody can read their marks: what they had begun is in doubt, and no more than that.
    """
    chance, names = dice(), (f"machine-{number}" for number in itertools.count(1))
    fleet.enrol(_PEOPLE, **_MANNER)
    kills = 0
    for goal in (400, 800, 1200, 1600):
        while len(fleet.living()) < 4:
            elsewhere(next(names))
        fleet.until_came(goal + chance.randint(0, 400))
        kills += chance.choice(fleet.living()).kill()
        # Hours pass for the dead, while the others say that they live.
        dead = [one.machine for one in fleet.workers if not one.running]
        for name in dead:
            _lease_is_over(postgres, name)
    fleet.finish(4)
    report = fleet.exact(_DOUBTS * kills)
    assert kills
    assert report.in_doubt


def test_clocks_an_hour_off_change_nothing(postgres, fleet, elsewhere):
    """
    Nobody is taken for dead, nobody gets two, and the ledger tells the true time.
    """
    fleet.enrol(_PEOPLE, **_MANNER)
    began = time.time()
    with fleet.sink.frozen():
        for name, later in (("behind", -_HOUR), ("right", 0), ("ahead", _HOUR)):
            elsewhere(name, later=later)
            until(partial(_held, postgres, name), f"{name} holds rows")
    fleet.finish(3)
    fleet.exact()
    assert all("start again" not in worker.said() for worker in fleet.workers)
    [told] = postgres.ask(
        "SELECT min(first_tried), max(last_tried), min(dated), max(dated)"
        " FROM safesend.delivery"
    )
    assert all(began - 1 <= float(date) <= time.time() + 1 for date in told)
