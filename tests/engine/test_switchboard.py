"""Several carriers: what moves, what stays, and how one that was down comes back."""

from __future__ import annotations

import itertools

import pytest

from engine.carriers import Carrier
from engine.fleet import mail, people, plan
from safesend.clock import SYSTEM
from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.engine.events import Switched
from safesend.errors import TransportError
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.testing import FakeClock
from safesend.transports import Limits, failover, weighted


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers keep the same promises."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


class _Slow(Carrier):
    """Allows two messages a second."""

    def limits(self):
        """Its rate."""
        return Limits(rate=2.0)


class _Closed(Carrier):
    """Refuses every login."""

    async def connect(self, route):
        """Never."""
        self.connects.append((self.clock.monotonic(), False))
        raise TransportError("535 no", stage=Stage.AUTH, code=535, permanent=True)


def _clock():
    return FakeClock(1_800_000_000.0, settle=0.0)


def _two(clock, first=None, second=None, **options):
    one = Carrier(clock, first or (lambda _: Accepted()), name="one:", **options)
    two = Carrier(clock, second or (lambda _: Accepted()), name="two:")
    return one, two


def _everybody(count):
    return sorted(f"p{i}@example.org" for i in range(count))


def test_the_first_takes_everything_that_it_can(ledger):
    """The second stands by."""
    clock = _clock()
    one, two = _two(clock)
    report = mail(plan(people(50)), ledger, failover(one, two), clock=clock)
    assert (report.accepted, len(one.accepted), two.takes) == (50, 50, [])
    assert (report.carriers, report.switches) == ((("one:", 50),), ())


def test_whoever_cannot_be_reached_is_stood_in_for(ledger):
    """At once, and told, with the reason."""
    clock, told = _clock(), []
    one, two = _two(clock, dead=lambda _: True)
    report = mail(
        plan(people(50)), ledger, failover(one, two), clock=clock, tell=told.append
    )
    assert (report.accepted, len(two.accepted)) == (50, 50)
    switched = [event for event in told if isinstance(event, Switched)]
    assert [(one.left, one.to, one.reason) for one in switched] == [
        ("one:", "two:", "connection refused")
    ]
    assert report.switches == tuple(switched)
    assert clock.slept < 60


def test_a_refused_login_moves_all_at_the_first_try(ledger):
    """No run ends by what one carrier refuses, while another is in order."""
    clock = _clock()
    one, two = _Closed(clock, name="one:"), Carrier(clock, name="two:")
    report = mail(plan(people(20)), ledger, failover(one, two), clock=clock)
    assert (report.accepted, len(two.accepted)) == (20, 20)


def test_what_a_recipient_is_refused_moves_nobody(ledger):
    """It is the recipient's, whoever asks."""
    clock = _clock()
    no = Refused(Stage.RCPT, 550, "5.1.1", "no such user")

    def answer(envelope):
        return no if "p3" in envelope.recipient.wire else Accepted()

    one, two = _two(clock, answer)
    report = mail(plan(people(10)), ledger, failover(one, two), clock=clock)
    assert (report.accepted, report.refused, two.takes) == (9, 1, [])


def test_what_is_greylisted_keeps_its_carrier(ledger):
    """Greylisting wants the same sender at the same address again."""
    clock, seen = _clock(), set()

    def answer(envelope):
        if envelope.message_id in seen:
            return Accepted()
        seen.add(envelope.message_id)
        return Deferred(Stage.RCPT, 450, "4.7.1", "greylisted, try again later")

    one, two = _two(clock, answer)
    report = mail(
        plan(people(40)), ledger, failover(one, two), clock=clock, deadline=7200
    )
    assert (report.accepted, len(one.accepted), two.takes) == (40, 40, [])


def test_what_is_in_doubt_goes_to_nobody(ledger):
    """And a person is told which carrier may have it."""
    clock = _clock()
    one, two = _two(clock, lambda _: InDoubt(text="hung up"))
    report = mail(plan(people(5)), ledger, failover(one, two), clock=clock)
    assert (report.in_doubt, two.takes) == (5, [])
    campaign = ledger.campaigns()[0].id
    assert {doubt.text for doubt in ledger.doubts(campaign)} == {"hung up (at one:)"}


