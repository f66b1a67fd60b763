"""A mailing over real ledgers and a carrier that keeps what it gets."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections import Counter
from contextlib import nullcontext
from email.utils import parsedate_to_datetime
from pathlib import Path

import attrs
import pytest
import tenacity

from engine.fleet import DAY, mail, people, plan
from safesend import Attachment, Recipient
from safesend.clock import SYSTEM
from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.engine.enrol import Guards
from safesend.engine.events import (
    Gathering,
    Held,
    Progressed,
    Rehearsed,
    Rehearsing,
    Stopping,
)
from safesend.engine.mailing import Mailing
from safesend.engine.settings import Settings
from safesend.engine.verdicts import Booking
from safesend.errors import (
    AudienceError,
    CampaignChanged,
    ConfigurationError,
    LedgerError,
    LedgerForgot,
    TransportError,
    UnsafeMessage,
)
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, NewRow, State
from safesend.ledger.memory import MemoryLedger
from safesend.message.address import Address
from safesend.message.rowdata import pack
from safesend.policies.retry import Retry
from safesend.policies.throttle import Throttle
from safesend.testing import FakeClock, SmtpServer
from safesend.transports import Limits, MemoryTransport, open_transport


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers keep the same promises."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


def _copies(transport):
    return Counter(str(envelope.recipient.wire) for envelope in transport.messages)


def _date(envelope):
    return parsedate_to_datetime(
        re.search(rb"Date: (.*)", envelope.content)[1].decode()
    )


def _dateless(envelope):
    return re.sub(rb"Date: .*", b"", envelope.content)


def test_everybody_gets_one(ledger):
    """
    Every recipient is accepted once, and the counts say so.
    """
    transport = MemoryTransport()
    report = mail(plan(people(700)), ledger, transport, lanes=4)
    assert (report.recipients, report.accepted, report.sent_now) == (700, 700, 700)
    assert report.stopped is None
    assert set(_copies(transport).values()) == {1}
    assert len(transport.messages) == 700


def test_a_second_call_sends_nothing(ledger):
    """
    The ledger knows; a grown list sends to the new people only.
    """
    transport = MemoryTransport()
    mail(plan(people(20)), ledger, transport)
    again = mail(plan(people(20)), ledger, transport)
    assert (again.accepted, again.sent_now) == (20, 0)
    grown = mail(plan(people(25)), ledger, transport)
    assert (grown.accepted, grown.sent_now) == (25, 5)
    assert set(_copies(transport).values()) == {1}


def test_the_message_id_is_the_same_on_every_attempt(ledger):
    """
    A deferred letter comes back as the same message, dated by its first try.
    """
    transport = MemoryTransport()
    transport.answers(Deferred(Stage.RCPT, 450))
    report = mail(plan(people(1)), ledger, transport, deadline=3600)
    (first, _), (second, _) = transport.deliveries
    assert report.accepted == 1
    assert first.message_id == second.message_id
    assert _dateless(first) == _dateless(second)
    assert _date(second) - _date(first) < dt.timedelta(seconds=60)


def test_a_deferral_waits_its_time(ledger):
    """
    450 puts the letter back; after five minutes it goes.
    """
    clock = FakeClock()
    began = clock.now()
    transport = MemoryTransport()
    transport.answers(Deferred(Stage.RCPT, 450))
    mail(plan(people(1)), ledger, transport, clock=clock, deadline=3600)
    assert 270 <= clock.now() - began <= 340


def test_without_a_deadline_a_late_date_ends_the_call(ledger):
    """
    What is due in five minutes counts as deferred, and nobody waits for it.
    """
    transport = MemoryTransport()
    transport.answers(Deferred(Stage.RCPT, 450, "4.2.1", "busy"))
    clock = FakeClock()
    report = mail(plan(people(3)), ledger, transport, clock=clock)
    assert (report.accepted, report.deferred, report.waiting) == (2, 1, 1)
    assert report.next_due > clock.now() + 200
    assert report.reasons["waiting"] == (("450 4.2.1 busy", 1),)


def test_a_refusal_is_final_and_stops_nobody(ledger):
    """
    One 550, and everybody else is accepted; it is not tried again.
    """
    transport = MemoryTransport()
    transport.answers(Refused(Stage.RCPT, 550, "5.1.1", "no such user"))
    report = mail(plan(people(10)), ledger, transport)
    assert (report.accepted, report.refused) == (9, 1)
    assert report.reasons["refused"] == (("550 5.1.1 no such user", 1),)
    assert mail(plan(people(10)), ledger, transport).sent_now == 0


def test_tries_run_out(ledger):
    """
    Always deferred: after the last try the row expires.
    """
    transport = MemoryTransport(answer=lambda _: Deferred(Stage.RCPT, 451))
    retry = Retry(stop=tenacity.stop_after_attempt(3))
    report = mail(plan(people(2)), ledger, transport, deadline=1e6, retry=retry)
    assert (report.expired, report.waiting) == (2, 0)
    assert len(transport.deliveries) == 6


@pytest.mark.parametrize(
    ("policy", "state", "copies"),
    [(State.IN_DOUBT, "in_doubt", 1), (State.ACCEPTED, "accepted", 1)],
)
def test_a_doubt_is_never_sent_again_by_itself(ledger, policy, state, copies):
    """
    The reply to the end of the message is lost: held, or taken as accepted.
    """
    transport = MemoryTransport()
    transport.answers(InDoubt(text="connection lost"))
    mailing = plan(people(5))
    report = mail(mailing, ledger, transport, on_doubt=policy, deadline=1e5)
    assert getattr(report, state) >= 1
    again = mail(mailing, ledger, transport, on_doubt=policy, deadline=1e5)
    assert len(transport.deliveries) == 5 * copies
    assert again.accepted + again.in_doubt == 5


def test_a_doubt_is_sent_again_when_told_to(ledger):
    """
    With `resend` the same message goes again, with the same Message-ID.
    """
    transport = MemoryTransport()
    transport.answers(InDoubt())
    report = mail(
        plan(people(1)), ledger, transport, on_doubt=State.WAITING, deadline=1e5
    )
    assert report.accepted == 1
    assert len({envelope.message_id for envelope, _ in transport.deliveries}) == 1


def test_a_doubt_that_was_held_can_be_resent_later(ledger):
    """
    Another call with the other policy takes up the row that was held.
    """
    transport = MemoryTransport()
    transport.answers(InDoubt())
    assert mail(plan(people(2)), ledger, transport).in_doubt == 1
    report = mail(plan(people(2)), ledger, transport, on_doubt=State.WAITING)
    assert (report.accepted, report.in_doubt) == (2, 0)


def test_a_lost_connection_counts_no_try(ledger):
    """
    Nothing was sent: the row goes again soon, and everybody is accepted.
    """
    transport = MemoryTransport()
    transport.answers(NotSent(Stage.DATA), NotSent(Stage.DATA), NotSent(Stage.DATA))
    report = mail(plan(people(6)), ledger, transport)
    assert report.accepted == 6
    assert set(_copies(transport).values()) == {1}


def test_a_poisonous_message_does_not_go_round_for_ever(ledger):
    """
    Under one message every connection dies: it is put off, the others arrive.
    """

    def answer(envelope):
        if envelope.recipient.local == "p3":
            return NotSent(Stage.DATA, text="connection lost")
        return Accepted()

    transport = MemoryTransport(answer=answer)
    report = mail(plan(people(8)), ledger, transport)
    assert (report.accepted, report.deferred) == (7, 1)
    assert len(transport.deliveries) < 20


def test_a_refused_sender_stops_the_run(ledger):
    """
    MAIL refused for good: the run ends, every row keeps its turn.
    """
    transport = MemoryTransport(answer=lambda _: Refused(Stage.MAIL, 550, "5.7.1"))
    with pytest.raises(TransportError, match="refuses the sender"):
        mail(plan(people(50)), ledger, transport, lanes=1)
    assert len(transport.deliveries) < 5
    report = mail(plan(people(50)), ledger, MemoryTransport())
    assert (report.accepted, report.refused) == (50, 0)


@attrs.frozen
class Unreachable:
    """A carrier that cannot be reached, for good or for now."""

    permanent: bool
    name: str = "nowhere:"

    def route(self, envelope):
        """One route."""
        return self.name

    async def connect(self, route):
        """Fails."""
        raise TransportError("connection refused", permanent=self.permanent)

    def limits(self):
        """None."""
        return


@pytest.mark.parametrize("permanent", [True, False])
def test_an_unreachable_carrier_is_an_error(ledger, permanent):
    """
    Nothing was sent, every row waits, and the error says why.
    """
    with pytest.raises(TransportError, match="connection refused"):
        mail(plan(people(3)), ledger, Unreachable(permanent))
    assert mail(plan(people(3)), ledger, MemoryTransport()).accepted == 3


class Faithless:
    """A carrier whose session dies with an exception after it took a message."""

    name = "faithless:"

    def route(self, envelope):
        """One route."""
        return self.name

    def limits(self):
        """None."""
        return

    async def connect(self, route):
        """Always."""
        return self

    usable = True

    async def deliver(self, envelopes):
        """Breaks its promise."""
        next(iter(envelopes))
        await asyncio.sleep(0)
        raise ValueError("a bug of the carrier")
        yield

    async def close(self):
        """Nothing to close."""


def test_a_carrier_that_breaks_its_promise_leaves_a_doubt(ledger):
    """
    What it took may have left: in doubt; the rest waits; the bug is raised.
    """
    with pytest.raises(ValueError, match="a bug of the carrier"):
        mail(plan(people(4)), ledger, Faithless(), lanes=1)
    report = mail(plan(people(4)), ledger, MemoryTransport())
    assert (report.accepted, report.in_doubt) == (3, 1)


def test_the_throttle_holds(ledger):
    """
    10 a second: a hundred messages take ten seconds of the clock.
    """
    clock = FakeClock()
    began = clock.monotonic()
    report = mail(
        plan(people(100)),
        ledger,
        MemoryTransport(),
        clock=clock,
        throttle=Throttle("10/s"),
    )
    assert report.accepted == 100
    assert 9.8 <= clock.monotonic() - began <= 15


def test_a_leak_stops_everything_and_leaves_no_trace(ledger):
    """
    One bad row: nobody is mailed, and the ledger has no row of it.
    """
    audience = [*people(5), Recipient("bad@example.org", name="x\r\nBcc: e@f.example")]
    transport = MemoryTransport()
    with pytest.raises((UnsafeMessage, AudienceError)):
        mail(plan(audience), ledger, transport)
    assert transport.deliveries == []
    assert mail(plan(people(5)), ledger, transport).recipients == 5


def test_a_missing_field_names_row_and_field(ledger):
    """
    The problem says which recipient and which field.
    """
    audience = [*people(2), Recipient("nameless@example.org")]
    with pytest.raises(AudienceError, match="name") as caught:
        mail(plan(audience), ledger, MemoryTransport())
    assert "nameless@" not in str(caught.value)


def test_the_same_mailbox_twice_is_refused(ledger):
    """
    Also when it is written in another way.
    """
    audience = [*people(3), Recipient("P1@EXAMPLE.org", name="Again")]
    with pytest.raises(AudienceError, match="same mailbox"):
        mail(plan(audience), ledger, MemoryTransport())


def test_nobody_is_an_error(ledger):
    """
    An empty list is a mistake, not a success.
    """
    with pytest.raises(AudienceError, match="nobody"):
        mail(plan([]), ledger, MemoryTransport())


def test_the_longest_list_is_guarded(ledger):
    """
    A list longer than max_recipients is refused before anything is written.
    """
    mailing = plan(people(10), guards=Guards(max_recipients=9))
    with pytest.raises(ConfigurationError, match="max_recipients=9"):
        mail(mailing, ledger, MemoryTransport())
    assert mail(plan(people(9)), ledger, MemoryTransport()).accepted == 9


def test_strangers_domains_are_guarded(ledger):
    """
    With allowed_domains nobody else can be reached (L36).
    """
    guards = Guards(allowed_domains=frozenset({"example.org"}))
    audience = [*people(2), Recipient("real@example.com", name="Real")]
    with pytest.raises(UnsafeMessage, match="L36"):
        mail(plan(audience, guards=guards), ledger, MemoryTransport())
    assert mail(plan(people(2), guards=guards), ledger, MemoryTransport()).accepted == 2


def test_other_content_under_the_same_name_is_refused(ledger):
    """
    It needs the word of a person; then only the new people get it.
    """
    mail(plan(people(3)), ledger, MemoryTransport())
    other = plan(people(3), text="Changed, {{ name }}")
    with pytest.raises(CampaignChanged, match="another template"):
        mail(other, ledger, MemoryTransport())
    confirmed = plan(
        people(4), text="Changed, {{ name }}", guards=Guards(confirm_changes=True)
    )
    assert mail(confirmed, ledger, MemoryTransport()).sent_now == 1


def test_a_much_longer_list_is_refused(ledger):
    """
    More than half as many again: perhaps it is the wrong list.
    """
    mail(plan(people(10)), ledger, MemoryTransport())
    with pytest.raises(CampaignChanged, match="from 10 to 20"):
        mail(plan(people(20)), ledger, MemoryTransport())
    assert mail(plan(people(15)), ledger, MemoryTransport()).sent_now == 5


def test_a_missing_personal_file_fails_that_row_alone(ledger, tmp_path):
    """
    L22: the row is `failed`, the others go on.
    """
    file = tmp_path / "bill.txt"
    file.write_text("yours")
    audience = [
        *people(3),
        Recipient(
            "bill@example.org", name="Bill", attachments=[Attachment.from_path(file)]
        ),
    ]
    transport = MemoryTransport()

    def vanish(event):
        if isinstance(event, Rehearsed):
            Path(file).unlink()

    report = mail(plan(audience), ledger, transport, tell=vanish)
    assert (report.accepted, report.failed) == (3, 1)
    assert len(transport.messages) == 3


def test_pause_is_heard(ledger):
    """
    A paused campaign sends nothing more, and says so; resumed, it goes on.
    """
    transport = MemoryTransport()

    def pause(event):
        if isinstance(event, Rehearsed):
            [campaign] = ledger.campaigns()
            ledger.set_control(
                campaign.id, Control.PAUSE, actor="test", reason="", now=0.0
            )

    report = mail(plan(people(600)), ledger, transport, tell=pause)
    assert report.stopped.startswith("paused by test at ")
    assert (report.waiting_for, report.accepted) == ("order", 0)
    [campaign] = ledger.campaigns()
    ledger.set_control(campaign.id, Control.RUN, actor="test", reason="", now=0.0)
    assert mail(plan(people(600)), ledger, transport).accepted == 600


def test_events_tell_the_whole_story(ledger):
    """
    Gathering, Rehearsing, Rehearsed, then progress up to the last message.
    """
    events = []
    mail(plan(people(30)), ledger, MemoryTransport(), tell=events.append)
    assert events[0] == Gathering(0)
    assert isinstance(events[1], Rehearsing)
    assert Rehearsed(30, 30) in events
    last = [event for event in events if isinstance(event, Progressed)][-1]
    assert (last.done, last.total, last.accepted) == (30, 30, 30)
    assert not any(isinstance(event, Stopping) for event in events)


def test_a_deadline_ends_the_call(ledger):
    """
    Under a slow throttle the call returns at its deadline; the rest waits.
    """
    report = mail(
        plan(people(50)),
        ledger,
        MemoryTransport(),
        throttle=Throttle("1/s"),
        deadline=10,
    )
    assert 5 <= report.accepted <= 12
    assert report.waiting == 50 - report.accepted


class FullDisk(MemoryLedger):
    """A ledger that can be read and not written."""

    def record(self, run, results, now):
        """Fails as a full disk does."""
        raise LedgerError("disk full")


def test_a_ledger_that_breaks_ends_the_run():
    """
    What cannot be recorded stops the sending, and the error comes out.
    """
    transport = MemoryTransport()
    with pytest.raises(LedgerError, match="disk full"):
        mail(plan(people(3000)), FullDisk(), transport)
    assert len(transport.messages) < 3000


class PutBack(MemoryLedger):
    """A ledger that finds out at some claim that it is an older one."""

    claims = 0
    last = 2

    def claim(self, *asked):
        """One of them fails."""
        self.claims += 1
        if self.claims == self.last:
            raise LedgerForgot("put back")
        return super().claim(*asked)


class PutBackLate(PutBack):
    """It is found out when all is done."""

    last = 0

    def end_run(self, *asked):
        """Fails."""
        raise LedgerForgot("put back")


@pytest.mark.parametrize("kind", [PutBack, PutBackLate])
def test_a_ledger_that_forgot_something_pauses_the_campaign(kind):
    """
    No other run goes on before a person looked: it would write to people again.
    """
    ledger = kind()
    with pytest.raises(LedgerForgot, match="put back"):
        mail(plan(people(3000)), ledger, MemoryTransport())
    [record] = ledger.campaigns()
    assert (record.control, record.reason) == (Control.PAUSE, "put back")


def test_the_outcomes_join_with_the_list(ledger):
    """
    The report and the list together tell who; the ledger alone does not.
    """
    transport = MemoryTransport()
    transport.answers(Refused(Stage.RCPT, 550, "5.1.1", "no"))
    audience = people(3)
    report = mail(plan(audience), ledger, transport, lanes=1)
    stranger = Recipient("stranger@example.org", name="S")
    told = [
        (row.address.local, str(state), reply)
        for row, state, reply in report.outcomes([*audience, stranger])
    ]
    assert told == [
        ("p0", "refused", "550 5.1.1 no"),
        ("p1", "accepted", ""),
        ("p2", "accepted", ""),
    ]


@attrs.frozen
class ManyRoutes:
    """A carrier with a route of its own for each recipient's last digit."""

    messages: list = attrs.field(factory=list)
    name: str = "many:"

    def route(self, envelope):
        """Ten routes."""
        return envelope.recipient.local[-1]

    def limits(self):
        """None."""
        return

    async def connect(self, route):
        """A session for that route."""
        inner = MemoryTransport(answer=lambda _: Accepted())
        session = await inner.connect(route)
        return RouteSession(self, route, session)


