"""ledger/granted.py: what a worker has, and what it asks for."""

from __future__ import annotations

import pytest

from ledger.issuing import OwnIssuer
from safesend.ledger.granted import GrantedArrivals, Need
from safesend.policies.throttle import Pace

NOW = 1_800_000_000.0


def fleet(*names):
    """A worker of an issuer that knows these limits."""
    arrivals = GrantedArrivals(OwnIssuer())
    for name in names:
        arrivals.slot(name)
        arrivals.issuer.kept[name] = 0.0
    return arrivals


def fed(arrivals, needs, at):
    """Ask and be answered at that moment; whether there was anything to ask."""
    asks = arrivals.asks(needs, at)
    arrivals.issuer.now = NOW + at
    arrivals.fed(arrivals.issuer.grant(asks), at, at)
    return [ask.number for ask in asks]


def test_nothing_goes_that_was_not_given_out():
    """It is asked for soon."""
    arrivals = fleet("all")
    paces = [(0, Pace(10.0))]
    assert arrivals.take(paces, 5.0) == 0
    assert arrivals.wait(paces, 5.0) == (pytest.approx(0.1), 0)
    fed(arrivals, {0: Need(Pace(10.0), 3)}, 5.0)
    assert arrivals.wait(paces, 5.0)[0] <= 0
    assert arrivals.take(paces, 5.0) is None
    assert arrivals.take(paces, 5.0) == 0


def test_a_message_needs_a_cell_of_every_limit():
    """And takes none where one is missing."""
    arrivals = fleet("all", "google")
    both = [(0, Pace(10.0)), (1, Pace(5.0))]
    fed(arrivals, {0: Need(Pace(10.0), 1)}, 5.0)
    assert arrivals.take(both, 5.0) == 1
    assert arrivals.wait(both, 5.0)[1] == 1
    fed(arrivals, {1: Need(Pace(5.0), 1)}, 5.0)
    assert arrivals.take(both, 5.0) is None


def test_it_asks_for_no_more_than_it_uses():
    """More while cells are used, fewer when they get stale, none that it has."""
    arrivals, pace = fleet("all"), Pace(200.0)
    need = {0: Need(pace, 100)}
    assert fed(arrivals, need, 5.0) == [1]
    assert fed(arrivals, {0: Need(pace, 1)}, 5.0) == []
    assert arrivals.take([(0, pace)], 5.0) is None
    assert fed(arrivals, need, 5.01) == [2]
    at = 5.01
    for _ in range(60):
        at += 0.005
        arrivals.take([(0, pace)], at)
        fed(arrivals, need, at)
    used = arrivals.purses[0].appetite
    assert used > 2
    assert fed(arrivals, need, at + 5)[0] <= used // 2
    assert fed(arrivals, {0: Need(pace, 0)}, at + 10) == []


def test_a_limit_that_has_nothing_is_asked_again_when_it_may_have():
    """And whoever waits for it knows until when."""
    arrivals, pace = fleet("all"), Pace(0.1)
    arrivals.issuer.kept["all"] = NOW + 12.0
    assert fed(arrivals, {0: Need(pace, 5)}, 5.0) == [1]
    assert arrivals.asks({0: Need(pace, 5)}, 11.0) == []
    assert arrivals.wait([(0, pace)], 5.0)[0] == pytest.approx(7.0)
    assert fed(arrivals, {0: Need(pace, 5)}, 11.6) == [1]
    assert arrivals.wait([(0, pace)], 11.6)[0] == pytest.approx(0.4)


def test_news_are_only_what_somebody_waited_for():
    """Who has cells is not woken for more."""
    arrivals, pace = fleet("all"), Pace(200.0)
    for news in (True, False):
        asks = arrivals.asks({0: Need(pace, 50)}, 5.0)
        arrivals.issuer.now = NOW + 5.0
        assert arrivals.fed(arrivals.issuer.grant(asks), 5.0, 5.0) is news
        arrivals.purses[0].appetite = 3


def test_at_the_end_what_is_left_goes_back():
    """The last grant first; then the number is where it was."""
    arrivals, pace = fleet("all"), Pace(200.0)
    arrivals.issuer.kept["all"] = NOW + 5.0
    fed(arrivals, {0: Need(pace, 1)}, 5.0)
    fed(arrivals, {0: Need(pace, 3)}, 5.0)
    arrivals.issuer.refund(arrivals.left())
    assert arrivals.issuer.kept["all"] == NOW + 5.0
    assert arrivals.left() == []
    arrivals.close()
    assert arrivals.issuer.closed


def test_cells_that_may_go_soon_are_counted():
    """Those for which others are asked that must go with them."""
    arrivals, pace = fleet("all"), Pace(50.0)
    arrivals.issuer.kept["all"] = NOW + 5.0
    arrivals.purses[0].appetite = 9
    fed(arrivals, {0: Need(pace, 50)}, 5.0)
    assert arrivals.purses[0].all(5.0) == 2
    assert arrivals.near(0, 5.0) == 2
    assert arrivals.near(0, 4.94) == 0
