"""Where machines share a ledger, nothing leaves that was not begun in it."""

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.carriers import Carrier
from engine.far import FarLedger
from engine.fleet import AtOnce, mail, people, plan
from safesend.delivery import Accepted, Deferred, NotSent, Stage
from safesend.engine.bookkeeper import Offstage
from safesend.errors import RunLost
from safesend.ledger.base import State
from safesend.ledger.memory import MemoryLedger
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.testing import FakeClock

DAYTIME = SendingHours("09:00-17:00", tz="UTC")


def domains(count):
    """Two providers in turn."""
    rows = zip(people(count, "one.example"), people(count, "two.example"), strict=True)
    return [person for pair in rows for person in pair]


class Watching(Carrier):
    """Notes whether a message was there before its row was begun."""

    def take(self, envelope):
        super().take(envelope)
        if len(self.takes) > self.ledger.begun():
            self.early += 1


def sent(audience, ledger=None, *, answer=lambda _: Accepted(), seconds=0.0, **options):
    """The ledger, the carrier and the report."""
    clock = options.pop("clock", None) or FakeClock()
    ledger = ledger or FarLedger()
    carrier = Watching(clock, answer, seconds=seconds)
    carrier.ledger, carrier.early, ledger.carrier = ledger, 0, carrier
    # However busy the machine is, the ledger takes its time by this clock: none.
    report = mail(
        plan(audience),
        ledger,
        carrier,
        clock=clock,
        offstage=Offstage(AtOnce()),
        **options,
    )
    assert not carrier.early
    return ledger, carrier, report


class Ahead(FarLedger):
    """Notes how many rows are begun and not with a session."""

    ahead = 0

    def begin(self, run, ids):
        super().begin(run, ids)
        self.ahead = max(self.ahead, self.begun() - len(self.carrier.takes))


def test_what_leaves_was_begun_before():
    """
    Each row in one window, and all of them arrive.
    """
    ledger, carrier, report = sent(domains(400), lanes=8, seconds=0.01)
    assert report.accepted == len(carrier.takes) == ledger.begun() == 800
    assert ledger.windows[0] == []
    ids = [id_ for window in ledger.windows for id_ in window]
    assert len(ids) == len(set(ids))


def test_windows_are_small_and_grow_with_what_goes_out():
    """
    The first holds a few rows for each session, later ones a quarter of a second.
    """
    ledger, _, _ = sent(people(1500), lanes=4, seconds=0.01)
    sizes = [len(window) for window in ledger.windows[1:]]
    assert sizes[0] <= 8
    assert 30 <= max(sizes) <= 400


def test_a_slow_relay_has_little_begun():
    """
    Sessions with a second for each message need no more than two rows each.
    """
    ledger, _, _ = sent(people(60), Ahead(), lanes=2, seconds=1.0)
    assert ledger.ahead <= 8


def test_what_a_limit_holds_in_hand_is_not_begun():
    """
    At two a second not more than the next rows are begun, though more are in hand.
    """
    ledger, _, report = sent(people(40), Ahead(), lanes=2, throttle=Throttle("2/s"))
    assert report.accepted == 40
    assert ledger.ahead <= 2
    assert max(ledger.claims) > 2


def test_a_provider_that_waits_holds_up_nobody():
    """
    What is begun of a slow provider does not keep the others from being begun.
    """
    slow = Throttle("1000/s", per_provider={"one.example": "6/m"})
    _, carrier, report = sent(
        domains(60), lanes=4, throttle=slow, deadline=3600, seconds=0.01
    )
    assert report.accepted == 120
    assert max(carrier.times("two.example")) < 60


def test_closed_hours_begin_nothing():
    """
    Until they open no window is opened.
    """
    midnight = 1_750_000_000.0 // 86_400 * 86_400
    ledger, _, report = sent(
        people(9), clock=FakeClock(midnight), hours=DAYTIME, deadline=60
    )
    assert report.accepted == 0
    assert ledger.begun() == 0


def test_nothing_of_a_window_leaves_that_came_too_late():
    """
    Who is taken for dead while a window is opened sends nothing of it, and says so.
    """
    ledger = FarLedger(lambda: bool(ledger.claims))
    with pytest.raises(RunLost, match="took it for dead") as caught:
        sent(people(20), ledger)
    assert caught.value.run == 1
    assert ledger.carrier.takes == []


def test_who_is_taken_for_dead_under_way_sends_what_was_begun_at_most():
    """
    The next window fails, and whatever the run writes is refused.
    """
    ledger = FarLedger(lambda: len(ledger.carrier.takes) > 50)
    ledger.carrier = Carrier(None)
    with pytest.raises(RunLost):
        sent(people(500), ledger, lanes=4, seconds=0.01)
    assert 50 < len(ledger.carrier.takes) <= ledger.begun() < 500