@attrs.define
class RouteSession:
    """Takes letters of its route only."""

    carrier: ManyRoutes
    route: str
    inner: object

    @property
    def usable(self):
        """As long as the inner one."""
        return self.inner.usable

    async def deliver(self, envelopes):
        """Keeps them."""
        for envelope in envelopes:
            assert self.carrier.route(envelope) == self.route
            await asyncio.sleep(0)
            self.carrier.messages.append(envelope)
            yield Accepted()

    async def close(self):
        """Closed."""
        await self.inner.close()


@pytest.mark.parametrize("lanes", [1, 3, 20])
def test_more_routes_than_lanes(ledger, lanes):
    """
    A route without a lane gets one as soon as another route has no work.
    """
    carrier = ManyRoutes()
    report = mail(plan(people(600)), ledger, carrier, lanes=lanes)
    assert report.accepted == 600
    assert len({e.recipient.wire for e in carrier.messages}) == 600


@pytest.mark.parametrize("kind", [Rehearsed, Progressed, Stopping])
def test_a_listener_that_raises_ends_the_run_in_order(ledger, kind):
    """
    Its error comes out, what was begun is recorded, and nobody is in doubt.
    """
    transport = MemoryTransport()

    def tell(event):
        if isinstance(event, Rehearsed) and kind is Stopping:
            [campaign] = ledger.campaigns()
            ledger.set_control(campaign.id, Control.PAUSE, actor="", reason="", now=0.0)
        if isinstance(event, kind):
            raise ZeroDivisionError("the listener's own")

    with pytest.raises(ZeroDivisionError):
        mail(plan(people(900)), ledger, transport, tell=tell)
    for campaign in ledger.campaigns():
        ledger.set_control(campaign.id, Control.RUN, actor="", reason="", now=0.0)
    report = mail(plan(people(900)), ledger, transport)
    assert (report.accepted, report.in_doubt) == (900, 0)
    assert set(_copies(transport).values()) == {1}


