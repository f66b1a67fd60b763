"""Whoever sends purges what is over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fleet import DAY, mail, people, plan
from safesend.engine.enrol import Guards
from safesend.engine.retention import purge_over
from safesend.errors import CampaignPurged
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.ledger.memory import MemoryLedger
from safesend.testing import FakeClock
from safesend.transports import MemoryTransport


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


def sent(ledger, name, clock, *, keep_for=None, count=2):
    transport = MemoryTransport()
    report = mail(
        plan(people(count), name=name),
        ledger,
        transport,
        clock=clock,
        keep_for=keep_for,
    )
    return report, transport.messages


def test_a_later_mailing_purges_what_is_over(ledger):
    """Another campaign's, and only when its time has come; the report names it."""
    clock = FakeClock()
    sent(ledger, "spring", clock, keep_for=30 * DAY)
    sent(ledger, "summer", clock)
    clock.advance(29 * DAY)
    report, _ = sent(ledger, "autumn", clock)
    assert report.purged == ()
    clock.advance(2 * DAY)
    report, messages = sent(ledger, "autumn", clock, count=3)
    assert (report.purged, len(messages)) == (("spring",), 1)
    assert report.to_json()["purged"] == ("spring",)
    purged = {one.name: one.purged is not None for one in ledger.campaigns()}
    assert purged == {"spring": True, "summer": False, "autumn": False}


def test_a_purged_campaign_refuses_to_send(ledger):
    """Before the list is read, and whatever is confirmed: nobody gets it twice."""
    clock = FakeClock()
    sent(ledger, "spring", clock, keep_for=DAY)
    clock.advance(2 * DAY)
    sent(ledger, "summer", clock)

    def unread():
        raise AssertionError("the list was read")
        yield

    transport = MemoryTransport()
    with pytest.raises(CampaignPurged, match="'spring' was purged on"):
        mail(plan(unread(), name="spring"), ledger, transport, clock=clock)
    assert transport.messages == []


def test_a_campaign_does_not_purge_itself(ledger):
    """A script that is run every night finds its own campaign as it was."""
    clock = FakeClock()
    sent(ledger, "spring", clock, keep_for=DAY)
    clock.advance(9 * DAY)
    report, messages = sent(ledger, "spring", clock)
    assert (report.purged, report.accepted, messages) == ((), 2, [])


def test_what_is_open_is_not_purged(ledger):
    """However long somebody has been waiting."""
    clock = FakeClock()
    sent(ledger, "spring", clock, keep_for=DAY)
    spring = ledger.campaigns()[0].id
    sent(ledger, "summer", clock)
    clock.advance(9 * DAY)
    run = ledger.start_run(spring, clock.now())
    # Somebody else is at work on it at this moment.
    assert purge_over(ledger, 0, clock.now()) == ()
    ledger.end_run(run, clock.now())
    assert purge_over(ledger, 0, clock.now()) == ("spring",)
    assert ledger.counts(spring) == {State.ACCEPTED: 2}
    assert purge_over(ledger, 0, clock.now()) == ()


@given(
    before=st.integers(1, 4),
    after=st.integers(1, 6),
    waits=st.booleans(),
    confirm=st.booleans(),
    changed=st.booleans(),
)
def test_whatever_is_sent_after_a_purge_is_refused(
    before, after, waits, confirm, changed
):
    """The same list or another, the same letter or not: not one message."""
    ledger, clock = MemoryLedger(), FakeClock()
    first = MemoryTransport()
    hold = {"deadline": 0.0} if waits else {}
    mail(plan(people(before), name="spring"), ledger, first, clock=clock, **hold)
    ledger.persons.purge(1, actor="ada", reason="x", now=clock.now(), unfinished=True)
    again = MemoryTransport()
    later = plan(
        people(after),
        name="spring",
        text="Another {{ name }}" if changed else "Dear {{ name }}",
        guards=Guards(confirm_changes=confirm),
    )
    with pytest.raises(CampaignPurged):
        mail(later, ledger, again, clock=clock)
    assert again.messages == []
    other, _ = sent(ledger, "summer", clock, count=after)
    assert other.accepted == after
