"""How a run stands, once a second: what is measured, told and written down."""

from __future__ import annotations

import json
from collections import Counter

import attrs
import pytest

from engine.carriers import Carrier
from engine.fleet import mail, people, plan
from safesend.clock import SYSTEM
from safesend.delivery import Accepted, Deferred, InDoubt, Refused, Stage
from safesend.engine.events import Measured
from safesend.engine.gauges import told_words
from safesend.engine.meter import BOUNDS
from safesend.ledger import open_ledger
from safesend.ledger.flow import Flow
from safesend.ledger.memory import MemoryLedger
from safesend.policies.retry import Retry
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.testing import FakeClock
from safesend.transports import MemoryTransport


def _measured(audience, carrier, *, ledger=None, clock=None, **options):
    """Everything that a mailing measured, in order."""
    told = []
    mail(
        plan(audience),
        ledger or MemoryLedger(),
        carrier,
        clock=clock or FakeClock(settle=0.0),
        tell=told.append,
        **options,
    )
    return [event for event in told if isinstance(event, Measured)]


def _kinds(measured):
    return {event.limit.kind for event in measured if event.limit}


def test_the_last_word_has_every_count():
    """Also of a run that was over before the first second was."""
    transport = MemoryTransport()
    transport.answers(
        Deferred(Stage.RCPT, 450), Refused(Stage.RCPT, 550, "5.1.1"), InDoubt()
    )
    [*_, last] = _measured([*people(10, "gmail.com"), *people(5)], transport, lanes=1)
    assert last.last
    assert last.limit is None
    outcomes = Counter()
    for one in last.booked:
        outcomes[one.outcome] += one.number
    assert outcomes == {"accepted": 12, "deferred": 1, "refused": 1, "in_doubt": 1}
    assert {one.provider for one in last.booked} == {"google", "example.org"}
    assert dict(last.queue) == {
        "accepted": 12,
        "waiting": 1,
        "refused": 1,
        "in_doubt": 1,
    }
    assert last.oldest is not None
    assert (last.sessions, last.busy, last.relay) == (0, 0, "memory:")
    assert last.attempts.bounds == BOUNDS
    assert sum(last.attempts.numbers) == 15


def test_every_value_of_it_is_frozen():
    """A listener cannot change what another one hears."""
    [*_, last] = _measured(people(3), MemoryTransport())
    for value in (last, last.attempts, *last.booked, *last.courses):
        field = attrs.fields(type(value))[0].name
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, field, None)
    assert hash(last) == hash(attrs.evolve(last))


def test_a_rate_that_is_set_is_what_limits_the_pace():
    """And the seconds that were waited for it are counted."""
    measured = _measured(
        people(60), Carrier(FakeClock()), throttle=Throttle("10/s"), lanes=2
    )
    middle = [event for event in measured if not event.last]
    limits = Counter(event.limit.kind for event in middle if event.limit)
    assert limits.most_common(1)[0][0] == "rate"
    assert {event.limit.rate for event in middle if event.limit} == {10.0}
    [waited] = measured[-1].waited
    assert (waited.provider, waited.eased) == ("", False)
    assert 4 <= waited.seconds <= 7


def test_a_provider_that_rests_is_named_with_the_words_that_asked_for_it():
    """Where nobody else has anything in hand."""
    ledger, until = MemoryLedger(), SYSTEM.now() + 4
    pause = Flow(
        route="carrier:",
        provider="google",
        paused_until=until,
        reason="421 4.7.28 too fast",
        changed=SYSTEM.now(),
    )
    ledger.note_flows([pause])
    measured = _measured(
        people(4, "gmail.com"), Carrier(SYSTEM), ledger=ledger, clock=SYSTEM
    )
    limits = {event.limit for event in measured if event.limit and event.at < until}
    assert {(limit.kind, limit.provider) for limit in limits} == {("pause", "google")}
    assert {limit.reply for limit in limits} == {"421 4.7.28 too fast"}


