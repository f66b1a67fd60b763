"""A pilot goes alone; the rest goes when a person or its thresholds say so."""

from __future__ import annotations

from collections import Counter
from contextlib import closing

import pytest

from engine.carriers import Carrier
from engine.fleet import mail, people, plan
from safesend.clock import SYSTEM
from safesend.delivery import Accepted, Deferred, InDoubt, Refused, Stage
from safesend.engine.enrol import Guards
from safesend.engine.events import Idle, Stopping
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.policies import Pilot
from safesend.testing import FakeClock
from safesend.transports import MemoryTransport

GONE = "the pilot of 5 has gone out"
AGAIN = Guards(confirm_changes=True)


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers hold the rest back."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    with closing(open_ledger(place)) as opened:
        yield opened


@pytest.fixture
def clock():
    """Jumps."""
    return FakeClock()


def _copies(carrier):
    return Counter(str(envelope.recipient.wire) for envelope in carrier.messages)


def _release(ledger, now=0.0):
    return ledger.consent.release(1, actor="ada", reason="fine", now=now)


@pytest.mark.parametrize("lanes", [1, 8])
def test_exactly_the_first_go(ledger, lanes):
    """And nobody else in any later run, until somebody approves."""
    carrier, told = MemoryTransport(), []
    report = mail(
        plan(people(40)),
        ledger,
        carrier,
        pilot=Pilot(5),
        lanes=lanes,
        tell=told.append,
    )
    first = {f"p{number}@example.org" for number in range(5)}
    assert set(_copies(carrier)) == first
    assert report.stopped.startswith(f"{GONE}: look at it, then: ")
    assert (report.waiting_for, report.next_due) == ("pilot", None)
    assert (report.accepted, report.waiting) == (5, 35)
    assert Stopping(report.stopped) in told
    for pilot in (None, Pilot(5), Pilot(20), Pilot(1, "1s")):
        again = mail(plan(people(60)), ledger, carrier, pilot=pilot, deadline=9)
        assert again.sent_now == 0
        assert again.stopped == report.stopped
    assert _release(ledger)
    assert mail(plan(people(60)), ledger, carrier, pilot=Pilot(5)).sent_now == 55
    assert set(_copies(carrier).values()) == {1}


@pytest.mark.parametrize("deadline", [None, 9])
def test_a_run_hears_a_release_before_it_saw_the_pilot(ledger, deadline):
    """Somebody lets the rest go while the very first are on the wire."""

    def answer(_):
        _release(ledger)
        return Accepted()

    carrier = MemoryTransport(answer=answer)
    report = mail(plan(people(40)), ledger, carrier, pilot=Pilot(5), deadline=deadline)
    assert (report.accepted, report.waiting) == (40, 0)
    assert set(_copies(carrier).values()) == {1}


def test_how_to_approve_names_the_ledger(tmp_path):
    """In a ledger of memory there is no command for it."""
    with closing(open_ledger(tmp_path / "a b.db")) as ledger:
        report = mail(plan(people(9)), ledger, MemoryTransport(), pilot=Pilot(5))
        assert report.stopped.endswith(f"safesend approve '{ledger.name}'")
    with closing(open_ledger(":memory:")) as ledger:
        report = mail(plan(people(9)), ledger, MemoryTransport(), pilot=Pilot(5))
        assert report.stopped.endswith("campaign.release(ledger=...)")


def test_a_short_list_needs_none(ledger):
    """With no more people than the pilot has, all of them go."""
    report = mail(plan(people(5)), ledger, MemoryTransport(), pilot=Pilot(5))
    assert (report.accepted, report.stopped) == (5, None)


def test_people_of_a_pilot_are_tried_again(ledger, clock):
    """Put off by their server they wait for it, and nobody takes their place."""
    carrier = MemoryTransport()
    carrier.answers(Deferred(Stage.RCPT, 450, "4.2.1", "busy"))
    report = mail(plan(people(40)), ledger, carrier, pilot=Pilot(5), clock=clock)
    assert (report.accepted, report.deferred, report.stopped) == (4, 1, None)
    assert report.waiting_for == "date"
    assert report.next_due > clock.now() + 200
    clock.advance(7200)
    report = mail(plan(people(40)), ledger, carrier, clock=clock)
    assert (report.accepted, report.waiting) == (5, 35)
    assert report.stopped.startswith(GONE)
    assert len({str(one.recipient.wire) for one, _ in carrier.deliveries}) == 5


def test_the_rest_goes_by_itself_in_the_same_call(ledger, clock):
    """With time for it; the listener hears what is waited for."""
    carrier, told, began = Carrier(clock), [], clock.now()
    report = mail(
        plan(people(40)),
        ledger,
        carrier,
        pilot=Pilot(5, "30m", "2%"),
        clock=clock,
        deadline=7200,
        tell=told.append,
    )
    assert (report.accepted, report.stopped) == (40, None)
    dates = [take.date for take in carrier.takes]
    assert max(dates[:5]) < began + 60
    assert min(dates[5:]) >= began + 1800
    [idle] = [event for event in told if isinstance(event, Idle)]
    assert (idle.waiting, idle.until) == ("pilot", pytest.approx(began + 1800, abs=60))
    assert ledger.consent.pilot(1).over == pytest.approx(idle.until, abs=1)
    [order] = ledger.history.chronicle(1, 0.0).orders
    assert (order.what, order.actor) == ("approve", "safesend")
    assert order.reason == f"{GONE}, and 0 of them got nothing"