def test_a_doubt_is_resent_a_limited_number_of_times(ledger):
    """
    Told to resend, with two tries: two copies at most, then a person decides.
    """
    transport = MemoryTransport(answer=lambda _: InDoubt())
    report = mail(
        plan(people(1)),
        ledger,
        transport,
        on_doubt=State.WAITING,
        deadline=1e6,
        retry=Retry(stop=tenacity.stop_after_attempt(2)),
    )
    assert (report.in_doubt, len(transport.deliveries)) == (1, 2)


@pytest.mark.parametrize("after", [0.0, 0.01, 0.03, 0.06, 0.1, 0.2])
def test_cancelled_at_any_moment(ledger, after):
    """
    What was begun is recorded, the ledger is free, and the next call goes on.
    """
    transport = MemoryTransport()

    async def cancelled():
        settings = Settings(booking=Booking(Retry(), State.IN_DOUBT, 1e5), lanes=3)
        task = asyncio.ensure_future(
            Mailing(
                plan(people(3000)),
                ledger,
                transport,
                settings,
                SYSTEM,
                lambda _: None,
                lambda: nullcontext(ledger),
            ).mail()
        )
        await asyncio.sleep(after)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancelled())
    report = mail(plan(people(3000)), ledger, transport, lanes=3)
    assert (report.accepted, report.in_doubt) == (3000, 0)
    assert set(_copies(transport).values()) == {1}


