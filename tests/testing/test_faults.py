from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from safesend.errors import ConfigurationError
from safesend.testing import FakeClock, Moment
from safesend.testing.faults import Faults
from safesend.testing.rules import Plan


def _moment(stage: str = "rcpt", argument: str = "b@x.example") -> Moment:
    return Moment(stage, argument, 1, 0, "a@x.example", ())


def test_a_rule_belongs_to_its_stage() -> None:
    """ "dot" is another word for "content"."""
    faults = Faults()
    faults.reply("dot", "451 No")

    assert faults.plan(_moment("content")) == Plan(reply="451 No")
    assert faults.plan(_moment("rcpt")) is None


def test_a_rule_is_used_up() -> None:
    """After so many times it is as if it was not there."""
    faults = Faults()
    faults.reply("rcpt", "451 No", times=2)

    plans = [faults.plan(_moment()) for _ in range(3)]

    assert plans == [Plan(reply="451 No"), Plan(reply="451 No"), None]


def test_a_rule_may_ask_first() -> None:
    """And is not used up by those it lets pass."""
    faults = Faults()
    faults.reply("rcpt", "550 No", times=1, when=lambda m: m.argument.startswith("c"))

    assert faults.plan(_moment()) is None
    assert faults.plan(_moment(argument="c@x.example")) == Plan(reply="550 No")
    assert faults.plan(_moment(argument="c@x.example")) is None


def test_every_fault_can_be_aimed() -> None:
    """At a message, at a person, at what a question says, for so many times."""
    faults = Faults()
    aim = {"message": 3, "to": "b@x.example", "when": lambda m: m.accepted == 0}
    faults.reply("rcpt", "451 No", **aim)
    faults.drop_after("rcpt", **aim)
    faults.drop_before_reply("rcpt", **aim)
    faults.stall("rcpt", 1.0, **aim)
    faults.surplus_reply("rcpt", "250 More", **aim)
    faults.garbage("rcpt", b"?", **aim)
    whole = Plan("451 No", True, True, 1.0, "250 More", b"?")

    assert faults.plan(_moment()) is None
    assert faults.plan(attrs.evolve(_moment(), message=3)) == whole
    assert faults.plan(attrs.evolve(_moment(), message=3)) == Plan("451 No")


def test_several_rules_are_joined() -> None:
    """The later one wins where they disagree."""
    faults = Faults()
    faults.reply("rcpt", "451 No")
    faults.stall("rcpt", 2.0)
    faults.reply("rcpt", "550 Never")

    assert faults.plan(_moment()) == Plan(reply="550 Never", stall=2.0)


def test_an_unknown_stage_is_a_mistake() -> None:
    """A rule that never applies would make a test that never fails."""
    with pytest.raises(ConfigurationError, match="no stage is called 'recipient'"):
        Faults().reply("recipient", "550 No")


def test_it_can_behave_again() -> None:
    """Everything is forgotten."""
    faults = Faults()
    faults.reply("rcpt", "451 No")
    faults.greylist(1)
    faults.limit_connections(1)
    faults.max_messages_per_connection(1)
    faults.split_replies()
    faults.rate_limit("1/h")
    assert faults.scripted
    faults.plan(_moment())

    faults.behave()

    assert not faults.scripted
    assert faults.plan(_moment()) is None
    assert faults.plan(_moment()) is None
    assert not faults.too_early("a", "b")
    assert (faults.most_connections, faults.most_messages, faults.piece) == (None,) * 3


def test_greylisting_turns_each_pair_away_at_first() -> None:
    """For so many minutes after its first try, by the clock it was given."""
    clock = FakeClock()
    faults = Faults(clock)
    assert not faults.too_early("a", "b")

    faults.greylist(1)

    assert faults.too_early("a", "b")
    clock.advance(59)
    assert faults.too_early("a", "b")
    assert faults.too_early("a", "c")
    clock.advance(1)
    assert not faults.too_early("a", "b")
    assert faults.too_early("a", "c")
    assert faults.turned_away["greylist"] == 4
    faults.greylist(None)
    assert not faults.too_early("a", "d")


def test_what_comes_too_fast_is_turned_away() -> None:
    """By the clock of the server; what was turned away does not count."""
    clock = FakeClock()
    faults = Faults(clock)
    faults.rate_limit("10/s", burst=2)
    slow = Plan(reply="450 4.7.1 Too many messages, slow down")

    assert [faults.plan(_moment()) for _ in range(4)] == [None, None, slow, slow]
    clock.advance(0.1)
    assert [faults.plan(_moment()) for _ in range(2)] == [None, slow]
    assert faults.turned_away["rate_limit"] == 3


def test_a_rate_limit_counts_what_would_have_been_taken() -> None:
    """At its own stage, of those it is aimed at, with its own words."""
    faults = Faults(FakeClock())
    faults.rate_limit("1/h", stage="dot", reply="452 4.3.1 Full", to="b@x.example")
    faults.rate_limit("1/h", when=lambda m: m.argument.endswith("@y.example"))
    ours = attrs.evolve(_moment("content", ""), recipients=("b@x.example",))
    others = attrs.evolve(ours, recipients=("c@x.example",))

    assert faults.plan(ours, positive=False) is None
    assert faults.plan(ours) is None
    assert faults.plan(others) is None
    assert faults.plan(_moment()) is None
    assert faults.plan(ours) == Plan(reply="452 4.3.1 Full")


def test_of_several_rate_limits_all_must_have_room() -> None:
    """What one turns away counts for none."""
    clock = FakeClock()
    faults = Faults(clock)
    faults.rate_limit("2/min", burst=2)
    faults.rate_limit("1/s")
    passed = []
    for _ in range(4):
        passed.append(faults.plan(_moment()) is None)
        clock.advance(0.5)

    assert passed == [True, False, True, False]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (lambda f: f.reply("rcpt", "450 No", times=0), "times=0"),
        (lambda f: f.reply("rcpt", "no"), "is no reply"),
        (lambda f: f.stall("rcpt", 0), "more than 0 seconds"),
        (lambda f: f.stall("rcpt", float("inf")), "more than 0 seconds"),
        (lambda f: f.greylist(0), "more than 0 minutes"),
        (lambda f: f.rate_limit("fast"), "'10/s'"),
        (lambda f: f.rate_limit("10/s", burst=0), "at least one message"),
        (lambda f: f.rate_limit("10/s", stage="x"), "no stage"),
        (lambda f: f.rate_limit("10/s", reply="x"), "is no reply"),
        (lambda f: f.limit_connections(-1), r"limit_connections\(-1\): at least 0"),
        (lambda f: f.max_messages_per_connection(-1), "at least 0, or None"),
        (lambda f: f.split_replies(0), "at least 1, or None"),
    ],
)
def test_a_script_that_makes_no_sense_is_a_mistake(
    script: Callable[[Faults], None], words: str
) -> None:
    """Said where it is written, not in the thread of the server."""
    with pytest.raises(ConfigurationError, match=words):
        script(Faults())


def test_a_misspelt_aim_is_a_mistake() -> None:
    """As with every function."""
    with pytest.raises(TypeError, match="tims"):
        Faults().reply("rcpt", "450 No", tims=1)
