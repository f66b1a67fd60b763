"""ledger/cells.py: whatever workers, delays and clocks do, the limit is kept."""

from __future__ import annotations

import heapq
import itertools

import hypothesis.strategies as st
import pytest
from hypothesis import given

from engine.carriers import keeps_to
from ledger.issuing import OwnIssuer
from safesend.ledger.cells import AHEAD, GRACE, Ask, Cells, granted, most_of, slack_of
from safesend.ledger.granted import GrantedArrivals, Need
from safesend.policies.throttle import Pace

NOW = 1_800_000_000.0


class Fleet:
    """Workers with clocks of their own, whose time passes as a list of delays says."""

    def __init__(self, pace, workers, delays, lost=()):
        self.pace, self.issuer, self.sent = pace, OwnIssuer(), []
        self.workers = [GrantedArrivals(self.issuer) for _ in range(workers)]
        self.clocks = [1000.0 * (number + 1) ** 2 for number in range(workers)]
        self.delays = itertools.cycle(delays)
        self.lost = set(lost)
        self.events, self.order = [], itertools.count()
        for worker in range(workers):
            self.workers[worker].slot("all")
            self.later(0.0, worker, self.ask)
            self.later(0.0, worker, self.send)

    def later(self, at, worker, what, *values):
        event = (at + next(self.delays), next(self.order), worker, what, values)
        heapq.heappush(self.events, event)

    def run(self, seconds):
        number = 0
        while self.events[0][0] <= seconds:
            now, _, worker, what, values = heapq.heappop(self.events)
            if number in self.lost:
                self.issuer.kept.clear()
            what(now, worker, *values)
            number += 1
        return self.sent

    def ask(self, now, worker):
        own = now + self.clocks[worker]
        asks = self.workers[worker].asks({0: Need(self.pace, 50)}, own)
        if asks:
            self.later(now, worker, self.answer, asks, own)
        else:
            self.later(now + 0.02, worker, self.ask)

    def answer(self, now, worker, asks, asked):
        self.issuer.now = NOW + now
        self.later(now, worker, self.feed, self.issuer.grant(asks), asked)

    def feed(self, now, worker, grants, asked):
        self.workers[worker].fed(grants, asked, now + self.clocks[worker])
        self.later(now, worker, self.ask)

    def send(self, now, worker):
        own, paces = now + self.clocks[worker], [(0, self.pace)]
        if self.workers[worker].take(paces, own) is None:
            self.sent.append(now)
            self.later(now, worker, self.send)
        else:
            wait, _ = self.workers[worker].wait(paces, own)
            self.later(now + max(0.0, wait), worker, self.send)


_PACES = st.builds(
    Pace, st.sampled_from([0.3, 2.0, 9.0, 40.0, 300.0]), st.sampled_from([1, 2, 5, 30])
)
_DELAYS = st.lists(
    st.sampled_from([0.0002, 0.001, 0.004, 0.02, 0.09, 0.4]), min_size=1, max_size=30
)


@given(pace=_PACES, workers=st.integers(1, 4), delays=_DELAYS)
def test_no_window_holds_more(pace, workers, delays):
    """Whatever the workers, their clocks, and the time that anything takes."""
    sent = Fleet(pace, workers, delays).run(min(20.0, 60 / pace.rate))
    assert keeps_to(sent, pace.rate, pace.burst)


@given(
    pace=st.builds(Pace, st.sampled_from([2.0, 40.0, 300.0]), st.sampled_from([1, 30])),
    workers=st.integers(1, 4),
    delays=_DELAYS,
    lost=st.sets(st.integers(0, 400), max_size=1),
)
def test_an_issuer_that_forgets_lets_no_burst_go(pace, workers, delays, lost):
    """What was given out before is used or stale before it gives out anything."""
    short = [delay for delay in delays if delay < 0.1] or [0.001]
    sent = Fleet(pace, workers, short, lost).run(min(20.0, 60 / pace.rate))
    assert keeps_to(sent, pace.rate, pace.burst)


@pytest.mark.parametrize("rate", [0.5, 2, 19, 20, 100, 500])
@pytest.mark.parametrize("workers", [1, 4])
def test_a_limit_is_used(rate, workers):
    """Most of it, by workers that are a few milliseconds late at everything."""
    seconds = 40.0
    sent = Fleet(Pace(rate), workers, [0.001, 0.003, 0.0005]).run(seconds)
    assert len(sent) >= 0.85 * rate * (seconds - GRACE) - 1


def asked(pace, wanted=10, **more):
    return Ask.of("all", pace, wanted, **more)


def test_the_cells_of_two_grants_follow_each_other():
    """A step apart, with the slack between them."""
    ask = asked(Pace(2.0))
    first = granted(ask, NOW, NOW)
    second = granted(ask, first.end, NOW)
    assert first.begin == NOW
    assert second.number == 0 or second.begin == first.end
    assert first.end - first.begin == ask.number * ask.step + ask.slack


def test_after_a_pause_a_burst_may_go():
    """Of the cells that were never given out those that are not stale."""
    ask = asked(Pace(100.0, 50))
    found = granted(ask, NOW - 100, NOW)
    assert NOW - found.begin == pytest.approx(0.49 - 0.05, abs=0.01)


def test_nothing_is_given_out_far_ahead():
    """Nor for a limit that is not known; and a far number of another pace is none."""
    ask = asked(Pace(2.0))
    late = granted(ask, NOW + AHEAD + 0.1, NOW)
    assert (late.number, late.begin, late.end) == (0, NOW + AHEAD + 0.1, late.begin)
    assert granted(ask, None, NOW).number == 0
    assert granted(ask, None, NOW).end == NOW + GRACE
    assert granted(ask, NOW + 1e6, NOW).begin == pytest.approx(NOW + 0.5)


def test_who_waits_long_for_answers_leaves_more_slack():
    """And asks for more at once, so that it costs no more than a tenth."""
    pace = Pace(2.0)
    assert slack_of(pace, 0.0) == pytest.approx(0.05)
    assert slack_of(pace, 0.1) == pytest.approx(0.25)
    assert slack_of(Pace(500.0, 50), 0.01) == 0.0
    for journey in (0.0, 0.1, 0.25):
        slack = slack_of(pace, journey)
        assert slack <= 0.1 * most_of(pace, slack) * pace.step + 1e-9
    assert asked(pace, drift=0.1).slack > asked(pace).slack
    assert asked(pace, journey=9.0).horizon == asked(pace).horizon


def test_an_answer_that_took_too_long_is_of_no_use():
    """Nobody knows any more when its cells are."""
    grant = granted(asked(Pace(2.0)), NOW, NOW)
    assert Cells.of(grant, 100.0, 100.01).left == grant.number
    assert Cells.of(grant, 100.0, 101.0).left == 0


def test_what_was_not_used_is_given_back():
    """All of a grant as it was; of one that was begun what is left, a little later."""
    grant = granted(asked(Pace(100.0, 10)), NOW, NOW)
    cells = Cells.of(grant, 100.0, 100.01)
    assert cells.unused() == ("all", grant.end, grant.begin)
    cells.spend()
    key, end, new = cells.unused()
    assert (key, end) == ("all", grant.end)
    assert grant.begin + cells.step <= new <= grant.begin + cells.step + 0.011
    while cells.left:
        cells.spend()
    assert cells.unused() is None
