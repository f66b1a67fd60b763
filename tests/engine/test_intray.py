"""What waits in hand for a way that is shut goes back, and goes another way."""

from __future__ import annotations

from contextlib import closing

from engine.carriers import Carrier
from engine.fleet import mail, people, plan
from safesend.delivery import Accepted, InDoubt
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.testing import FakeClock
from safesend.transports import failover


def test_a_row_that_only_one_may_have_waits_for_that_one():
    """The others go by the second meanwhile."""
    clock, begun = FakeClock(1_800_000_000.0, settle=0.0), []

    def answer(envelope):
        begun.append(envelope.message_id)
        return InDoubt(text="hung up") if len(begun) == 1 else Accepted()

    start = clock.now()
    # Down from the first doubt on, for some minutes.
    one = Carrier(
        clock,
        answer,
        name="one:",
        dead=lambda now: bool(begun) and now < start + 700,
    )
    two = Carrier(clock, name="two:", seconds=0.01)
    with closing(open_ledger(":memory:")) as ledger:
        report = mail(
            plan(people(50)),
            ledger,
            failover(one, two),
            clock=clock,
            lanes=1,
            on_doubt=State.WAITING,
            deadline=36_000,
        )
    assert report.accepted == 50
    assert begun.count(begun[0]) == 2
    assert begun[0] not in {take.address for take in two.takes}
