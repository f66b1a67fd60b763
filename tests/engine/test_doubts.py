"""What is in doubt goes again by itself to the relay that would recognise it."""

from __future__ import annotations

import re
from collections import Counter

import attrs
import pytest

from engine.fleet import mail, people, plan
from safesend.delivery import Deferred, InDoubt, Stage
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, State
from safesend.message.attachment import Attachment
from safesend.message.recipient import Recipient
from safesend.policies.retry import Retry
from safesend.testing import FakeClock
from safesend.transports import Limits, MemoryTransport

TIME = 900.0
HEADER = "Resend-Idempotency-Key"
_KEY = re.compile(rb"^Resend-Idempotency-Key: ([0-9a-f]{32})\r$", re.MULTILINE)


@attrs.frozen(eq=False)
class Relay(MemoryTransport):
    """A relay with a name, which takes what has a key that it knows only once."""

    called: str = attrs.field(default="one:", kw_only=True)
    header: str | None = attrs.field(default=HEADER, kw_only=True)

    @property
    def name(self):
        return self.called

    def limits(self):
        return self.header and Limits(idempotency=(self.header, TIME))

    @property
    def delivered(self):
        """How many of its messages a reader gets, by key."""
        keys = (_KEY.search(envelope.content)[1] for envelope, _ in self.deliveries)
        return Counter(dict.fromkeys(keys, 1))


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers keep the same promises."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


def _send(ledger, relay, count=3, **options):
    header = relay.header if isinstance(relay, Relay) else None
    remembered = 0.0 if header is None else TIME
    mailing = plan(people(count), idempotency=header)
    return mail(mailing, ledger, relay, remembered=remembered, **options)


def _crashed(ledger, relay, clock, count=3):
    """
    A run that died while all rows were on the wire.
    """
    mailing = plan(people(count), idempotency=relay.header)
    silent = attrs.evolve(relay, answer=lambda _: Deferred(Stage.RCPT, 450))
    mail(mailing, ledger, silent, clock=FakeClock(clock.now()), deadline=-1)
    name = relay.name if relay.header is None else f"{relay.name} ({relay.header})"
    [record] = ledger.campaigns()
    run = ledger.start_run(record.id, clock.now(), name)
    assert len(ledger.claim(record.id, run, count, clock.now())) == count
    ledger.end_run(run, clock.now())
    assert ledger.counts(record.id) == {State.IN_DOUBT: count}
    return record.id


@pytest.mark.parametrize("policy", [State.IN_DOUBT, State.ACCEPTED, State.WAITING])
def test_a_lost_answer_is_asked_for_again(ledger, policy):
    """
    In the same call, whatever the policy, with the very same octets.
    """
    relay = Relay()
    relay.answers(InDoubt(), InDoubt())
    report = _send(ledger, relay, on_doubt=policy, lanes=1)
    assert (report.accepted, report.in_doubt) == (3, 0)
    assert len(relay.deliveries) == 5
    assert len({envelope.content for envelope, _ in relay.deliveries}) == 3
    assert len(relay.delivered) == 3


def test_a_doubt_is_held_where_the_relay_knows_nothing(ledger):
    """
    Without such a header nothing goes twice by itself.
    """
    relay = MemoryTransport()
    relay.answers(InDoubt())
    assert _send(ledger, relay).in_doubt == 1
    assert _send(ledger, relay).in_doubt == 1
    assert len(relay.deliveries) == 3


def test_a_relay_that_never_answers_is_asked_until_it_would_forget(ledger):
    """
    Then a person decides; the waits grow, so that it is not asked too often.
    """
    clock = FakeClock()
    relay = Relay(answer=lambda _: InDoubt())
    report = _send(ledger, relay, 1, clock=clock, deadline=3 * TIME)
    assert (report.accepted, report.in_doubt) == (0, 1)
    assert TIME / 4 < clock.slept < 0.9 * TIME
    assert 5 <= len(relay.deliveries) <= 9
    assert len({envelope.content for envelope, _ in relay.deliveries}) == 1


def test_what_waits_for_its_relay_goes_to_no_other(ledger):
    """
    A call that ends in between leaves it to the next, which holds it.
    """
    clock = FakeClock()
    relay, other = Relay(answer=lambda _: InDoubt()), Relay(called="two:")
    assert _send(ledger, relay, clock=clock, deadline=1).waiting == 3
    report = _send(ledger, other, clock=clock, deadline=60)
    assert (report.in_doubt, other.deliveries) == (3, [])
    report = _send(ledger, MemoryTransport(), clock=clock, deadline=60)
    assert report.in_doubt == 3
    again = Relay()
    assert _send(ledger, again, clock=clock, deadline=60).accepted == 3
    assert again.delivered == relay.delivered


