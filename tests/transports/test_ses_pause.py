"""While no clear answers come, few messages find that out."""

from __future__ import annotations

import pytest

from safesend.transports.ses_pause import DoubtPause


def test_nothing_is_closed_to_begin_with() -> None:
    """Nor after answers."""
    pause = DoubtPause()
    assert pause.closed(0.0) == 0.0
    pause.answered()
    assert pause.closed(1.0) == 0.0


def test_after_a_doubt_nobody_is_let_in_for_five_seconds() -> None:
    """Then one is, and the others wait for what becomes of it."""
    pause = DoubtPause()
    pause.unanswered(100.0)
    assert pause.closed(100.0) == pytest.approx(5.0)
    assert pause.closed(104.0) == pytest.approx(1.0)
    assert pause.closed(105.0) == 0.0
    assert pause.closed(105.1) == pytest.approx(4.9)


def test_doubts_of_one_moment_are_one() -> None:
    """Eight sessions that break together wait no longer than one."""
    pause = DoubtPause()
    for n in range(8):
        pause.unanswered(100.0 + n / 10)
    assert pause.closed(101.0) == pytest.approx(4.0)


def test_an_answer_opens_for_all() -> None:
    """Whatever it said."""
    pause = DoubtPause()
    pause.unanswered(100.0)
    assert pause.closed(105.0) == 0.0
    pause.answered()
    assert pause.closed(105.1) == 0.0
    pause.unanswered(106.0)
    assert pause.closed(106.0) == pytest.approx(5.0)


def test_an_hour_without_answers_costs_few_messages() -> None:
    """Each that tries doubles the while, up to five minutes."""
    pause, tried, now = DoubtPause(), 0, 0.0
    pause.unanswered(now)
    while now < 3600.0:
        if not pause.closed(now):
            tried += 1
            pause.unanswered(now + 0.1)
        now += 0.5
    assert 15 <= tried <= 20