def test_or_in_a_later_call(ledger, clock):
    """The first one says when; what was said then holds, whatever is said later."""
    carrier = MemoryTransport()
    report = mail(plan(people(40)), ledger, carrier, pilot=Pilot(5, "30m"), clock=clock)
    assert (report.accepted, report.stopped) == (5, None)
    assert report.waiting_for == "pilot"
    assert report.next_due == pytest.approx(clock.now() + 1800, abs=60)
    clock.advance(1700)
    report = mail(plan(people(40)), ledger, carrier, pilot=Pilot(9), clock=clock)
    assert (report.sent_now, report.stopped) == (0, None)
    clock.advance(120)
    assert mail(plan(people(40)), ledger, carrier, clock=clock).sent_now == 35


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (
            Refused(Stage.RCPT, 550, "5.1.1", "no such user"),
            "1 of them got nothing (20 %, more than 10 %)",
        ),
        (InDoubt(text="lost"), "1 of them in doubt"),
    ],
)
def test_thresholds_that_are_missed_ask_a_person(ledger, clock, outcome, why):
    """However much time there is; afterwards it goes like any other."""
    carrier = MemoryTransport()
    carrier.answers(outcome)
    terms = Pilot(5, "1m", "10%")
    report = mail(
        plan(people(40)), ledger, carrier, pilot=terms, clock=clock, deadline=7200
    )
    assert report.stopped.startswith(f"{GONE}, and {why}: look at it, then: ")
    assert report.waiting == 35
    assert _release(ledger)
    assert mail(plan(people(40)), ledger, carrier).waiting == 0


def test_an_approval_reaches_a_run_that_waits(ledger, clock):
    """For a date of the pilot's own people, for example."""
    carrier = MemoryTransport()
    carrier.answers(Deferred(Stage.RCPT, 450, "4.2.1", "busy"))

    def approve(event):
        if isinstance(event, Idle):
            _release(ledger, clock.now())

    report = mail(
        plan(people(40)),
        ledger,
        carrier,
        pilot=Pilot(5),
        clock=clock,
        deadline=7200,
        tell=approve,
    )
    assert (report.accepted, report.stopped) == (40, None)


def test_another_letter_has_a_pilot_of_its_own(ledger):
    """Of as many people as the first one, of those who were never tried."""
    carrier = MemoryTransport()
    mail(plan(people(40)), ledger, carrier, pilot=Pilot(5))
    other = {"text": "Hello {{ name }}", "guards": AGAIN}
    report = mail(plan(people(40), **other), ledger, carrier)
    assert (report.sent_now, report.waiting) == (5, 30)
    assert report.stopped.startswith(GONE)
    _release(ledger)
    report = mail(plan(people(40), **other), ledger, carrier)
    assert (report.sent_now, report.stopped) == (30, None)
    assert set(_copies(carrier).values()) == {1}


def test_a_pilot_may_begin_in_the_middle(ledger):
    """Of a campaign that was begun without: of those who were never tried."""
    carrier = MemoryTransport()
    mail(plan(people(10)), ledger, carrier)
    report = mail(
        plan(people(40), guards=AGAIN), ledger, carrier, pilot=Pilot(5), clock=SYSTEM
    )
    assert (report.sent_now, report.waiting) == (5, 25)


def test_who_cannot_be_written_to_is_one_of_them(ledger):
    """A pilot of five is five people who were tried, not five who were accepted."""
    carrier = Carrier(
        FakeClock(), lambda _: Refused(Stage.RCPT, 550, "5.1.1", "no such user")
    )
    report = mail(plan(people(40)), ledger, carrier, pilot=Pilot(5), lanes=8)
    assert (report.refused, report.waiting) == (5, 35)
    assert len(carrier.takes) == 5
    counts = ledger.counts(1)
    assert counts == {State.REFUSED: 5, State.WAITING: 35}


def test_a_run_beside_waits_for_nobody(ledger):
    """Where another one has the pilot in hand, it says that some are open, and ends."""
    mail(plan(people(40)), ledger, MemoryTransport(), pilot=Pilot(5))
    ledger.consent.plan_pilot(1, Pilot(2), b"another letter")
    other = ledger.start_run(1, SYSTEM.now())
    assert len(ledger.claim(1, other, 9, SYSTEM.now())) == 2
    report = mail(plan(people(40)), ledger, MemoryTransport(), clock=SYSTEM)
    assert report.sent_now == 0
    assert report.stopped.startswith("of the pilot of 2 2 are still open: ")


def test_deferred_people_do_not_make_room(ledger, clock):
    """However often they are put off, no other is tried in their stead."""
    carrier = Carrier(clock, lambda _: Deferred(Stage.RCPT, 450, "4.2.0", "busy"))
    for _ in range(3):
        mail(plan(people(40)), ledger, carrier, pilot=Pilot(5), clock=clock)
        clock.advance(3600)
    assert len({take.address for take in carrier.takes}) == 5
    assert len(carrier.takes) == 15
