"""What a carrier allows is kept, told, and asked again when it is used up."""

from __future__ import annotations

import asyncio

import attrs
import pytest

from engine.carriers import Carrier
from engine.fleet import DAY, mail, people, plan
from safesend.delivery import Accepted, Deferred, InDoubt, Stage
from safesend.engine.events import Held, Noted, Switched
from safesend.engine.traffic import slower
from safesend.errors import ConfigurationError, TransportError
from safesend.ledger import open_ledger
from safesend.ledger.base import Control, State
from safesend.policies.throttle import Throttle
from safesend.testing import FakeClock
from safesend.transports import failover, weighted
from safesend.transports.base import Limits


@attrs.define(eq=False)
class Asked(Carrier):
    """A carrier that says what it allows: each time the next, then always the last.

    Where that is `...` it gives no answer.
    """

    says: list = attrs.field(factory=list)
    times: int = 0

    async def inform(self):
        """What it allows now."""
        self.times += 1
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if said is ...:
            await asyncio.Event().wait()
        if isinstance(said, Exception):
            raise said
        return said


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    """Both ledgers keep the same promises."""
    place = ":memory:" if request.param == "memory" else tmp_path / "test.db"
    opened = open_ledger(str(place))
    yield opened
    opened.close()


def run(ledger, carrier, number, *, clock=None, **options):
    """A mailing; gives the report and what was told."""
    told = []
    clock = clock or carrier.clock
    report = mail(
        plan(people(number)), ledger, carrier, clock=clock, tell=told.append, **options
    )
    return report, told


def carrier(*says, **options):
    """A carrier under a clock that jumps."""
    return Asked(FakeClock(settle=0.0), says=list(says), **options)


def test_a_quota_is_never_passed(ledger):
    """When it is used up the rest waits, and one word says so."""
    through = carrier(Limits(quota=10))
    report, told = run(ledger, through, 50, lanes=4)
    assert (report.accepted, report.waiting, report.refused) == (10, 40, 0)
    assert len(through.takes) == 10
    [held] = [one for one in told if isinstance(one, Held)]
    assert "quota" in held.reason
    [noted] = [one for one in told if isinstance(one, Noted)]
    assert noted.note.startswith("50 wait, and no more than 10 are taken for now")
    [pause] = report.pauses
    assert (report.waiting_for, pause.reason) == ("pause", held.reason)


def test_a_quota_that_is_large_enough_is_no_matter(ledger):
    """Nor one that is just so."""
    through = carrier(Limits(quota=20))
    report, told = run(ledger, through, 20)
    assert (report.accepted, report.pauses) == (20, ())
    assert [one for one in told if isinstance(one, Held | Noted)] == []


def test_a_quota_of_nothing_sends_nothing(ledger):
    """Not one is tried."""
    through = carrier(Limits(quota=0))
    report, told = run(ledger, through, 5)
    assert (report.accepted, report.waiting, through.takes) == (0, 5, [])
    assert any(isinstance(one, Held) for one in told)


def test_with_time_left_it_is_asked_again(ledger):
    """Until there is room; nobody is tried in vain meanwhile."""
    through = carrier(
        Limits(quota=10),
        Limits(quota=0),
        TransportError("no answer", stage=Stage.CONNECT),
        Limits(quota=7),
        Limits(quota=0),
        Limits(),
    )
    began = through.clock.now()
    report, told = run(ledger, through, 50, deadline=began + DAY)
    assert (report.accepted, len(through.takes)) == (50, 50)
    assert through.times == 6
    assert 5 * 900 <= through.clock.now() - began < 5 * 900 + 60
    assert len([one for one in told if isinstance(one, Held)]) == 5


def test_what_was_not_taken_leaves_its_place_to_another(ledger):
    """A doubt does not: it may have been taken."""
    answers = iter(
        [Deferred(Stage.CONTENT, 450), InDoubt(), Deferred(Stage.CONTENT, 450)]
    )
    through = carrier(Limits(quota=10), answer=lambda _: next(answers, Accepted()))
    report, _ = run(ledger, through, 50, lanes=1)
    assert (report.accepted, report.in_doubt, len(through.takes)) == (9, 1, 12)