@attrs.frozen
class Slow:
    """A carrier that says how much it takes."""

    rate: float
    inner: MemoryTransport = attrs.field(factory=MemoryTransport)
    name: str = "slow:"

    def route(self, envelope):
        """One route."""
        return self.inner.route(envelope)

    def limits(self):
        """So many a second."""
        return Limits(rate=self.rate)

    async def connect(self, route):
        """Always."""
        return await self.inner.connect(route)


@pytest.mark.parametrize(
    ("asked", "limit"), [(None, 10), (Throttle("50/s"), 10), (Throttle("10/s"), 50)]
)
def test_the_slower_of_two_limits_holds(ledger, asked, limit):
    """
    What a person asks for, unless the carrier allows less.
    """
    clock = FakeClock()
    began = clock.monotonic()
    mailing = plan(people(50))
    report = mail(mailing, ledger, Slow(limit), clock=clock, throttle=asked)
    assert report.accepted == 50
    assert clock.monotonic() - began >= 4.8


def test_a_small_limit_is_not_rounded_up(ledger):
    """
    One a day is no more than that.
    """
    clock = FakeClock()
    mail(plan(people(2)), ledger, Slow(1 / DAY), clock=clock)
    assert clock.slept >= DAY - 1


def test_an_old_doubt_does_not_expire(ledger):
    """
    It may have arrived: told to resend, it is sent again, whatever its age.
    """
    clock = FakeClock()
    transport = MemoryTransport()
    transport.answers(InDoubt())
    assert mail(plan(people(1)), ledger, transport, clock=clock).in_doubt == 1
    clock.advance(10 * 86_400)
    report = mail(
        plan(people(1)), ledger, transport, clock=clock, on_doubt=State.WAITING
    )
    assert (report.accepted, report.expired) == (1, 0)


