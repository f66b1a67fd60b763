"""What people order reaches every worker, and what they decide is done once."""

from __future__ import annotations

import time

import pytest

from end_to_end.crashes import say
from end_to_end.fleet.witness import Witness
from end_to_end.fleet.workers import until
from safesend.ledger.base import Control, State

pytestmark = [pytest.mark.server, pytest.mark.slow]

_PEOPLE = 3000
_WORKERS = 4
_RATE = "400/s"
"""So slow that all of it takes eight seconds: who does not hear goes on for long."""
_SECOND = 1.0
_SLACK = 4.0
"""Seconds more on a machine that has other things to do, besides those in which a
thread that only wants to wake up could not (`Witness`)."""
_TIMES, _AT_MOST = 3, 8
"""How often it must be a second and no more, of how many pauses: a machine that has
other things to do may be late for some."""


def _at_work(fleet, **options):
    fleet.enrol(_PEOPLE, lanes=4, **{"throttle": _RATE, **options})
    fleet.fill(_WORKERS)
    fleet.until_came(400)


def _is_quiet(fleet):
    """Nothing is in anybody's hand, and nothing comes any more."""
    before = fleet.sink.number()
    time.sleep(1)
    return not fleet.count(State.SENDING) and fleet.sink.number() == before


def _settled(fleet):
    until(lambda: _is_quiet(fleet), "nothing is on the way")


def _order(fleet, control):
    fleet.book.set_control(
        fleet.campaign, control, actor="ada", reason="", now=time.time()
    )
    return time.monotonic()


def _at_it(fleet):
    """How many runs are open."""
    return len(fleet.book.sight.senders(fleet.campaign, time.time()))


def test_pause_reaches_all_within_a_second(fleet):
    """No message is begun later, by anybody; resumed, everybody gets one."""
    fleet.enrol(_PEOPLE, lanes=4, throttle="300/s")
    _order(fleet, Control.PAUSE)
    # They wait to be resumed: all are there for each of the pauses.
    fleet.words = ("--deadline", "1h")
    fleet.fill(_WORKERS)
    until(lambda: _at_it(fleet) == _WORKERS, "all are at work")
    in_time = 0
    for _ in range(_AT_MOST):
        goal = fleet.sink.number() + 50
        _order(fleet, Control.RUN)
        fleet.until_came(goal)
        with Witness() as witness:
            paused = _order(fleet, Control.PAUSE)
            _settled(fleet)
        begun = [one.named for one in fleet.sink.came()]
        took = max(begun) - paused
        say(f"{took:.3f} s, late by {witness.late:.3f} s")
        assert took < _SECOND + _SLACK + witness.late
        assert len(begun) < _PEOPLE
        assert fleet.counts() == {
            State.ACCEPTED: len(begun),
            State.WAITING: _PEOPLE - len(begun),
        }
        assert _at_it(fleet) == _WORKERS
        in_time += took <= _SECOND
        if in_time == _TIMES:
            break
    assert in_time == _TIMES
    # Whoever comes now gets nothing either.
    fleet.start()
    _settled(fleet)
    assert fleet.sink.number() == len(begun)

    fleet.safesend("resume")
    fleet.finish(_WORKERS)
    fleet.exact()


def test_cancel_is_exact(fleet):
    """What it tells is what came, of each person; and nobody gets a letter later."""
    # A command takes seconds to begin where much else goes on.
    _at_work(fleet, throttle="150/s")
    said = fleet.safesend("cancel", "--yes")["counts"]
    _settled(fleet)
    fleet.start()
    _settled(fleet)
    came = fleet.sink.copies()
    assert max(came.values()) == 1
    assert 400 <= len(came) < _PEOPLE
    counts = {State.ACCEPTED: len(came), State.CANCELLED: _PEOPLE - len(came)}
    assert fleet.counts() == counts
    assert said == {str(state): number for state, number in counts.items()}


def test_doubts_are_resolved_while_others_send(fleet):
    """Those of a dead worker get it once more, by the others, and nobody else does."""
    _at_work(fleet, throttle="200/s")
    doubtful = 0
    while not doubtful:
        fleet.fill(_WORKERS)
        fleet.living()[0].kill()
        fleet.fill(_WORKERS)
        fleet.until_came(fleet.sink.number() + 100, _WORKERS)
        doubtful = fleet.count(State.IN_DOUBT)
    before = fleet.sink.copies()
    fleet.safesend("resolve", "--resend", "--yes")
    fleet.finish(_WORKERS)
    came = fleet.sink.copies()
    twice = {who for who, number in came.items() if number == 2}
    assert max(came.values()) <= 2
    assert len(twice) <= doubtful
    assert twice <= set(before)
    assert fleet.counts() == {State.ACCEPTED: _PEOPLE}