def test_a_rate_that_was_lowered_is_told_with_the_complaint():
    """And how fast it is that is left."""
    slower = Deferred(Stage.RCPT, 450, "4.7.1", "too many messages")
    answers = iter([Accepted()] * 20 + [slower])
    carrier = Carrier(SYSTEM, lambda _: next(answers, Accepted()), seconds=0.02)
    measured = _measured(people(75, "gmail.com"), carrier, clock=SYSTEM, lanes=1)
    limits = [event.limit for event in measured if event.limit]
    [limit, *_] = [one for one in limits if one.kind == "eased"]
    assert limit.reply == "450 4.7.1 too many messages"
    assert any(course.eased for course in measured[-1].courses)


def test_hours_and_dates_are_what_is_waited_for():
    """With the date at which it goes on."""
    clock = FakeClock(settle=0.0)  # a Sunday
    hours = SendingHours("Mon 09:00-17:00 UTC")
    measured = _measured(
        people(2), Carrier(clock), clock=clock, hours=hours, deadline=86_400
    )
    limits = {event.limit for event in measured if event.limit}
    assert {limit.kind for limit in limits} == {"hours"}
    assert {limit.until % 86_400 for limit in limits} == {9 * 3600.0}
    transport = MemoryTransport()
    transport.answers(Deferred(Stage.RCPT, 450))
    measured = _measured(people(1), transport, clock=SYSTEM, retry=Retry.of("3s"))
    assert _kinds(measured[:2]) == {"date"}  # of the first second


def test_a_slow_limit_of_a_provider_is_no_date():
    """Its rows are not even in hand between two of its messages."""
    measured = _measured(
        people(2, "gmail.com"),
        MemoryTransport(),
        clock=SYSTEM,
        throttle=Throttle(per_provider={"google": "24/min"}),
    )
    assert _kinds(measured) == {"rate"}
    [limit] = {event.limit for event in measured if event.limit}
    assert (limit.provider, limit.rate) == ("google", pytest.approx(0.4))


def test_all_lanes_busy_means_that_answers_are_waited_for():
    """And at the end, when nothing is left in hand, those to what is on the wire."""
    measured = _measured(people(60), Carrier(SYSTEM, seconds=0.1), clock=SYSTEM)
    [limit, *_] = [event.limit for event in measured if event.limit]
    assert (limit.kind, limit.number) == ("lanes", 2)


def test_connections_that_a_server_refuses_are_what_it_lacks():
    """With what it said, and how many there are."""
    carrier = Carrier(SYSTEM, seconds=0.1, most=1)
    measured = _measured(people(40), carrier, clock=SYSTEM, lanes=8)
    limits = [event.limit for event in measured[:3] if event.limit]
    # A server with too many connections is also one that wants less.
    assert {limit.kind for limit in limits} <= {"connections", "eased"}
    assert any("Too many connections" in limit.reply for limit in limits)


def test_whoever_cannot_be_reached_is_told():
    """With what keeps it from being so."""
    lives = SYSTEM.now() + 4
    carrier = Carrier(SYSTEM, dead=lambda now: now < lives)
    measured = _measured(people(3), carrier, clock=SYSTEM)
    limits = [event.limit for event in measured if event.limit and event.at < lives]
    assert "reaching" in {limit.kind for limit in limits}
    assert {limit.reply for limit in limits} == {"connection refused"}


def test_the_ledger_knows_while_it_runs_what_the_run_says(tmp_path):
    """As JSON that names nobody, for other processes."""
    seen = []
    with_ledger = open_ledger(tmp_path / "x.db")

    def hear(event):
        if isinstance(event, Measured):
            [sender] = with_ledger.sight.senders(1, event.at)
            seen.append((sender, event))

    clock = FakeClock(settle=0.0)
    mail(
        plan(people(50)),
        with_ledger,
        Carrier(clock),
        clock=clock,
        throttle=Throttle("5/s"),
        tell=lambda event: hear(event) if not getattr(event, "last", False) else None,
    )
    told = [sender for sender, _ in seen if sender.told]
    assert told
    words = json.loads(told[-1].told)
    assert (words["lanes"], words["limit"]["kind"]) == (2, "rate")
    assert all(sender.alive and sender.relay == "carrier:" for sender, _ in seen)
    assert with_ledger.sight.senders(1, clock.now()) == []
    with_ledger.close()
    assert words.keys() == json.loads(told_words(seen[-1][1])).keys()
