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
    shown, *untried = judge_get("https://a.test", Reaction(status, button=True))

    well = 200 <= status < 300
    assert (posted.grade is Grade.PASS) == well
    assert shown.grade is (Grade.PASS if well else Grade.FAIL)
    assert [one.grade for one in untried] == [Grade.SKIPPED] * well


def test_a_redirect_shows_where_it_leads():
    """Whatever text that is."""
    [shown] = judge_get("https://a.test", Reaction(302, "http://[x"))

    assert shown.grade is Grade.FAIL
    assert "Location: http://[x" in shown.seen


@pytest.mark.parametrize(
    ("then", "grade"),
    [
        (Reaction(200, button=True), Grade.WARN),
        (Reaction(200), Grade.FAIL),
        (Reaction(404, button=True), Grade.FAIL),
        (Reaction(302, "/again", button=True), Grade.FAIL),
        (None, Grade.FAIL),
    ],
)
def test_a_redirect_is_judged_by_the_page_that_it_leads_to(then, grade):
    """Readers with a token of their own may see the page at once."""
    shown, *untried = judge_get("https://a.test", Reaction(302, "/x"), then)

    assert shown.grade is grade
    assert ("with a made-up token" in shown.reason) == (grade is Grade.WARN)
    assert len(shown.seen) >= (2 if then is None else 3)
    assert [one.what for one in untried] == ["Opening the link"] * (grade is Grade.WARN)


def test_a_page_without_a_button():
    """It may be one that takes people off when it is opened, which is not known."""
    page, opening = judge_get("https://a.test", Reaction(200))

    assert (page.grade, opening.grade) == (Grade.WARN, Grade.SKIPPED)
    assert "whoever opens it is off" in page.reason


def test_no_answer():
    """What may be better another time is unknown."""
    late = judge_no_line("https://a.test", "late", None, later=True)
    flawed = judge_no_line("https://a.test", "bad", TlsFlaw.EXPIRED, later=False)

    assert late.grade is Grade.UNKNOWN
    assert flawed.grade is Grade.FAIL
    assert "certificate" in flawed.publish
