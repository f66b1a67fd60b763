from __future__ import annotations

import attrs
import pytest

from safesend.errors import ConfigurationError
from safesend.testing import Moment
from safesend.testing.rules import STAGES, Plan, Rule, Target, checked_reply

AT_RCPT = Moment("rcpt", "Ada@x.example", 1, 0, "a@x.example", (), 3)
AT_THE_DOT = attrs.evolve(
    AT_RCPT, stage="content", argument="", recipients=("Ada@x.example",)
)


@pytest.mark.parametrize("stage", STAGES)
def test_a_target_is_a_stage(stage: str) -> None:
    """And no other; "dot" is another word for "content"."""
    hit = [
        one for one in STAGES if Target(stage).is_hit(attrs.evolve(AT_RCPT, stage=one))
    ]

    assert hit == [stage]
    assert Target("dot").is_hit(AT_THE_DOT)


def test_a_target_may_be_one_message() -> None:
    """By its number on the server."""
    assert Target("rcpt", message=3).is_hit(AT_RCPT)
    assert not Target("rcpt", message=2).is_hit(AT_RCPT)


def test_a_target_may_be_one_person() -> None:
    """By the address in RCPT, and later by those who were taken; case is the same."""
    assert Target("rcpt", to="ada@X.example").is_hit(AT_RCPT)
    assert Target("dot", to="ada@x.example").is_hit(AT_THE_DOT)
    assert not Target("rcpt", to="bob@x.example").is_hit(AT_RCPT)
    others = attrs.evolve(
        AT_RCPT, argument="bob@x.example", recipients=("ada@x.example",)
    )
    assert not Target("rcpt", to="ada@x.example").is_hit(others)


def test_a_target_may_ask() -> None:
    """Of those that are meant otherwise."""
    target = Target("rcpt", message=3, when=lambda m: m.accepted == 0)

    assert target.is_hit(AT_RCPT)
    assert not target.is_hit(attrs.evolve(AT_RCPT, accepted=1))


@pytest.mark.parametrize(
    ("stage", "aim", "words"),
    [
        ("recipient", {}, "no stage is called 'recipient'; there are connect, ehlo"),
        ("rcpt", {"message": 0}, "the first message is 1"),
        ("rcpt", {"to": "ada"}, "one whole address"),
        ("ehlo", {"message": 1}, "no message has begun at 'ehlo'"),
        ("mail", {"to": "ada@x.example"}, "no recipient is known at 'mail'"),
    ],
)
def test_a_target_that_cannot_be_hit_is_a_mistake(
    stage: str, aim: dict, words: str
) -> None:
    """A fault that never happens would make a test that never fails."""
    with pytest.raises(ConfigurationError, match=words):
        Target(stage, **aim)


def test_a_rule_is_used_up() -> None:
    """By the moments that it happens at, not by others."""
    rule = Rule(Target("rcpt"), Plan(stall=1), 1)

    assert [rule.take(one) for one in (AT_THE_DOT, AT_RCPT, AT_RCPT)] == [0, 1, 0]
    always = Rule(Target("rcpt"), Plan(stall=1), None)
    assert all(always.take(AT_RCPT) for _ in range(9))
    with pytest.raises(ConfigurationError, match="times=0: it would never happen"):
        Rule(Target("rcpt"), Plan(), 0)


def test_plans_are_joined() -> None:
    """The later one wins where they disagree."""
    plan = Plan(reply="451 No", stall=2.0).joined(Plan(reply="550 Never"))

    assert plan == Plan(reply="550 Never", stall=2.0)


@pytest.mark.parametrize("text", ["451", "451 No", "250-one\n250 two", "354 Go on"])
def test_a_reply_has_a_code(text: str) -> None:
    """And, it may be, several lines."""
    assert checked_reply(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "No", "45 No", "199 No", "451-No", "250-a\n550 b", "451 No\r\n", "4510"],
)
def test_what_is_no_reply_is_a_mistake(text: str) -> None:
    """For those who mean it there is garbage."""
    with pytest.raises(ConfigurationError, match="garbage"):
        checked_reply(text)
