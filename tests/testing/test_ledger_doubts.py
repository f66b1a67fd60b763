import attrs
import pytest

from safesend.ledger.base import State
from safesend.ledger.memory import MemoryLedger
from safesend.testing import ledger_doubts as doubts


class Undated(MemoryLedger):
    """Dates a message anew each time."""

    def claim(self, campaign, run, limit, now):
        rows = super().claim(campaign, run, limit, now)
        return [attrs.evolve(row, dated=now) for row in rows]


class Careless(MemoryLedger):
    """Forgets who may have a message."""

    def claim(self, campaign, run, limit, now):
        rows = super().claim(campaign, run, limit, now)
        return [attrs.evolve(row, doubted=None) for row in rows]


class Stubborn(MemoryLedger):
    """Believes its own doubts more than a person."""

    def resolve(self, campaign, state, digests, now, actor=""):
        if state is State.WAITING:
            return self.resend_known(campaign, "smtp://relay.example", 0, now)
        return super().resolve(campaign, state, digests, now, actor)


class Final(MemoryLedger):
    """Takes a doubt for a failure."""

    def expire(self, campaign, tried_before, now):
        self.resend_known(campaign, "smtp://relay.example", 0, now)
        return 1


@pytest.mark.parametrize(
    ("kind", "promise"),
    [
        (Undated, doubts.a_message_keeps_its_date),
        (Undated, doubts.a_crash_keeps_the_date_of_a_message),
        (Careless, doubts.a_doubt_that_waits_names_its_relay),
        (Stubborn, doubts.a_decision_ends_a_doubt),
        (Final, doubts.what_may_have_arrived_is_not_given_up),
    ],
)
def test_a_broken_promise_is_noticed(kind, promise):
    """
    A ledger that does the wrong thing fails the promise that is about it.
    """
    with pytest.raises(AssertionError):
        promise(kind())