def test_a_reply_that_repeats_the_local_part_is_masked(ledger):
    """
    The ledger and the report keep what the server said, without the name.
    """
    audience = [Recipient("adalovelace@example.org", name="Ada")]
    transport = MemoryTransport()
    transport.answers(Refused(Stage.RCPT, 550, "5.1.1", "AdaLovelace unknown"))
    report = mail(plan(audience), ledger, transport)
    assert report.reasons["refused"] == (("550 5.1.1 … unknown", 1),)


@pytest.mark.parametrize(
    "reply",
    [
        Deferred(Stage.RCPT, 450, "4.7.28", "too much for adalovelace"),
        Deferred(Stage.RCPT, 450, "4.7.28", "too much for adalovelace+news"),
        Refused(Stage.MAIL, 550, "5.7.1", "nobody writes to adalovelace"),
    ],
)
def test_what_holds_or_stops_a_run_is_told_without_the_name(ledger, reply):
    """
    Neither the event, nor the ledger's routes, nor the error repeats the local part.
    """
    audience = [Recipient("AdaLovelace+news@gmail.com", name="Ada")]
    told, transport = [], MemoryTransport()
    transport.answers(reply)
    try:
        told.append(mail(plan(audience), ledger, transport, tell=told.append).reasons)
    except TransportError as error:
        told.append(str(error))
    assert any(isinstance(event, Held | str) for event in told)
    seen = f"{told} {ledger.flows()}".lower()
    assert "…" in seen
    assert "lovelace" not in seen


