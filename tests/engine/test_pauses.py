"""Hours, warm-up, pauses and windows, as a whole mailing keeps them."""

from __future__ import annotations

import datetime as dt
import itertools
from contextlib import closing

import pytest

from engine.carriers import Carrier
from engine.fleet import DAY, mail, people, plan
from safesend.clock import SYSTEM
from safesend.delivery import Accepted, Deferred, Refused, Stage
from safesend.engine.events import Held
from safesend.errors import TransportError
from safesend.ledger import open_ledger
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.testing import FakeClock

_OFFICE = SendingHours("Mon-Fri 09:00-17:00", tz="UTC")
_QUOTA = Deferred(Stage.RCPT, 421, "4.7.28", "unusual rate of mail")


def _date(text):
    return dt.datetime.fromisoformat(f"{text}+00:00").timestamp()


def _clock(text="2026-03-02 10:00"):
    """A Monday morning, if nothing else is said."""
    return FakeClock(_date(text), settle=0.0)


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers keep the same promises."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


# Sending hours.


def test_out_of_hours_nothing_leaves(ledger):
    """The call says when it may go on, and does not wait for it."""
    clock = _clock("2026-02-28 12:00")
    carrier = Carrier(clock)
    report = mail(plan(people(30)), ledger, carrier, clock=clock, hours=_OFFICE)
    assert (report.accepted, report.waiting, carrier.takes) == (0, 30, [])
    assert report.next_due == _date("2026-03-02 09:00")
    assert clock.slept < 1


def test_when_the_hours_come_it_goes_on(ledger):
    """Another call, or the same one if its deadline is late enough."""
    clock = _clock("2026-03-02 08:59:30")
    carrier = Carrier(clock)
    report = mail(plan(people(30)), ledger, carrier, clock=clock, hours=_OFFICE)
    assert report.accepted == 30
    assert min(take.date for take in carrier.takes) >= _date("2026-03-02 09:00")


def test_at_closing_time_it_stops(ledger):
    """What has not left waits for the next morning, whichever way it was in hand."""
    clock = _clock("2026-03-02 16:59:00")
    carrier = Carrier(clock)
    report = mail(
        plan(people(100)),
        ledger,
        carrier,
        clock=clock,
        hours=_OFFICE,
        throttle=Throttle("1/s"),
    )
    assert 55 <= report.accepted <= 61
    assert report.accepted + report.waiting == 100
    assert max(take.date for take in carrier.takes) < _date("2026-03-02 17:00")
    assert report.next_due == _date("2026-03-03 09:00")
    clock.advance(16 * 3600 + 60)
    again = mail(plan(people(100)), ledger, carrier, clock=clock, hours=_OFFICE)
    assert again.accepted == 100
    assert min(t.date for t in carrier.takes[report.accepted :]) >= report.next_due


def test_a_late_deadline_spans_the_lunch_break(ledger):
    """One call waits for the hours that come, and sends within hours only."""
    hours = SendingHours("Mon-Fri 09:00-12:00, 12:30-17:00", tz="UTC")
    clock = _clock("2026-03-02 11:59:30")
    carrier = Carrier(clock)
    report = mail(
        plan(people(60)),
        ledger,
        carrier,
        clock=clock,
        hours=hours,
        throttle=Throttle("1/s"),
        deadline=3600,
    )
    assert report.accepted == 60
    noon, half_past = _date("2026-03-02 12:00"), _date("2026-03-02 12:30")
    assert not [take for take in carrier.takes if noon <= take.date < half_past]
    assert [take for take in carrier.takes if take.date >= half_past]


# Warm-up.


@pytest.mark.slow
def test_a_warm_up_is_spread_over_its_day(ledger):
    """200 a day are one in 432 seconds; the next day it is a little faster."""
    clock = _clock()
    carrier = Carrier(clock)
    throttle = Throttle("200/day -> 50k/day over 21d")
    for _ in range(2):
        mail(
            plan(people(60)),
            ledger,
            carrier,
            clock=clock,
            throttle=throttle,
            deadline=1800,
        )
        clock.advance(DAY - 1800)
    times = carrier.times()
    first = [time for time in times if time < DAY]
    second = [time for time in times if time >= DAY]
    assert len(first) in {4, 5}
    assert [round(gap) for gap in _gaps(first)] == [432] * (len(first) - 1)
    # Times 250 in twenty steps: a factor of 1.318.
    assert {round(gap) for gap in _gaps(second)} == {328}


def _gaps(times):
    return [later - earlier for earlier, later in itertools.pairwise(times)]


# Pauses.


def _until(date, clock):
    """Google has had enough until that date; everybody else takes."""

    def answer(envelope):
        if envelope.recipient.domain == "gmail.com" and clock.now() < date:
            return _QUOTA
        return Accepted()

    return answer


def _two(count=20):
    return [*people(count, "gmail.com"), *people(count)]


def test_a_quota_pauses_its_provider_alone(ledger):
    """The others have theirs; its rows wait, no try is counted, and it is told."""
    clock, events = _clock(), []
    carrier = Carrier(clock, _until(clock.now() + 30, clock))
    report = mail(
        plan(_two()), ledger, carrier, clock=clock, lanes=4, tell=events.append
    )
    assert (report.accepted, report.waiting) == (20, 20)
    assert len(carrier.times("gmail.com")) <= 4
    assert clock.now() + 590 <= report.next_due <= clock.now() + 600
    [held] = [event for event in events if isinstance(event, Held)]
    assert (held.route, held.provider) == ("carrier:", "google")
    assert "4.7.28" in held.reason