def test_a_doubt_that_is_sent_again_goes_to_the_same_carrier(ledger):
    """Even where the policy is to send it again."""
    clock, first = _clock(), []

    def answer(envelope):
        if not first:
            first.append(envelope.message_id)
            return InDoubt(text="hung up")
        return Accepted()

    one, two = _two(clock, answer)
    report = mail(
        plan(people(3)),
        ledger,
        failover(one, two),
        clock=clock,
        on_doubt=State.WAITING,
        deadline=7200,
    )
    assert (report.accepted, two.takes) == (3, [])
    assert len(one.takes) == 4


def test_a_carrier_that_breaks_before_the_end_is_left(ledger):
    """Nothing was sent: so each of them gets one copy."""
    clock = _clock()
    one, two = _two(clock, lambda _: NotSent(Stage.CONTENT, text="reset"))
    report = mail(
        plan(people(30)), ledger, failover(one, two), clock=clock, deadline=600
    )
    assert report.accepted == 30
    assert sorted(two.accepted) == _everybody(30)
    assert len(one.takes) <= 12


def test_a_pause_that_a_route_asks_for_moves_its_mail(ledger):
    """The row that was told so as well."""
    clock = _clock()
    busy = Deferred(Stage.MAIL, 421, "4.7.28", "unusual rate of mail")
    one, two = _two(clock, lambda _: busy)
    report = mail(
        plan(people(30)), ledger, failover(one, two), clock=clock, deadline=300
    )
    assert (report.accepted, sorted(two.accepted)) == (30, _everybody(30))


def test_who_comes_back_is_tried_with_one_message(ledger):
    """One connection, one message; then it has its mail again."""
    clock = _clock()
    back = clock.now() + 600
    one, two = _two(clock, dead=lambda now: now < back)
    two.seconds = 1.0
    report = mail(
        plan(people(2000)), ledger, failover(one, two), clock=clock, deadline=3600
    )
    assert (report.accepted, len(one.accepted) + len(two.accepted)) == (2000, 2000)
    assert one.accepted
    vain = [at for at, let_in in one.connects if not let_in]
    late = [at for at in vain if at - vain[0] > 30]
    assert late
    assert all(b - a >= 60 for a, b in itertools.pairwise(late))
    assert report.switches[-1].to == "one:"


@pytest.mark.parametrize("lanes", [1, 2])
def test_fewer_lanes_than_carriers_are_enough(ledger, lanes):
    """They take turns; none makes room for another before it has sent."""
    clock = _clock()
    carriers = [Carrier(clock, name=f"{name}:") for name in ("one", "two", "three")]
    weights = dict.fromkeys(carriers, 1)
    mail(plan(people(300)), ledger, weighted(weights), clock=clock, lanes=lanes)
    assert sum(len(one.accepted) for one in carriers) == 300
    assert all(one.accepted for one in carriers)


def test_the_only_lane_makes_room_for_the_probe(ledger):
    """Also where the one that was down is not the first that was sent to."""
    clock = _clock()
    back = clock.now() + 300
    one, two = _two(clock, dead=lambda now: now < back)
    two.seconds = 1.0
    both = failover(one, two)
    mail(plan(people(2), name="a"), ledger, both, clock=clock, lanes=1)
    report = mail(plan(people(2000), name="b"), ledger, both, clock=clock, lanes=1)
    assert (report.accepted, bool(one.accepted)) == (2000, True)


def test_when_all_are_down_the_reason_of_each_is_told(ledger):
    """Nothing goes round and round."""
    clock = _clock()
    one, two = _two(clock, dead=lambda _: True)
    two.dead = lambda _: True
    with pytest.raises(TransportError, match=r"one: \(.*refused\); two: \(.*refused\)"):
        mail(plan(people(30)), ledger, failover(one, two), clock=clock)
    assert len(one.connects) + len(two.connects) < 20


def test_when_all_rest_for_a_while_the_run_waits(ledger):
    """As it does with one; then it goes on."""
    clock = _clock()
    start = clock.now()

    def dead(now):
        return start + 5 < now < start + 200

    one, two = _two(clock, dead=dead)
    two.dead = dead
    one.seconds = two.seconds = 0.5
    report = mail(
        plan(people(100)), ledger, failover(one, two), clock=clock, deadline=7200
    )
    assert report.accepted == 100
    assert len(one.connects) + len(two.connects) < 60