def test_slow_providers_take_nobodys_place(ledger):
    """
    However few rows a throttle lets lie in hand: the others keep to the rate.
    """
    slow = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com")
    domains = (*slow, "one.example", "two.example")
    audience = [Recipient(f"p{n}@{domains[n % 6]}", name="Ada") for n in range(90)]
    names = ("google", "microsoft", "yahoo", "apple")
    throttle = Throttle("2/s", per_provider=dict.fromkeys(names, "1/min"))
    transport = MemoryTransport()
    mail(plan(audience), ledger, transport, throttle=throttle, deadline=16, lanes=8)
    gone = Counter(one.recipient.domain for one in transport.messages)
    assert [gone[domain] for domain in slow] == [1, 1, 1, 1]
    assert gone.total() >= 30


def test_a_slow_provider_is_waited_for(ledger):
    """
    Its rows are due, so a call without a deadline ends when they went; as it does where
    one limit holds for everything.
    """
    throttle = Throttle(per_provider={"google": "6/h"})
    clock = FakeClock()
    report = mail(
        plan(people(5, "gmail.com")),
        ledger,
        MemoryTransport(),
        clock=clock,
        throttle=throttle,
    )
    assert report.accepted == 5
    assert clock.slept >= 4 * 600 - 1


class PutBack(FakeClock):
    """Five hours less, once so many seconds went."""

    def now(self):
        return super().now() - (18_000 if self.slept >= 3 else 0)


def test_a_clock_that_is_put_back_makes_no_call_longer(ledger):
    """
    The deadline is so many seconds from the call.
    """
    clock, throttle = PutBack(), Throttle("1/s")
    report = mail(
        plan(people(99)),
        ledger,
        MemoryTransport(),
        clock=clock,
        throttle=throttle,
        deadline=9,
    )
    assert 8 <= report.accepted <= 11
    assert clock.slept <= 12


class Dead(MemoryTransport):
    """A server that takes one message, and never another connection."""

    async def connect(self, route):
        if self.deliveries:
            raise TransportError("connection refused", stage=Stage.CONNECT)
        return await super().connect(route)