def test_notes_are_told_before_anything_leaves(ledger):
    """Each once."""
    through = carrier(Limits(notes=("in the sandbox", "under review")))
    _, told = run(ledger, through, 3)
    noted = [one for one in told if isinstance(one, Noted)]
    assert [one.note for one in noted] == ["in the sandbox", "under review"]
    assert all(one.route == through.name for one in noted)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(
    ("error", "word"),
    [
        (TransportError("stopped for ada@example.org", stage=Stage.AUTH), "for a…@"),
        (ConfigurationError("no such endpoint"), "no such endpoint"),
        (RuntimeError("secret"), "RuntimeError"),
    ],
)
def test_an_error_of_the_one_who_is_asked_ends_the_run(ledger, several, error, word):
    """Nobody was tried, and the run ended with its reason: it is none that died."""
    through = carrier(error)
    way = failover(through, carrier(error)) if several else through
    with pytest.raises(type(error), match=r"stopped|endpoint|secret"):
        run(ledger, way, 3, clock=through.clock)
    assert through.takes == []
    [record] = ledger.campaigns()
    past = ledger.history.chronicle(record.id, through.clock.now())
    [one] = past.runs
    assert (one.ended is not None, one.alive) == (True, False)
    assert word in one.stopped
    assert "ada@" not in one.stopped
    assert ledger.sight.senders(record.id, through.clock.now()) == []
    assert past.counts == {State.WAITING: 3}


def test_where_nobody_is_left_it_is_not_asked(ledger):
    """It may refuse by now, and that is no matter."""
    through = carrier(Limits())
    run(ledger, through, 3)
    report, _ = run(ledger, carrier(TransportError("no", stage=Stage.AUTH)), 3)
    assert (report.accepted, through.times) == (3, 1)


def test_a_rate_that_is_assumed_gives_way_to_a_persons():
    """One that is known does not, and a person's slower one goes before both."""
    own, one = Throttle("50/s"), Limits(rate=1.0, assumed=True)
    assert slower(own, one) is own
    assert slower(own, Limits(rate=1.0)).rate == 1.0
    assert slower(None, one).rate == 1.0
    warm = Throttle(warmup="200/day -> 50k/day over 21d")
    assert slower(warm, one) is warm
    only = Throttle(per_provider={"google": "10/s"})
    assert slower(only, one).rate == 1.0
    assert slower(Throttle("1/min"), Limits(rate=14.0)).rate == pytest.approx(1 / 60)


USED_UP = Deferred(
    Stage.CONTENT,
    454,
    "4.7.0",
    "ThrottlingException: Throttling failure: Daily message quota exceeded",
)
"""What Amazon SES says when the day's messages are sent."""


def pair(*says, second=(), answer=lambda _: Accepted()):
    """A carrier that says what it allows, another that stands by, and both together."""
    one = carrier(*says, name="one:", answer=answer)
    if second:
        two = Asked(one.clock, says=list(second), name="two:")
    else:
        two = Carrier(one.clock, name="two:")
    return one, two, failover(one, two)


def test_of_several_each_has_its_own_quota(ledger):
    """Two are left of the first, and the other three go by the second."""
    one, two, both = pair(Limits(quota=2), Limits(quota=0))
    report, told = run(ledger, both, 5, clock=one.clock)
    assert (report.accepted, len(one.takes), len(two.takes)) == (5, 2, 3)
    [switched] = report.switches
    assert (switched.left, switched.to) == ("one:", "two:")
    assert "quota" in switched.reason
    [held] = [event for event in told if isinstance(event, Held)]
    assert held.route == "one:"
    [noted] = [event for event in told if isinstance(event, Noted)]
    assert noted.note.startswith("5 wait, and no more than 2 are taken for now")


@pytest.mark.parametrize("quotas", [(3, 4), (0, 7), (7, 0), (0, 0)])
def test_when_all_are_used_up_the_rest_waits(ledger, quotas):
    """As with one: nobody is refused for it, and no error ends the run."""
    one, two, both = pair(Limits(quota=quotas[0]), second=[Limits(quota=quotas[1])])
    report, _ = run(ledger, both, 10, clock=one.clock)
    taken = (len(one.takes), len(two.takes))
    assert (taken, report.accepted, report.waiting) == (
        quotas,
        sum(quotas),
        10 - sum(quotas),
    )
    assert (report.waiting_for, report.stopped) == ("pause", None)


