"""One limit for all: four workers together send no faster than one may."""

from __future__ import annotations

import pytest

from end_to_end.crashes import say
from end_to_end.fleet.witness import Witness
from end_to_end.fleet.workers import until

pytestmark = [pytest.mark.server, pytest.mark.slow]

_PEOPLE = 1500
_WORKERS = 4
_RATE = 150
_BURST = 15
"""A tenth of a second's worth, where nobody says another."""
_DELAY = 3.0
"""Seconds that a message may take from when it was let go to when the sink reads it, on
a busy machine, besides those that a thread was late that only slept. Those of so long a
time may come at once. Four limits in place of one would be twice as much."""


def _excess(dates, rate):
    """By how many messages the worst window of all has more than the rate allows.

    A window from one message to another of n has n - rate * its length.
    """
    lowest, worst = float("inf"), 0.0
    for number, date in enumerate(sorted(dates)):
        spent = number - rate * date
        lowest = min(lowest, spent)
        worst = max(worst, spent - lowest + 1)
    return worst


def _running(postgres):
    [(number,)] = postgres.ask(
        "SELECT count(*) FROM safesend.run WHERE started IS NOT NULL AND ended IS NULL"
    )
    return int(number)


@pytest.mark.parametrize("apart", [False, True], ids=["one machine", "four machines"])
def test_the_sink_sees_one_limit(postgres, fleet, elsewhere, apart):
    """In no window more than rate and burst, and most of the rate is used."""
    fleet.enrol(_PEOPLE, lanes=4, throttle=f"{_RATE}/s")
    with Witness() as witness:
        for number in range(_WORKERS):
            elsewhere(f"machine-{number}") if apart else fleet.start()
        until(
            # On a machine that starts them slowly those before have sent everything.
            lambda: _running(postgres) == _WORKERS or fleet.sink.number() == _PEOPLE,
            "all four are at work",
        )
        fleet.until_came(_PEOPLE)
    fleet.finish()
    fleet.exact()
    named = [one.named for one in fleet.sink.came()]
    excess = _excess(named, _RATE)
    used = len(named) / (max(named) - min(named)) / _RATE
    say(f"{excess:.1f} at once, {used:.0%} of the rate, late by {witness.late:.3f} s")
    assert excess <= _BURST + _RATE * (_DELAY + witness.late)
    assert used >= 0.3