def test_what_waits_too_long_is_held(ledger):
    """
    The relay has forgotten by then: it would take a second copy.
    """
    clock = FakeClock()
    relay = Relay(answer=lambda _: InDoubt())
    assert _send(ledger, relay, clock=clock, deadline=1).waiting == 3
    clock.advance(0.9 * TIME)
    again = Relay()
    report = _send(ledger, again, clock=clock, deadline=60)
    assert (report.in_doubt, again.deliveries) == (3, [])


@pytest.mark.parametrize("policy", [State.IN_DOUBT, State.ACCEPTED])
def test_what_a_crash_left_goes_to_its_relay_again(ledger, policy):
    """
    At the start of the next call, dated as it was the first time.
    """
    clock = FakeClock()
    _crashed(ledger, Relay(), clock)
    began = clock.now()
    clock.advance(600)
    relay = Relay()
    report = _send(ledger, relay, clock=clock, on_doubt=policy)
    assert (report.accepted, report.in_doubt, len(relay.deliveries)) == (3, 0, 3)
    [date] = {re.search(rb"Date: .*", e.content)[0] for e in relay.messages}
    assert date == re.search(rb"Date: .*", _at(began).content)[0]


def _at(date):
    """
    Any message that is sent at that time.
    """
    relay = MemoryTransport()
    mail(plan(people(1)), open_ledger(":memory:"), relay, clock=FakeClock(date))
    return relay.messages[0]


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        (Relay(), Relay(called="two:"), 60.0),
        (Relay(), Relay(header=None), 60.0),
        (Relay(header=None), Relay(), 60.0),
        (Relay(header="X-Once"), Relay(), 60.0),
        (Relay(), Relay(), 0.9 * TIME),
    ],
    ids=["another relay", "no key now", "no key then", "another key", "too late"],
)
def test_what_a_crash_left_is_held_for_all_others(ledger, before, after, passed):
    """
    A key that the relay never saw, or forgot, keeps no second copy from anybody.
    """
    clock = FakeClock()
    campaign = _crashed(ledger, before, clock)
    clock.advance(passed)
    report = _send(ledger, after, clock=clock)
    assert (report.in_doubt, after.deliveries) == (3, [])
    assert len(ledger.doubts(campaign)) == 3


def test_a_cancelled_campaign_sends_nothing_again(ledger):
    """
    What is in doubt stays so: it may have arrived, and that is no cancellation.
    """
    clock = FakeClock()
    campaign = _crashed(ledger, Relay(), clock)
    ledger.set_control(
        campaign, Control.CANCEL, actor="ada", reason="", now=clock.now()
    )
    relay = Relay()
    report = _send(ledger, relay, clock=clock)
    assert (report.in_doubt, report.cancelled, relay.deliveries) == (3, 0, [])


def test_a_person_may_send_it_by_another_relay(ledger):
    """
    Who says that it did not arrive takes it off the relay's account.
    """
    clock = FakeClock()
    campaign = _crashed(ledger, Relay(), clock)
    assert ledger.resolve(campaign, State.WAITING, None, clock.now(), "ada") == 3
    other = Relay(called="two:")
    assert _send(ledger, other, clock=clock).accepted == 3


def test_a_doubt_that_cannot_be_made_again_stays_one(ledger, tmp_path):
    """
    Its file is gone since; it may have arrived with the file.
    """
    file = tmp_path / "own.txt"
    file.write_bytes(b"for you alone")
    own = Recipient("a@example.org", [Attachment.from_path(file)], name="Ada")
    relay = Relay(answer=lambda _: InDoubt())
    clock = FakeClock()
    mailing = plan([own], idempotency=HEADER)
    options = {"remembered": TIME, "clock": clock}
    assert mail(mailing, ledger, relay, deadline=1, **options).waiting == 1
    file.unlink()
    report = mail(mailing, ledger, Relay(), deadline=60, **options)
    assert (report.in_doubt, report.failed) == (1, 0)


def test_a_doubt_that_is_put_off_for_too_long_stays_one(ledger):
    """
    The relay says "not now" until the time is over.
    """
    relay = Relay(answer=lambda _: Deferred(Stage.RCPT, 450))
    relay.answers(InDoubt())
    retry = Retry.of("5m, 5m, stop")
    report = _send(ledger, relay, 1, retry=retry, deadline=3 * TIME, clock=FakeClock())
    assert (report.in_doubt, report.expired) == (1, 0)