def test_a_lease_that_is_over_lets_nothing_go():
    """
    As after a sleep of the machine: what was begun waits until the ledger believes in
    the run again, and leaves then.
    """
    clock, waited = FakeClock(), []

    def answer(_):
        if len(ledger.carrier.takes) == 20:
            clock.advance(120)
            waited.append((ledger.beats, len(ledger.windows)))
        elif len(ledger.carrier.takes) == 21:
            waited.append((ledger.beats, len(ledger.windows)))
        return Accepted()

    ledger = FarLedger()
    _, _, report = sent(
        people(60), ledger, answer=answer, clock=clock, lanes=1, seconds=0.01
    )
    assert report.accepted == 60
    before, after = waited
    assert after > before


def test_a_lease_that_ran_out_for_good_ends_the_run_before_anything_leaves():
    """
    A process that was stopped for long finds its lease over before it takes a row.
    """
    clock, gone = FakeClock(), []

    def answer(_):
        if len(ledger.carrier.takes) == 10:
            clock.advance(120)
            gone.append(True)
        return Accepted()

    ledger = FarLedger(lambda: bool(gone))
    with pytest.raises(RunLost):
        sent(people(300), ledger, answer=answer, clock=clock, lanes=1, seconds=0.01)
    assert len(ledger.carrier.takes) == 10


@attrs.define(eq=False)
class Holding:
    """A session that is stopped with its tenth message begun, for two minutes."""

    carrier: Carrier
    held: list
    usable: bool = True
    may_go: object = None

    def ask(self, may_go):
        """See `AskingSession`."""
        self.may_go = may_go

    async def deliver(self, envelopes):
        """What may not go any more is held back."""
        for envelope in envelopes:
            self.carrier.take(envelope)
            if len(self.carrier.takes) == 10:
                self.carrier.clock.advance(120)
            self.usable = self.may_go is None or self.may_go()
            if self.usable:
                yield Accepted()
            else:
                self.held.append(envelope)
                yield NotSent(Stage.CONTENT, text="the lease is over")
                return

    async def close(self):
        """Nothing to do."""


@attrs.define(eq=False)
class Held(Carrier):
    """Its sessions can hold back what they began."""

    held: list = attrs.field(factory=list)

    async def connect(self, route):
        return Holding(self, self.held)


@pytest.mark.parametrize("lost", [True, False])
def test_a_message_begun_before_a_long_stop_is_held_back(*, lost):
    """
    Others may have decided about it; else it leaves when the lease is renewed.
    """
    clock = FakeClock()
    ledger = FarLedger(lambda: lost and clock.monotonic() > 100)
    carrier = Held(clock)
    how = {"clock": clock, "lanes": 1, "offstage": Offstage(AtOnce())}
    if lost:
        with pytest.raises(RunLost):
            mail(plan(people(30)), ledger, carrier, **how)
        assert len(carrier.takes) == 10
    else:
        report = mail(plan(people(30)), ledger, carrier, **how)
        assert (report.accepted, report.in_doubt) == (30, 0)
        assert len(carrier.takes) == 31
    assert len(carrier.held) == 1


def test_a_ledger_of_one_machine_has_nothing_held_back():
    """
    Nobody else decides about its rows while its process lives.
    """
    carrier = Held(FakeClock())
    ledger = MemoryLedger()
    report = mail(plan(people(30)), ledger, carrier, clock=carrier.clock, lanes=1)
    assert report.accepted == len(carrier.takes) == 30
    assert not carrier.held


@settings(max_examples=8, deadline=None)
@given(
    lanes=st.integers(1, 6),
    count=st.integers(1, 60),
    seconds=st.sampled_from([0.0, 0.01, 0.3]),
    throttle=st.sampled_from([None, "5/s", "200/s"]),
    fails=st.integers(2, 9),
)
def test_all_arrive_whatever_the_pace(lanes, count, seconds, throttle, fails):
    """
    No row is left lying in a window, or outside of one.
    """
    tried = set()

    def answer(envelope):
        who = str(envelope.recipient.wire)
        if len(who) % fails == 0 and who not in tried:
            tried.add(who)
            return Deferred(Stage.RCPT, code=451, text="later")
        return Accepted()

    ledger, _, report = sent(
        domains(count),
        answer=answer,
        seconds=seconds,
        lanes=lanes,
        throttle=throttle and Throttle(throttle),
        deadline=7200,
    )
    assert report.accepted == 2 * count
    campaign = ledger.campaigns()[0].id
    assert dict(ledger.counts(campaign)) == {State.ACCEPTED: 2 * count}