def test_a_pause_is_known_to_the_next_call(tmp_path):
    """Another process takes it from the ledger, and keeps it to its end."""
    clock = _clock()
    carrier = Carrier(clock, _until(clock.now() + 30, clock))
    place = tmp_path / "a.db"
    with closing(open_ledger(place)) as ledger:
        mail(plan(_two()), ledger, carrier, clock=clock)
    asked = len(carrier.times("gmail.com"))
    with closing(open_ledger(place)) as ledger:
        [flow] = [flow for flow in ledger.flows() if flow.paused_until > clock.now()]
        assert (flow.route, flow.provider) == ("carrier:", "google")
        clock.advance(300)
        report = mail(plan(_two()), ledger, carrier, clock=clock)
        assert (report.sent_now, report.next_due) == (0, flow.paused_until)
        assert len(carrier.times("gmail.com")) == asked
    clock.advance(400)
    with closing(open_ledger(place)) as ledger:
        report = mail(plan(_two()), ledger, carrier, clock=clock, deadline=7200)
    assert report.accepted == 40
    later = [t.date for t in carrier.takes if t.address.endswith("gmail.com")][asked:]
    assert min(later) >= flow.paused_until


def test_a_late_deadline_outlasts_a_pause(ledger):
    """The same call goes on when the pause is over."""
    clock = _clock()
    carrier = Carrier(clock, _until(clock.now() + 30, clock))
    began = clock.now()
    report = mail(plan(_two()), ledger, carrier, clock=clock, lanes=4, deadline=7200)
    assert report.accepted == 40
    later = [t.date for t in carrier.takes if t.address.endswith("gmail.com")][4:]
    assert min(later) >= began + 600


def test_a_pause_of_the_whole_route_ends_as_well(ledger):
    """Refused five times in a row by policy: an hour of rest, then it goes on."""
    clock = _clock()
    refused = Refused(Stage.RCPT, 550, "5.7.1", "not on this list")
    began = clock.now()
    carrier = Carrier(
        clock, lambda _: refused if clock.now() < began + 60 else Accepted()
    )
    report = mail(plan(people(40)), ledger, carrier, clock=clock, lanes=1)
    assert (report.refused, report.waiting) == (5, 35)
    assert began + 3590 <= report.next_due <= began + 3610
    clock.advance(1000)
    report = mail(plan(people(40)), ledger, carrier, clock=clock, deadline=7200)
    assert (report.refused, report.accepted) == (5, 35)
    assert min(t.date for t in carrier.takes[5:]) >= began + 3590


@pytest.mark.parametrize("lanes", [1, 8])
def test_three_refusals_of_the_letter_stop_the_run(ledger, lanes):
    """What is said of one letter three times in a row is said of all of them."""
    clock = _clock()
    spam = Refused(Stage.CONTENT, 554, "5.7.1", "looks like spam")
    carrier = Carrier(clock, lambda _: spam)
    with pytest.raises(TransportError, match="3 times in a row"):
        mail(plan(people(100)), ledger, carrier, clock=clock, lanes=lanes)
    assert len(carrier.takes) <= 3 + lanes
    report = mail(plan(people(100)), ledger, Carrier(clock), clock=clock)
    assert report.accepted + report.refused == 100
    assert report.refused == len(carrier.takes)


def test_a_success_between_forgives(ledger):
    """Two in a row, again and again, stop nothing."""
    clock = _clock()
    spam = Refused(Stage.CONTENT, 554, "5.7.1", "looks like spam")
    calls = iter(range(1000))
    carrier = Carrier(clock, lambda _: spam if next(calls) % 3 else Accepted())
    report = mail(plan(people(90)), ledger, carrier, clock=clock, lanes=1)
    assert (report.accepted, report.refused, report.stopped) == (30, 60, None)


# Windows.


def test_sessions_grow_with_success(ledger):
    """From two to as many lanes as there are, while each is at work."""
    carrier = Carrier(SYSTEM, seconds=0.01)
    report = mail(plan(people(1500)), ledger, carrier, clock=SYSTEM, lanes=8)
    assert report.accepted == 1500
    assert carrier.widest == 8
    opened = [time for time, _ in carrier.connects]
    assert opened[1] - opened[0] < opened[2] - opened[0]


@pytest.mark.parametrize("most", [1, 2, 5])
def test_sessions_stay_below_what_a_server_bears(ledger, most):
    """It says once or twice that there are too many; then it is not asked again."""
    carrier = Carrier(SYSTEM, seconds=0.01, most=most)
    report = mail(plan(people(400)), ledger, carrier, clock=SYSTEM, lanes=8)
    assert report.accepted == 400
    assert carrier.widest == most
    refused = [time for time, let_in in carrier.connects if not let_in]
    assert 1 <= len(refused) <= 3


def test_a_dead_server_rests_and_is_probed(ledger):
    """Few tries, further and further apart; when it lives all goes on, once each."""
    clock = _clock()
    began = clock.now()
    dead_from, dead_until = began + 10, began + 1000

    def dead(date):
        return dead_from <= date < dead_until

    def answer(_):
        if dead(clock.now()):
            return Deferred(Stage.MAIL, 421, "4.3.2", "closing")
        return Accepted()

    carrier = Carrier(clock, answer, seconds=1.0, dead=dead)
    report = mail(plan(people(200)), ledger, carrier, clock=clock, deadline=DAY / 4)
    assert report.accepted == 200
    assert len(set(carrier.accepted)) == len(carrier.accepted) == 200
    tries = [time for time, let_in in carrier.connects if not let_in]
    assert len(tries) <= 20
    probes = [gap for gap in _gaps(tries) if gap > 40]
    assert probes == sorted(probes)
    assert clock.now() - began < 1000 + 1200
