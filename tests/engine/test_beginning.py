"""When a campaign begins: after a delay, at a date, and never twice."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from engine.carriers import Carrier
from engine.fleet import mail, people, plan
from safesend.clock import SYSTEM
from safesend.delivery import Deferred, Stage
from safesend.engine.beginning import Beginning
from safesend.engine.enrol import Guards
from safesend.engine.events import Idle, Rehearsed
from safesend.engine.mailing import Mailing
from safesend.engine.settings import Settings
from safesend.engine.verdicts import Booking
from safesend.errors import ConfigurationError
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, State
from safesend.policies.retry import Retry
from safesend.policies.sending_hours import SendingHours
from safesend.testing import FakeClock

_NOW = 1_800_000_000.0
_DELAY = Beginning(delay=300.0)


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers keep the same promises."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


@pytest.fixture
def clock():
    """A clock that jumps."""
    return FakeClock(_NOW, settle=0.0)


def _begins(ledger):
    [campaign] = ledger.campaigns()
    return ledger.orders.ordered(campaign.id).begins


# Values.


@pytest.mark.parametrize(
    ("delay", "start", "date"),
    [
        (0, None, None),
        ("5m", None, _NOW + 300),
        (60, None, _NOW + 60),
        (0, dt.datetime.fromtimestamp(_NOW + 9, dt.UTC), _NOW + 9),
        (0, dt.datetime.fromtimestamp(_NOW + 9), _NOW + 9),  # noqa: DTZ006 - local
        ("1m", dt.datetime.fromtimestamp(_NOW + 9, dt.UTC), _NOW + 60),
        ("1s", dt.datetime.fromtimestamp(_NOW + 9, dt.UTC), _NOW + 9),
        (0, "2027-01-15T08:00:30+00:00", _NOW + 30),
        (0, "2027-01-15 09:00:30+01:00", _NOW + 30),
        (0, "2001-01-01", None),
    ],
)
def test_the_later_of_delay_and_start_counts(delay, start, date):
    """A date without a zone is local time; one that is past begins now."""
    assert Beginning.of(delay, start).date(_NOW) == date


@pytest.mark.parametrize("start", ["tomorrow", "2026-13-01", "9:00", 5, "1-1-1"])
def test_a_date_that_is_none_is_refused(start):
    """The message says how dates are written."""
    with pytest.raises(ConfigurationError, match="2026-12-01 09:00"):
        Beginning.of(0, start)


def test_a_delay_that_is_none_is_refused():
    """As every other length of time."""
    with pytest.raises(ConfigurationError, match="is not understood"):
        Beginning.of("soon", None)


# A whole mailing.


def test_before_it_begins_nobody_is_called(ledger, clock):
    """The run waits, longer than it would for anything else, and says why."""
    told, carrier = [], Carrier(clock)
    report = mail(
        plan(people(30)),
        ledger,
        carrier,
        clock=clock,
        beginning=_DELAY,
        tell=told.append,
    )
    assert report.accepted == 30
    assert min(take.date for take in carrier.takes) >= _begins(ledger)
    assert min(time for time, _ in carrier.connects) >= 300
    idle = [event for event in told if isinstance(event, Idle)]
    assert idle == [Idle(_begins(ledger), "delay")]
    assert _begins(ledger) == pytest.approx(_NOW + 300, abs=1)


def test_a_delay_counts_from_the_end_of_the_rehearsal(ledger, clock):
    """Checking a long list takes its time, and leaves none out of that."""

    def slowly():
        for person in people(3):
            clock.advance(100)
            yield person

    class Slow:
        def __iter__(self):
            return slowly()

    mail(plan(Slow()), ledger, Carrier(clock), clock=clock, beginning=_DELAY)
    assert _begins(ledger) == pytest.approx(_NOW + 900, abs=1)


def test_it_is_called_off_without_a_single_connection(ledger):
    """Within a second; everybody is cancelled, and the report says by whom."""
    carrier = Carrier(SYSTEM)

    def tell(event):
        if isinstance(event, Idle):
            [campaign] = ledger.campaigns()
            ledger.set_control(
                campaign.id, Control.CANCEL, actor="ada", reason="oops", now=1.0
            )

    report = mail(
        plan(people(30)), ledger, carrier, clock=SYSTEM, beginning=_DELAY, tell=tell
    )
    assert (report.cancelled, report.accepted, report.waiting) == (30, 0, 0)
    assert report.stopped.startswith("cancelled by ada")
    assert report.stopped.endswith(": oops")
    assert carrier.connects == []


@pytest.mark.parametrize("deadline", [None, 60, 600])
def test_a_paused_campaign_is_not_waited_for(ledger, clock, deadline):
    """The order counts before the date; with a deadline somebody may lift it."""
    told, carrier = [], Carrier(clock)
    record = ledger.campaign("test", _NOW)
    ledger.set_control(record.id, Control.PAUSE, actor="ada", reason="", now=_NOW)
    report = mail(
        plan(people(3)),
        ledger,
        carrier,
        clock=clock,
        beginning=_DELAY,
        deadline=deadline,
        tell=told.append,
    )
    assert (report.waiting_for, report.waiting, carrier.connects) == ("order", 3, [])
    idle = [event.waiting for event in told if isinstance(event, Idle)]
    assert idle == (["order"] if deadline else [])


def test_a_deadline_may_come_first(ledger, clock):
    """Then the report says when it begins, and the next call waits on."""
    carrier = Carrier(clock)
    report = mail(
        plan(people(5)), ledger, carrier, clock=clock, beginning=_DELAY, deadline=100
    )
    begins = _begins(ledger)
    assert (report.waiting_for, report.next_due) == ("delay", begins)
    assert (report.waiting, carrier.connects) == (5, [])
    assert clock.slept < 300
    for again in (Beginning(), _DELAY, Beginning(start=_NOW + 10)):
        report = mail(
            plan(people(5)), ledger, carrier, clock=clock, beginning=again, deadline=9
        )
        assert (report.waiting_for, report.next_due) == ("delay", begins)
    assert mail(plan(people(5)), ledger, carrier, clock=clock).accepted == 5
    assert min(take.date for take in carrier.takes) >= begins


def test_who_interrupts_the_wait_has_sent_nothing(ledger, clock):
    """A later call waits until the same date."""
    carrier = Carrier(clock)
    still = FakeClock(_NOW, jumps=False)

    async def interrupted():
        going = asyncio.ensure_future(_mailing(ledger, carrier, still, told).mail())
        await told.wait()
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going

    told = asyncio.Event()
    asyncio.run(interrupted())
    assert (carrier.connects, _begins(ledger)) == ([], _NOW + 300)
    assert mail(plan(people(5)), ledger, carrier, clock=clock).accepted == 5
    assert min(take.date for take in carrier.takes) >= _NOW + 300


def _mailing(ledger, carrier, clock, told):
    def tell(event):
        if isinstance(event, Idle):
            told.set()

    settings = Settings(
        booking=Booking(Retry(), State.IN_DOUBT, 1e6), lanes=1, beginning=_DELAY
    )
    return Mailing(
        plan(people(5)), ledger, carrier, settings, clock, tell, lambda: None
    )


def test_where_something_left_nothing_is_held_up_any_more(ledger, clock):
    """Be it that a server put it off: the delay was for the first byte."""
    later = Deferred(Stage.RCPT, 450, "4.2.0", "later")
    mail(plan(people(4)), ledger, Carrier(clock, lambda _: later), clock=clock)
    report = mail(
        plan(people(5)),
        ledger,
        Carrier(clock),
        clock=clock,
        beginning=_DELAY,
        deadline=60,
    )
    assert (report.accepted, _begins(ledger)) == (1, 0)


def test_a_call_that_sent_nothing_can_be_given_a_delay_later(ledger, clock):
    """Where no date was set before."""
    night = SendingHours("09:00-09:01", tz="UTC")
    mail(plan(people(3)), ledger, Carrier(clock), clock=clock, hours=night)
    assert _begins(ledger) == 0
    mail(plan(people(3)), ledger, Carrier(clock), clock=clock, beginning=_DELAY)
    assert _begins(ledger) == pytest.approx(_NOW + 300, abs=2)


def _interrupt(event):
    if isinstance(event, Rehearsed):
        raise InterruptedError


@pytest.mark.parametrize(
    ("text", "again", "moved"),
    [
        ("Other {{ name }}", _DELAY, True),
        ("Other {{ name }}", Beginning(), False),
        ("Dear {{ name }}", _DELAY, False),
        ("Dear {{ name }}", Beginning(start=_NOW + 500), True),
    ],
)
def test_confirmed_changes_set_the_date_anew(ledger, clock, text, again, moved):
    """Another letter has its own time for second thoughts; the same one does not."""
    with pytest.raises(InterruptedError):
        mail(
            plan(people(3)),
            ledger,
            Carrier(clock),
            clock=clock,
            beginning=_DELAY,
            tell=_interrupt,
        )
    first = _begins(ledger)
    clock.advance(100)
    confirmed = Guards(confirm_changes=True)
    mail(
        plan(people(3), text=text, guards=confirmed),
        ledger,
        Carrier(clock),
        clock=clock,
        beginning=again,
    )
    assert (_begins(ledger) > first + 90) is moved