def test_of_several_one_that_is_used_up_is_asked_again(ledger):
    """The others have their mail meanwhile; then it begins with a probe."""
    one, two, both = pair(
        Limits(quota=5),
        Limits(quota=0),
        TransportError("no answer", stage=Stage.CONNECT),
        Limits(quota=100),
    )
    two.seconds = 5.0
    report, _ = run(ledger, both, 4000, clock=one.clock, deadline=DAY)
    assert report.accepted == 4000
    assert 5 < len(one.takes) <= 5 + 100 * (one.times - 3)
    assert one.times >= 4
    early, late = one.takes[4].date, one.takes[5].date
    assert late - early >= 3 * 900
    assert [event.to for event in report.switches[:4]] == ["two:"] * 3 + ["one:"]


def test_while_one_is_asked_again_the_others_have_the_mail(ledger):
    """No answer holds up nobody, and nothing is tried there."""

    late = asyncio.Event()

    class Slow(Asked):
        async def inform(self):
            if self.times:
                await late.wait()
            return await super().inform()

    def answer(_):
        if len(two.takes) > 2900:
            late.set()
        return Accepted()

    clock = FakeClock()
    one = Slow(clock, says=[Limits(quota=5), Limits(quota=0)], name="one:")
    two = Carrier(clock, name="two:", seconds=5.0, answer=answer)
    report, _ = run(ledger, failover(one, two), 3000, clock=clock, deadline=DAY)
    assert (report.accepted, len(one.takes), len(two.takes)) == (3000, 5, 2995)
    assert one.times >= 2


def test_while_one_is_asked_again_a_deadline_holds(ledger):
    """The answer is not waited for any more."""
    through = carrier(Limits(quota=5), ...)
    began = through.clock.now()
    report, _ = run(ledger, through, 50, deadline=1800)
    assert (report.accepted, report.waiting, through.times) == (5, 45, 2)
    assert through.clock.now() - began < 1860


def test_while_one_is_asked_again_a_cancel_is_heard(ledger):
    """Long before everybody has got it."""
    clock, given = FakeClock(), []
    one = Asked(clock, says=[Limits(quota=5), ...], name="one:")

    def answer(_):
        if one.times == 2 and not given:
            [record] = ledger.campaigns()
            said = {"actor": "ada", "reason": "wrong", "now": one.clock.now()}
            ledger.set_control(record.id, Control.CANCEL, **said)
            given.append(True)
        return Accepted()

    two = Carrier(clock, name="two:", seconds=5.0, answer=answer)
    report, _ = run(ledger, failover(one, two), 4000, clock=clock, deadline=DAY)
    assert report.cancelled > 0


def test_one_that_may_not_be_asked_any_more_ends_the_run(ledger):
    """As it would have at the beginning."""
    error = TransportError("the keys were revoked", permanent=True)
    through = carrier(Limits(quota=5), error)
    with pytest.raises(TransportError, match="revoked"):
        run(ledger, through, 50, deadline=DAY)
    assert len(through.takes) == 5


def test_several_are_asked_at_once(ledger):
    """One that is slow to answer does not have the others wait."""
    both_asked = asyncio.Barrier(2)

    class Together(Asked):
        async def inform(self):
            await both_asked.wait()
            return await super().inform()

    one = Together(FakeClock(settle=0.0), says=[Limits()], name="one:")
    two = Together(one.clock, says=[Limits()], name="two:")
    report, _ = run(ledger, failover(one, two), 5, clock=one.clock)
    assert report.accepted == 5


def test_what_one_says_instead_of_an_answer_names_nobody(ledger):
    """It goes into events, reports and errors."""
    error = TransportError("not for ada@example.org", permanent=True)
    one, two, both = pair(error)
    report, told = run(ledger, both, 3, clock=one.clock)
    assert len(two.takes) == 3
    assert "for a…@example.org" in report.switches[0].reason
    assert "ada@" not in repr((report, told))


