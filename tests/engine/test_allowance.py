"""What a carrier allows is kept, told, and asked again when it is used up."""

from __future__ import annotations

import attrs
import pytest

from engine.carriers import Carrier
from engine.fleet import DAY, mail, people, plan
from safesend.delivery import Accepted, Deferred, InDoubt, Stage
from safesend.engine.events import Held, Noted
from safesend.engine.traffic import slower
from safesend.errors import TransportError
from safesend.ledger import open_ledger
from safesend.policies.throttle import Throttle
from safesend.testing import FakeClock
from safesend.transports.base import Limits


@attrs.define(eq=False)
class Asked(Carrier):
    """A carrier that says what it allows: each time the next, then always the last."""

    says: list = attrs.field(factory=list)
    times: int = 0

    async def inform(self):
        """What it allows now."""
        self.times += 1
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
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


def run(ledger, carrier, number, **options):
    """A mailing; gives the report and what was told."""
    told = []
    clock = carrier.clock
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


def test_an_error_of_the_one_who_is_asked_ends_the_run(ledger):
    """Nobody was tried, and everybody keeps the turn."""
    through = carrier(TransportError("stopped", stage=Stage.AUTH, permanent=True))
    with pytest.raises(TransportError, match="stopped"):
        run(ledger, through, 3)
    assert through.takes == []


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
