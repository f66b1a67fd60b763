"""One limit for all: four workers together send no faster than one may."""

from __future__ import annotations

import itertools

import pytest

from end_to_end.crashes import say
from end_to_end.fleet.witness import Witness
from end_to_end.fleet.workers import until

pytestmark = [pytest.mark.server, pytest.mark.slow]

_PEOPLE = 2000
_WORKERS = 4
_RATE = 150
_BURST = 15
"""A tenth of a second's worth, where nobody says another."""
_DELAY = 3.0
"""Seconds that a message may take from when it was let go to when the sink reads it, on
a busy machine, besides those that a thread was late that only slept. Those of so long a
time may come at once. Four limits in place of one would be ten times as much."""
_STEADY = 0.02
"""The part by which the rate may look higher for seconds, besides lateness."""


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


def _faster(dates, rate):
    """By which part more than the rate went in the worst stretch, and its seconds.

    A message may be late, and those that follow a late one look faster. So of each
    quarter of all the least late one is taken, and every two of these with a quarter
    or more between them: from the one to the other goes what the rate allows, and once
    the burst.
    """
    came = sorted(dates)
    ahead = [number - rate * date for number, date in enumerate(came)]
    quarter = len(came) // 4
    quarters = [range(n * quarter, (n + 1) * quarter) for n in range(4)]
    marks = [max(numbers, key=ahead.__getitem__) for numbers in quarters]
    found = []
    for one, other in itertools.combinations(range(4), 2):
        first, last = marks[one], marks[other]
        seconds = came[last] - came[first]
        if other > one + 1:
            found.append(((last - first - _BURST) / seconds / rate - 1, seconds))
    return max(found)


def _running(postgres):
    [(number,)] = postgres.ask(
        "SELECT count(*) FROM safesend.run WHERE started IS NOT NULL AND ended IS NULL"
    )
    return int(number)


@pytest.mark.parametrize("kind", ["one machine", "four machines", "redis"])
def test_the_sink_sees_one_limit(kind, postgres, fleet, elsewhere, request):
    """
    In no window more than rate and burst, for seconds not a fiftieth more, and most of
    the rate is used. The limit lies in the ledger, or in a Redis.
    """
    limits = None
    if kind == "redis":
        limits = request.getfixturevalue("redis_server").database()
    fleet.enrol(_PEOPLE, lanes=4, throttle=f"{_RATE}/s", limits=limits)
    with Witness() as witness:
        for number in range(_WORKERS):
            if kind == "four machines":
                elsewhere(f"machine-{number}")
            else:
                fleet.start()
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
    faster, seconds = _faster(named, _RATE)
    used = len(named) / (max(named) - min(named)) / _RATE
    say(f"{excess:.1f} at once, {faster:+.2%} for {seconds:.1f} s, {used:.0%} in all")
    say(f"late by {witness.late:.3f} s")
    assert excess <= _BURST + _RATE * (_DELAY + witness.late)
    assert faster <= _STEADY + witness.late / seconds
    assert used >= 0.3
