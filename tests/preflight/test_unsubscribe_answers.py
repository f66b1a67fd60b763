"""What an answer to a click means."""

from __future__ import annotations

import pytest

from safesend.preflight import Grade
from safesend.preflight.unsubscribe_answers import (
    Reaction,
    judge_get,
    judge_no_line,
    judge_post,
)
from safesend.smtp.seen import TlsFlaw


def test_two_things_at_once():
    """A cookie and a long wait are two findings."""
    found = [*judge_post("https://a.test", Reaction(200, cookie=True, seconds=2.0))]

    assert [one.grade for one in found] == [Grade.WARN, Grade.WARN]
    assert found[0].seen == ("200 after 2.0 s", "Set-Cookie")


@pytest.mark.parametrize("status", range(100, 600, 7))
def test_every_status_means_something(status):
    """And only the two hundreds that one is off the list."""
    [posted] = judge_post("https://a.test", Reaction(status))
    [shown] = judge_get("https://a.test", "a.test", Reaction(status))

    assert (posted.grade is Grade.PASS) == (200 <= status < 300)
    assert (shown.grade is Grade.PASS) == (200 <= status < 400)


def test_an_address_that_is_none():
    """What a host sends readers on to may be any text."""
    [shown] = judge_get("https://a.test", "a.test", Reaction(302, "http://[x"))

    assert shown.grade is Grade.WARN
    assert "cannot be read" in shown.reason


def test_no_answer():
    """What may be better another time is unknown."""
    late = judge_no_line("https://a.test", "late", None, later=True)
    flawed = judge_no_line("https://a.test", "bad", TlsFlaw.EXPIRED, later=False)

    assert late.grade is Grade.UNKNOWN
    assert flawed.grade is Grade.FAIL
    assert "certificate" in flawed.publish
