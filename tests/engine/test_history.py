"""What a run leaves in the ledger for whoever asks later."""

from __future__ import annotations

import attrs
import pytest

from engine.carriers import Carrier
from engine.fleet import mail, people, plan
from safesend.delivery import Accepted, NotSent, Stage
from safesend.errors import SafesendError
from safesend.ledger import open_ledger
from safesend.ledger.history import Sessions
from safesend.testing import FakeClock
from safesend.transports import MemoryTransport, failover


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers tell the same."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


def past(ledger):
    [record] = ledger.campaigns()
    return ledger.history.chronicle(record.id, 0)


class Quiet:
    """A session of somebody else's, which knows nothing of security."""

    usable = True

    async def deliver(self, envelopes):
        for _ in envelopes:
            yield Accepted()

    async def close(self):
        """Closed."""


@attrs.frozen(eq=False)
class Foreign(MemoryTransport):
    """A carrier that was written before sessions said how they are secured."""

    async def connect(self, route):
        return Quiet()


def test_a_carrier_need_not_say_how_it_is_secured(ledger):
    """
    Its sessions are counted all the same.
    """
    mail(plan(people(20)), ledger, Foreign(), lanes=1)

    assert past(ledger).sessions == (Sessions("memory:", "", 1),)


def test_sessions_are_counted_over_all_runs(ledger):
    """
    A line that broke and was made anew is two.
    """
    transport = MemoryTransport()
    transport.answers(Accepted(), NotSent(Stage.CONTENT))
    mail(plan(people(5)), ledger, transport, lanes=1)
    mail(plan(people(7)), ledger, transport, lanes=1)
    [told] = past(ledger).sessions

    assert told == Sessions("memory:", "kept in the memory of this process", 3)
    assert [note.new for note in past(ledger).rehearsals] == [5, 2]
    assert [note.rows for note in past(ledger).rehearsals] == [5, 7]


def test_switches_of_every_run_are_kept(ledger):
    """
    With the reason; the other carrier takes the mail of both.
    """
    clock = FakeClock(settle=0.0)
    one = Carrier(clock, name="one:", dead=lambda _: True)
    both = failover(one, MemoryTransport())
    mail(plan(people(5)), ledger, both, clock=clock)
    clock.advance(3600)
    mail(plan(people(7)), ledger, both, clock=clock)
    told = past(ledger).switches

    assert [(each.left, each.to, each.reason) for each in told] == [
        ("one:", "memory:", "connection refused")
    ] * 2
    assert told[1].at - told[0].at >= 3600


def test_a_run_that_did_its_work_gives_no_reason(ledger):
    """
    Only one that ended before that does.
    """
    mail(plan(people(2)), ledger, MemoryTransport())
    [run] = past(ledger).runs

    assert (run.stopped, run.relay, run.alive) == ("", "memory:", False)
    assert run.actor
    assert run.started <= run.ended


def test_a_defect_is_told_without_what_it_says(ledger):
    """
    Only its kind: what an unforeseen error says may hold anything.
    """

    def answer(envelope):
        raise ValueError(envelope.recipient.wire)

    with pytest.raises(ValueError, match="@"):
        mail(plan(people(2)), ledger, MemoryTransport(answer))
    [run] = past(ledger).runs

    assert run.stopped == "ValueError"


def test_what_we_foresaw_is_told_in_its_words(ledger):
    """
    They say what to do, and name nobody.
    """

    def answer(_):
        raise SafesendError("the relay of ada@example.org is gone; ask her")

    with pytest.raises(SafesendError):
        mail(plan(people(2)), ledger, MemoryTransport(answer))
    [run] = past(ledger).runs

    assert run.stopped == "the relay of a…@example.org is gone; ask her"