def test_the_next_run_knows_who_is_down(ledger):
    """The ledger keeps it."""
    clock = _clock()
    one, two = _two(clock, dead=lambda _: True)
    mail(plan(people(5), name="a"), ledger, failover(one, two), clock=clock)
    before = len(one.connects)
    mail(plan(people(5), name="b"), ledger, failover(one, two), clock=clock)
    assert len(one.connects) == before
    assert len(two.accepted) == 10


def test_weights_are_kept_and_a_share_comes_to_the_others(ledger):
    """Three of four go the one way, and all of them where the other is down."""
    clock = _clock()
    one, two = _two(clock)
    mail(plan(people(1000)), ledger, weighted({one: 3, two: 1}), clock=clock)
    assert 680 < len(one.accepted) < 820
    assert len(one.accepted) + len(two.accepted) == 1000
    one, two = _two(clock, dead=lambda _: True)
    mail(plan(people(50), name="b"), ledger, weighted({one: 3, two: 1}), clock=clock)
    assert len(two.accepted) == 50


def test_what_a_carrier_allows_holds_for_its_own_routes(ledger):
    """The other one is as fast as it may be."""
    clock = _clock()
    one = _Slow(clock, name="one:")
    two = Carrier(clock, name="two:")
    start = SYSTEM.monotonic()
    mail(plan(people(20)), ledger, failover(one, two), clock=clock, deadline=600)
    times = one.times()
    assert times[-1] - times[0] >= 9
    assert SYSTEM.monotonic() - start < 60


def test_a_doubt_of_an_earlier_run_is_given_to_no_other(ledger):
    """It is not known which of them may have it: a person decides."""
    clock = _clock()
    one, two = _two(clock, lambda _: InDoubt(text="hung up"))
    carrier = failover(one, two)
    mail(plan(people(3)), ledger, carrier, clock=clock, remembered=86_400.0)
    begun = len(one.takes)
    clock.advance(3600)
    report = mail(plan(people(3)), ledger, carrier, clock=clock, remembered=86_400.0)
    assert (report.in_doubt, two.takes) == (3, [])
    assert len(one.takes) == begun


@pytest.mark.parametrize("hours", [0, 1])
def test_even_who_sends_doubts_again_sends_them_to_no_other(ledger, hours):
    """The same call asks the same carrier again; a later one leaves it to a person."""
    clock = _clock()
    one, two = _two(clock, lambda _: InDoubt(text="hung up"))
    carrier, again = failover(one, two), {"on_doubt": State.WAITING, "clock": clock}
    mail(plan(people(3)), ledger, carrier, deadline=60 + 3600 * hours, **again)
    assert two.takes == []
    assert len(one.takes) > 3 * hours
    begun = len(one.takes)
    clock.advance(4 * 3600)
    report = mail(plan(people(3)), ledger, failover(two, one), **again)
    assert (report.in_doubt, two.takes, len(one.takes)) == (3, [], begun)


def test_a_suspended_account_moves_the_mail_at_once(ledger):
    """Whoever was told so has it by the other, and the run goes on."""
    clock = _clock()
    out = Refused(Stage.MAIL, 535, "5.7.8", "authentication failed")
    one, two = _two(clock, lambda _: out)
    report = mail(
        plan(people(20)), ledger, failover(one, two), clock=clock, deadline=600
    )
    assert (report.accepted, sorted(two.accepted)) == (20, _everybody(20))


def test_one_provider_that_is_paused_goes_by_the_other(ledger):
    """The mail of the others stays."""
    clock = _clock()
    busy = Deferred(Stage.RCPT, 421, "4.7.28", "unusual rate of mail")

    def answer(envelope):
        return busy if envelope.recipient.domain == "gmail.com" else Accepted()

    one, two = _two(clock, answer)
    crowd = people(10, "gmail.com") + people(10)
    report = mail(plan(crowd), ledger, failover(one, two), clock=clock, deadline=600)
    assert report.accepted == 20
    assert {who.partition("@")[2] for who in two.accepted} >= {"gmail.com"}
