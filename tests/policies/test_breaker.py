"""A way that is out of order rests, and comes back by one probe."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from safesend.policies.breaker import Breaker, Circuit

_LONG = 900.0


def test_three_failures_in_a_row_are_trouble():
    """Fewer are none, nor are three with a success between."""
    breaker = Breaker()
    assert not breaker.failed(0, "refused")
    assert not breaker.failed(1, "refused")
    assert not breaker.served(2)
    assert not breaker.failed(3, "refused")
    assert not breaker.failed(4, "refused")
    assert breaker.failed(5, "refused")
    assert (breaker.circuit(6), breaker.until) == (Circuit.OPEN, 65)
    assert (breaker.reason, breaker.final) == ("refused", False)


def test_what_no_second_try_mends_is_trouble_at_once():
    """A login that is refused; without another carrier the run would end."""
    breaker = Breaker()
    assert breaker.failed(0, "535", permanent=True)
    assert (breaker.circuit(1), breaker.final) == (Circuit.OPEN, True)


def test_each_probe_that_fails_makes_the_rest_longer():
    """1, 2, 5 and 15 minutes; then it stays with that."""
    breaker, now, rests = Breaker(), 0.0, []
    breaker.failed(now, "", permanent=True)
    for _ in range(6):
        rests.append(breaker.until - now)
        now = breaker.until
        assert breaker.circuit(now) is Circuit.HALF_OPEN
        assert breaker.failed(now, "")
    assert rests == [60, 120, 300, 900, 900, 900]


def test_what_comes_while_it_rests_says_nothing():
    """Sessions from before are no probes."""
    breaker = Breaker()
    breaker.failed(0, "", permanent=True)
    assert not breaker.served(10)
    assert not breaker.failed(20, "", permanent=True)
    assert (breaker.circuit(30), breaker.until) == (Circuit.OPEN, 60)
    assert breaker.served(60)
    assert breaker.circuit(60) is Circuit.CLOSED


def test_a_pause_that_was_asked_for_is_kept():
    """And made longer by a longer one, never shorter."""
    breaker = Breaker()
    assert not breaker.paused(10, 10, "over")
    assert breaker.paused(0, 7200, "wait")
    assert not breaker.paused(5, 300, "wait")
    assert (breaker.until, breaker.final) == (7200, False)
    assert not breaker.paused(5, 9000, "wait")
    assert breaker.until == 9000


def test_what_a_person_must_mend_rests_longest():
    """Whatever was asked for before."""
    breaker = Breaker()
    breaker.paused(0, 60, "wait")
    assert not breaker.stopped(1, "suspended")
    assert (breaker.until, breaker.final) == (901, True)
    other = Breaker()
    assert other.stopped(0, "suspended")


class _Life(RuleBasedStateMachine):
    """Whatever happens to it, in whatever order."""

    def __init__(self):
        super().__init__()
        self.breaker, self.now, self.bad = Breaker(), 0.0, 0

    @rule(seconds=st.floats(0, 2000))
    def time_passes(self, seconds):
        """Some time."""
        self.now += seconds

    @rule(permanent=st.booleans(), final=st.booleans())
    def fails(self, permanent, final):
        """A session could not be had."""
        before = self.breaker.circuit(self.now)
        began = self.breaker.failed(self.now, "no", permanent=permanent, final=final)
        assert not (began and before is Circuit.OPEN)
        if before is Circuit.HALF_OPEN or (permanent and before is Circuit.CLOSED):
            assert began
        if began:
            assert self.now + 60 <= self.breaker.until <= self.now + _LONG

    @rule(seconds=st.floats(0, 10_000))
    def is_paused(self, seconds):
        """The server asks for a rest."""
        before, until = self.breaker.circuit(self.now), self.breaker.until
        self.breaker.paused(self.now, self.now + seconds, "wait")
        if before is Circuit.OPEN:
            assert self.breaker.until >= until

    @rule()
    def is_stopped(self):
        """A person must look."""
        self.breaker.stopped(self.now, "stop")
        assert self.breaker.circuit(self.now) is Circuit.OPEN

    @precondition(lambda self: self.breaker.circuit(self.now) is Circuit.HALF_OPEN)
    @rule()
    def the_probe_is_served(self):
        """It closes, and three failures are needed again."""
        assert self.breaker.served(self.now)
        assert self.breaker.circuit(self.now) is Circuit.CLOSED
        assert not self.breaker.failed(self.now, "no")
        assert not self.breaker.served(self.now)

    @rule()
    def somebody_is_served(self):
        """By whatever session."""
        before = self.breaker.circuit(self.now)
        assert self.breaker.served(self.now) == (before is Circuit.HALF_OPEN)
        if before is Circuit.OPEN:
            assert self.breaker.circuit(self.now) is Circuit.OPEN

    @invariant()
    def open_means_that_its_date_is_ahead(self):
        """There is no rest without an end."""
        circuit = self.breaker.circuit(self.now)
        if circuit is not Circuit.CLOSED:
            assert (circuit is Circuit.OPEN) == (self.now < self.breaker.until)
            assert self.breaker.until < float("inf")


TestLife = _Life.TestCase