def test_a_dead_server_is_left_alone_longer_each_time(ledger):
    """
    What the ledger hears of it, and says again, changes nothing.
    """
    clock, held = FakeClock(), {}
    transport = Dead()
    transport.answers(Accepted(), NotSent(Stage.MAIL))

    def tell(event):
        if isinstance(event, Held):  # told again, it is the same date
            held.setdefault(round(event.until), round(event.until - clock.now()))

    letter = plan(people(9))
    mail(letter, ledger, transport, clock=clock, deadline=1800, lanes=1, tell=tell)
    assert list(held.values()) == [60, 120, 300, 900, 900]


def test_a_listener_that_fails_leaves_no_doubt(ledger):
    """
    The run ends with its error; what is on the wire is answered first.
    """

    def tell(event):
        if isinstance(event, Held):
            raise ZeroDivisionError("a bug of the listener's")

    audience = people(20, "gmail.com")
    with SmtpServer() as server:
        server.reply("rcpt", "450 4.7.28 quota", message=5)
        with pytest.raises(ZeroDivisionError, match="the listener"):
            mail(plan(audience), ledger, open_transport(server.url), tell=tell)
        taken = len(server.messages)
    [record] = ledger.campaigns()
    counts = dict(ledger.counts(record.id))
    assert counts == {State.ACCEPTED: taken, State.WAITING: 20 - taken}


def test_a_reply_is_judged_as_the_server_wrote_it(ledger):
    """
    Whoever is called "sender" is not left out for a word that was masked.
    """
    audience = [Recipient("sender@example.org", name="Ada")]
    transport = MemoryTransport()
    transport.answers(Refused(Stage.RCPT, 550, "5.1.1", "sender rejected"))
    report = mail(plan(audience), ledger, transport)
    assert report.refused == 1
    assert ledger.suppressions() == {}


def _smuggle(ledger, mailing, address, payload):
    """
    Put a row into the campaign that no rehearsal has seen.
    """
    record = ledger.campaign(mailing.name, 0.0)
    preparer = mailing.preparer(ledger.secret)
    parsed = Address.parse(address)
    row = NewRow(preparer.key.row(parsed), b"s" * 16, parsed.domain, payload)
    ledger.begin_draft(record.id)
    ledger.enrol(record.id, [row])
    ledger.go_live(record.id, preparer.compiled.fingerprint, 0.0)


def test_an_unsafe_row_that_no_rehearsal_saw_stops_the_run(ledger):
    """
    Every message is checked again when it is made: nothing of this one leaves.
    """
    mailing = plan(people(5), guards=Guards(confirm_changes=True))
    bad = Recipient("bad@example.org", name="x\r\nBcc: eve@example.net")
    _smuggle(ledger, mailing, "bad@example.org", pack(bad))
    transport = MemoryTransport()
    with pytest.raises(UnsafeMessage):
        mail(mailing, ledger, transport)
    assert "bad@example.org" not in _copies(transport)
    [record] = ledger.campaigns()
    counts = ledger.counts(record.id)
    assert sum(counts.values()) == 6
    assert not {State.SENDING, State.IN_DOUBT} & counts.keys()


def test_a_row_that_cannot_be_read_is_an_error_of_the_ledger(ledger):
    """
    Sending stops with a word about the ledger, and nobody is in doubt.
    """
    mailing = plan(people(5), guards=Guards(confirm_changes=True))
    _smuggle(ledger, mailing, "odd@example.org", b"?not a row")
    with pytest.raises(LedgerError, match="cannot be read"):
        mail(mailing, ledger, MemoryTransport())
    [record] = ledger.campaigns()
    assert not {State.SENDING, State.IN_DOUBT} & ledger.counts(record.id).keys()


def test_a_row_goes_out_as_it_was_enrolled_and_is_looked_at(ledger):
    """What an earlier call enrolled may name somebody who has joined since."""
    first = [Recipient("ada@example.org", name="ask bob@example.com")]
    transport = MemoryTransport(answer=lambda _: Deferred(Stage.RCPT, 450))
    clock = FakeClock()
    mail(plan(first), ledger, transport, clock=clock, deadline=1)
    mended = [Recipient("ada@example.org", name="Ada")]
    bob = Recipient("bob@example.com", name="Bob")
    guards = Guards(confirm_changes=True)
    transport = MemoryTransport()
    again = Retry(wait=tenacity.wait_fixed(1))
    with pytest.raises(UnsafeMessage, match="I3"):
        mail(
            plan([*mended, bob], guards=guards),
            ledger,
            transport,
            clock=clock,
            retry=again,
            deadline=3600,
        )
    assert not any(
        b"bob@" in e.content for e in transport.messages if "ada" in e.recipient.wire
    )


