from __future__ import annotations

import pytest

from safesend.testing import FakeClock, Moment
from safesend.testing.faults import Faults, Plan


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


def test_several_rules_are_joined() -> None:
    """The later one wins where they disagree."""
    faults = Faults()
    faults.reply("rcpt", "451 No")
    faults.stall("rcpt", 2.0)
    faults.reply("rcpt", "550 Never")

    assert faults.plan(_moment()) == Plan(reply="550 Never", stall=2.0)


def test_an_unknown_stage_is_a_mistake() -> None:
    """A rule that never applies would make a test that never fails."""
    with pytest.raises(ValueError, match="no stage is called 'recipient'"):
        Faults().reply("recipient", "550 No")


def test_it_can_behave_again() -> None:
    """Everything is forgotten."""
    faults = Faults()
    faults.reply("rcpt", "451 No")
    faults.greylist(60)
    faults.limit_connections(1)
    faults.max_messages_per_connection(1)
    faults.split_replies()
    assert faults.scripted

    faults.behave()

    assert not faults.scripted
    assert faults.plan(_moment()) is None
    assert not faults.too_early("a", "b")
    assert (faults.most_connections, faults.most_messages, faults.piece) == (None,) * 3


def test_greylisting_turns_each_pair_away_at_first() -> None:
    """For so many seconds after its first try, by the clock it was given."""
    clock = FakeClock()
    faults = Faults(clock)
    assert not faults.too_early("a", "b")

    faults.greylist(60)

    assert faults.too_early("a", "b")
    clock.advance(59)
    assert faults.too_early("a", "b")
    assert faults.too_early("a", "c")
    clock.advance(1)
    assert not faults.too_early("a", "b")
    assert faults.too_early("a", "c")
