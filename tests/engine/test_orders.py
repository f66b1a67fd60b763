"""What people order while mail goes out: pause, go on, end; as a whole or in part."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from engine.carriers import Carrier
from engine.fleet import mail, people, plan
from safesend.clock import SYSTEM
from safesend.delivery import Accepted, Deferred, Stage
from safesend.engine.events import Idle
from safesend.engine.orders import in_words, stopping, waits_for
from safesend.ledger import open_ledger
from safesend.ledger.base import Control
from safesend.ledger.orders import Hold, Ordered
from safesend.testing import FakeClock

_NOON = dt.datetime(2026, 3, 2, 12).astimezone().timestamp()
_GOOGLE = Hold("google", Control.PAUSE, "bounces", "ada", _NOON)


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers keep the same promises."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


def _clock():
    return FakeClock(_NOON, settle=0.0)


def _hold(ledger, control, provider="google"):
    for campaign in ledger.campaigns():
        ledger.orders.hold(
            campaign.id, provider, control, actor="ada", reason="", now=_NOON
        )


def _steer(ledger, control):
    [campaign] = ledger.campaigns()
    ledger.set_control(campaign.id, control, actor="ada", reason="stop", now=_NOON)


def _two(count=30):
    return plan([*people(count, "gmail.com"), *people(count)])


# Words.


@pytest.mark.parametrize(
    ("hold", "words"),
    [
        (_GOOGLE, "paused for google by ada since 12:00: bounces"),
        (Hold("", Control.CANCEL, "", "", _NOON), "cancelled since 12:00"),
        (Hold("", Control.PAUSE, "", "ada", _NOON - 86_400), "2026-03-01 12:00"),
    ],
)
def test_an_order_is_told_with_who_when_and_why(hold, words):
    """What nobody said is left out, and a date of another day has its day."""
    assert in_words(hold, _NOON + 60).endswith(words)


def test_only_a_word_about_everything_stops_a_run():
    """A provider is held without it."""
    assert stopping(Ordered(holds=(_GOOGLE,)), _NOON) is None
    ordered = Ordered(Control.PAUSE, "why", "ada", _NOON, holds=(_GOOGLE,))
    assert stopping(ordered, _NOON) == "paused by ada at 12:00: why"


@pytest.mark.parametrize(
    ("ordered", "due", "waiting", "word"),
    [
        (Ordered(), 5.0, 1, None),
        (Ordered(Control.PAUSE), 5.0, 1, "order"),
        (Ordered(Control.PAUSE), None, 0, None),
        (Ordered(holds=(_GOOGLE,)), None, 1, "order"),
        (Ordered(holds=(_GOOGLE,)), 5.0, 1, None),
        (Ordered(begins=20.0), 20.0, 1, "delay"),
        (Ordered(begins=20.0), 30.0, 1, None),
        (Ordered(begins=5.0), 5.0, 1, None),
    ],
)
def test_what_is_waited_for(ordered, due, waiting, word):
    """An order counts where nothing else would be due."""
    held = bool(ordered.holds)
    assert waits_for(ordered, due, waiting, 10.0, held_back=held) == word


# A provider.


def test_a_provider_on_hold_waits_while_the_others_flow(ledger):
    """It was held before: none of its mail goes, and the call ends and says so."""
    clock = _clock()
    carrier = Carrier(clock)
    ledger.campaign("test", _NOON)
    _hold(ledger, Control.PAUSE)
    report = mail(_two(), ledger, carrier, clock=clock)
    assert (report.accepted, report.waiting, report.waiting_for) == (30, 30, "order")
    assert carrier.times("gmail.com") == []
    assert clock.slept < 60


def _at(number, do):
    """An answer to every message that does something at the one with that number."""
    seen = []

    def answer(envelope):
        seen.append(envelope)
        if len(seen) == number:
            do()
        return Accepted()

    return answer


def _slow(answer):
    """A carrier in real time: two sessions need three seconds for a list of 300."""
    return Carrier(SYSTEM, answer, seconds=0.02)


def test_a_hold_is_heard_within_a_second(ledger):
    """What is in hand for it goes back; what is on the wire is finished."""
    carrier = _slow(_at(20, lambda: _hold(ledger, Control.PAUSE)))
    report = mail(_two(150), ledger, carrier, clock=SYSTEM)
    google = carrier.times("gmail.com")
    assert len(carrier.times("example.org")) == 150
    assert 0 < len(google) < 150
    assert report.accepted == 150 + len(google)
    assert report.waiting == 150 - len(google)
    assert (report.waiting_for, report.next_due, report.stopped) == (
        "order",
        None,
        None,
    )
    assert [(hold.provider, hold.actor) for hold in report.held] == [("google", "ada")]


def test_what_is_lifted_flows_again_in_the_same_run(ledger):
    """Nothing needs to be started anew."""
    others = itertools.count(1)

    def answer(envelope):
        if envelope.recipient.domain == "example.org":
            number = next(others)
            if number in {10, 100}:
                _hold(ledger, Control.PAUSE if number == 10 else Control.RUN)
        return Accepted()

    carrier = _slow(answer)
    everybody = plan([*people(60, "gmail.com"), *people(200)])
    report = mail(everybody, ledger, carrier, clock=SYSTEM)
    assert (report.accepted, report.held) == (260, ())
    assert len(set(carrier.accepted)) == 260
    assert max(carrier.times("gmail.com")) - min(carrier.times("gmail.com")) > 1


def test_a_cancelled_provider_is_over(ledger):
    """What was on the wire is accepted, the rest cancelled, and the others flow."""
    carrier = _slow(_at(20, lambda: _hold(ledger, Control.CANCEL)))
    report = mail(_two(150), ledger, carrier, clock=SYSTEM)
    google = len(carrier.times("gmail.com"))
    assert (report.accepted, report.cancelled) == (150 + google, 150 - google)
    assert (report.waiting, report.waiting_for, report.stopped) == (0, None, None)


def test_with_a_deadline_it_waits_for_the_hold_to_be_lifted(ledger):
    """Nobody knows when that is: it neither spins nor gives up before."""
    told = []

    def tell(event):
        if isinstance(event, Idle):
            told.append(event)
            _hold(ledger, Control.RUN)

    ledger.campaign("test", _NOON)
    _hold(ledger, Control.PAUSE)
    until = SYSTEM.now() + 60
    report = mail(_two(), ledger, Carrier(SYSTEM), clock=SYSTEM, deadline=60, tell=tell)
    assert [event.waiting for event in told] == ["order"]
    assert told[0].until == pytest.approx(until, abs=10)
    assert (report.accepted, report.waiting_for) == (60, None)


def test_at_the_deadline_it_waits_no_longer(ledger):
    """Whoever is held waits for another call."""
    clock = _clock()
    ledger.campaign("test", _NOON)
    _hold(ledger, Control.PAUSE)
    report = mail(_two(), ledger, Carrier(clock), clock=clock, deadline=3600)
    assert clock.now() == pytest.approx(_NOON + 3600, abs=2)
    assert (report.accepted, report.waiting, report.waiting_for) == (30, 30, "order")


def test_a_deadline_is_not_waited_for_where_nobody_is_held(ledger):
    """A hold of a provider without mail makes no call longer."""
    clock = _clock()
    ledger.campaign("test", _NOON)
    _hold(ledger, Control.PAUSE, "nobody.example")
    report = mail(_two(), ledger, Carrier(clock), clock=clock, deadline=3600)
    assert (report.accepted, clock.slept < 60) == (60, True)


def test_rows_of_a_held_provider_that_were_put_off_hold_up_nobody(ledger):
    """Their dates come, and nothing is asked for in vain."""
    clock = _clock()

    def answer(envelope):
        if envelope.recipient.domain == "gmail.com":
            _hold(ledger, Control.PAUSE)
            return Deferred(Stage.RCPT, 450, "4.2.0", "later")
        return Accepted()

    report = mail(_two(), ledger, Carrier(clock, answer), clock=clock)
    assert (report.accepted, report.waiting_for) == (30, "order")
    assert clock.slept < 60


# Everything.


def test_a_pause_without_a_deadline_ends_the_call(ledger):
    """Who paused it, when and why stands in the report."""
    carrier = _slow(_at(20, lambda: _steer(ledger, Control.PAUSE)))
    report = mail(_two(150), ledger, carrier, clock=SYSTEM)
    assert report.stopped.startswith("paused by ada at 2026-03-02 12:00: stop")
    assert report.accepted == len(carrier.accepted) < 300
    assert (report.waiting, report.in_doubt) == (300 - report.accepted, 0)
    assert carrier.open == 0


def test_with_a_deadline_a_paused_run_goes_on_when_it_is_resumed(ledger):
    """Meanwhile it holds no session."""
    told = []

    def tell(event):
        if isinstance(event, Idle):
            told.append(event.waiting)
        if told and not carrier.open:
            _steer(ledger, Control.RUN)

    carrier = _slow(_at(20, lambda: _steer(ledger, Control.PAUSE)))
    report = mail(_two(150), ledger, carrier, clock=SYSTEM, deadline=60, tell=tell)
    assert told == ["order"]
    assert (report.accepted, report.stopped) == (300, None)
    assert len(set(carrier.accepted)) == 300


def test_a_pause_that_lasts_until_the_deadline_is_the_reason(ledger):
    """The call returns by then, with everything as it was."""
    clock = _clock()
    ledger.campaign("test", _NOON)
    _steer(ledger, Control.PAUSE)
    report = mail(_two(), ledger, Carrier(clock), clock=clock, deadline=3600)
    assert report.stopped == "paused by ada at 12:00: stop"
    assert (report.accepted, report.waiting, report.waiting_for) == (0, 60, "order")
    assert clock.now() == pytest.approx(_NOON + 3600, abs=2)


@pytest.mark.parametrize("deadline", [None, 60])
def test_a_cancelled_campaign_ends_at_once(ledger, deadline):
    """What was on the wire is accepted; for everybody else it is over."""
    carrier = _slow(_at(20, lambda: _steer(ledger, Control.CANCEL)))
    report = mail(_two(150), ledger, carrier, clock=SYSTEM, deadline=deadline)
    assert report.stopped.startswith("cancelled by ada at 2026-03-02 12:00: stop")
    assert report.accepted == len(carrier.accepted) < 300
    assert (report.cancelled, report.waiting) == (300 - report.accepted, 0)
    assert report.seconds < 30