def test_a_file_that_was_missing_is_never_sent(ledger, tmp_path):
    """Its row fails alone, although the file appears after the rehearsal."""
    late = tmp_path / "late.txt"
    rows = [
        Recipient(
            "ada@example.org", attachments=[Attachment.from_path(late)], name="A"
        ),
        Recipient("bob@example.com", name="Bob"),
    ]

    def appear(event):
        if isinstance(event, Rehearsed):
            late.write_text("for bob@example.com")

    transport = MemoryTransport()
    report = mail(plan(rows), ledger, transport, tell=appear)
    assert (report.accepted, report.failed) == (1, 1)
    assert _copies(transport) == {"bob@example.com": 1}


def test_a_list_that_changes_between_its_readings_is_refused(ledger):
    """Nobody looked for the addresses of rows that were not there at first."""

    class Changing:
        passes = 0

        def __iter__(self):
            self.passes += 1
            name = "ask bob@example.com"
            if self.passes == 1:
                return iter([Recipient("zed@example.net", name="Zed")])
            return iter([Recipient("ada@example.org", name=name), *people(1)])

    transport = MemoryTransport()
    with pytest.raises(AudienceError, match="changed while it was read"):
        mail(plan(Changing()), ledger, transport)
    assert not transport.messages


def test_a_server_that_knows_nobody_leaves_few_out(ledger):
    """
    Its refusals stand, but only the first of them are believed for later campaigns.
    """
    gone = Refused(Stage.RCPT, 550, "5.1.1", "user unknown")
    report = mail(plan(people(60)), ledger, MemoryTransport(answer=lambda _: gone))
    assert report.refused == 60
    [left_out] = ledger.suppressions().values()
    assert left_out.number == 20


class _Mapped(MemoryTransport):
    """A carrier that has to find out where messages go."""

    find = None
    found = ()

    @classmethod
    def by(cls, find):
        made = cls()
        object.__setattr__(made, "find", find)
        object.__setattr__(made, "found", set())
        return made

    async def look_up(self, envelopes):
        await self.find()
        self.found.update(envelope.recipient.wire for envelope in envelopes)

    def route(self, envelope):
        assert envelope.recipient.wire in self.found
        return super().route(envelope)


def test_a_carrier_finds_the_ways_before_it_is_asked_for_them(ledger):
    """
    Every envelope is looked up before its route is asked for.
    """

    async def at_once():
        await asyncio.sleep(0)

    transport = _Mapped.by(at_once)
    report = mail(plan(people(700)), ledger, transport)
    assert (report.accepted, len(transport.messages)) == (700, 700)


def test_a_run_that_ends_does_not_wait_for_the_ways(ledger):
    """
    Who asks for the end while ways are looked for loses nothing: all of them wait.
    """
    asked = asyncio.Event()

    async def for_ever():
        asked.set()
        await asyncio.sleep(3600)

    async def interrupted():
        settings = Settings(booking=Booking(Retry(), State.IN_DOUBT, DAY), lanes=2)
        mailing = Mailing(
            plan(people(3)),
            ledger,
            _Mapped.by(for_ever),
            settings,
            SYSTEM,
            lambda _: None,
            lambda: nullcontext(ledger),
        )
        sending = asyncio.ensure_future(mailing.mail())
        await asked.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    asyncio.run(interrupted())
    assert mail(plan(people(3)), ledger, MemoryTransport()).accepted == 3


def test_a_carrier_that_cannot_look_loses_nobody(ledger):
    """
    An error of the carrier's own ends the run, and its rows wait.
    """

    async def broken():
        raise TransportError("no map", stage=Stage.CONNECT)

    with pytest.raises(TransportError, match="no map"):
        mail(plan(people(3)), ledger, _Mapped.by(broken))
    assert mail(plan(people(3)), ledger, MemoryTransport()).accepted == 3


class _Asked(MemoryTransport):
    """A carrier that says what it allows when it is asked."""

    async def inform(self):
        return Limits(rate=2.0)


def test_what_a_carrier_says_it_allows_is_kept(ledger):
    """
    Two a second, by its own word: twenty take nine seconds and a half.
    """
    clock = FakeClock()
    began = clock.now()
    report = mail(plan(people(20)), ledger, _Asked(), clock=clock, deadline=60)
    assert report.accepted == 20
    assert clock.now() - began >= 9