def test_notes_of_several_are_told(ledger):
    """Whose they are is said."""
    one, two, both = pair(Limits(notes=("in the sandbox",)), second=[Limits()])
    _, told = run(ledger, both, 1, clock=one.clock)
    assert [
        (event.route, event.note) for event in told if isinstance(event, Noted)
    ] == [("one:", "in the sandbox")]
    assert two.times == 1


@pytest.mark.parametrize(
    ("throttle", "slow"), [(None, True), (Throttle("50/s"), False)]
)
def test_of_several_a_rate_that_is_assumed_gives_way(ledger, throttle, slow):
    """One that a person set is kept for all."""
    one, _, both = pair(Limits(rate=1.0, assumed=True))
    run(ledger, both, 20, clock=one.clock, throttle=throttle, deadline=600)
    assert (one.takes[-1].at - one.takes[0].at >= 18) is slow


def test_a_quota_that_a_reply_calls_used_up_is_asked_for(ledger):
    """No message is tried before the carrier says that there is room."""
    answers = iter([Accepted()] * 3 + [USED_UP])
    one = carrier(
        Limits(quota=1000),
        Limits(quota=0),
        Limits(quota=0),
        Limits(quota=1000),
        answer=lambda _: next(answers, Accepted()),
    )
    began = one.clock.now()
    report, told = run(ledger, one, 10, clock=one.clock, lanes=1, deadline=DAY)
    assert (report.accepted, len(one.takes), one.times) == (10, 11, 4)
    refused, again = one.takes[3].date, one.takes[4].date
    assert refused < began + 60
    assert 3 * 900 <= again - refused < 3 * 900 + 60
    assert len([event for event in told if isinstance(event, Held)]) == 3


def test_what_is_in_flight_gives_nothing_back_then(ledger):
    """Each of them hears the same, and nobody is tried for them."""
    one = carrier(Limits(quota=1000), answer=lambda _: USED_UP, seconds=1.0)
    report, _ = run(ledger, one, 50, clock=one.clock, lanes=4)
    assert (report.accepted, report.waiting) == (0, 50)
    assert len(one.takes) <= 4


def test_of_several_a_reply_moves_the_mail_and_its_carrier_is_asked(ledger):
    """Whoever was told so has it by the other."""
    one, two, both = pair(Limits(), Limits(quota=0), answer=lambda _: USED_UP)
    report, _ = run(ledger, both, 20, clock=one.clock, deadline=600)
    assert (report.accepted, len(two.accepted)) == (20, 20)
    assert len(one.takes) <= 2
    assert "quota" in report.switches[0].reason


def test_who_could_not_be_asked_is_asked_before_anything_goes_there(ledger):
    """It comes back with what it allows."""
    one, two, both = pair(
        TransportError("unreachable", stage=Stage.CONNECT), Limits(quota=3)
    )
    two.seconds = 2.0
    report, told = run(ledger, both, 2000, clock=one.clock, deadline=DAY)
    assert report.accepted == 2000
    assert 3 <= len(one.takes) <= 3 * (one.times - 1)
    switched = [event for event in told if isinstance(event, Switched)]
    assert switched[0].reason == "unreachable"


def test_who_says_no_for_good_is_out_of_order(ledger):
    """Also where its quota was used up before; when nobody is left the run ends."""
    no = TransportError("disabled", stage=Stage.AUTH, permanent=True)
    one, two, both = pair(Limits(quota=1), no, second=[Limits(quota=1), no])
    with pytest.raises(TransportError, match=r"one: \(disabled\); two: \(disabled\)"):
        run(ledger, both, 5, clock=one.clock, deadline=DAY)
    assert (len(one.takes), len(two.takes)) == (1, 1)


def test_weights_are_of_no_matter_to_a_quota(ledger):
    """A share that its carrier does not take comes to the other."""
    one, two, _ = pair(Limits(quota=0))
    report, _ = run(ledger, weighted({one: 9, two: 1}), 20, clock=one.clock)
    assert (report.accepted, one.takes, len(two.takes)) == (20, [], 20)
