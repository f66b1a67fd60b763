"""ledger/chronicles.py: the past of a campaign, of whatever the tables say."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.ledger.chronicles import chronicle_of, rehearsal_row
from safesend.ledger.history import (
    Bucket,
    PastRun,
    RehearsalNote,
    Replied,
    Sessions,
    Share,
)
from safesend.ledger.values import Control, State

ABOUT = (
    *("spring", "", "", 1.0, 2.0, 0.0, "pause", 5, b"print"),
    *(None, None, 60.0, None),
)
NOTE = RehearsalNote(
    at=3.0,
    rows=5,
    new=5,
    digest=b"d",
    checks=("L1", "L2"),
    version="1",
    actor="ada",
    seconds=0.5,
)


def told(**answers):
    """A ledger that says so, and nothing else."""
    known = {"past": [(*ABOUT, 99)], **answers}

    def asked(query, *values):
        assert values[:1] in {(), (99,)}
        return known.get(query, [])

    return asked


def surveyed(provider, code, **known):
    """What a ledger knows of the rows of a provider in a state."""
    names = ("number", "seeds", "trusted", "first_tried", "first", "last")
    dates = ("first_accepted", "last_accepted")
    return (provider, code, *(known.get(name) for name in (*names, *dates)))


def test_nothing_happened_yet():
    """
    A campaign without rows has a name, an order, and no dates.
    """
    found = chronicle_of(told(), lambda _: True)

    assert (found.name, found.control) == ("spring", Control.PAUSE)
    assert (found.keep_for, found.first_tried, found.last_accepted) == (60, None, None)
    assert found.timeline.buckets == ()


def test_two_numbers_stand_for_one_state():
    """
    Who waits for the first time and who waits again are added up; drafts are left out.
    """
    survey = [
        surveyed("a", 2, number=3, seeds=1, trusted=0),
        surveyed("a", 3, number=2, seeds=0, trusted=0, first_tried=8.0, last=9.0),
        surveyed("b", 5, number=1, seeds=0, trusted=1, first_tried=6.0, last=6.0),
    ]
    counts = [(1, 7), (2, 3), (5, 1)]

    found = chronicle_of(told(survey=survey, counts=counts), lambda _: True)

    assert found.shares == (
        Share("a", State.WAITING, 5, 1),
        Share("b", State.ACCEPTED, 1, 0),
    )
    assert found.counts == {State.WAITING: 3, State.ACCEPTED: 1}
    assert (found.on_trust, found.first_tried, found.waiting_since) == (1, 6.0, 8.0)


@given(
    st.dictionaries(
        st.tuples(st.none() | st.integers(0, 9), st.integers(0, 5), st.integers(2, 11)),
        st.integers(1, 9),
    )
)
def test_every_row_has_its_tries_and_every_answer_its_time(numbers):
    """
    However they stand; rows without an answer are in no piece of time.
    """
    pace = [(*of, number) for of, number in numbers.items()]

    found = chronicle_of(told(pace=pace), lambda _: True)

    buckets = found.timeline.buckets
    assert sum(found.attempts.values()) == sum(numbers.values())
    assert sum(one.accepted + one.refused + one.other for one in buckets) == sum(
        number for (piece, *_), number in numbers.items() if piece is not None
    )
    assert [one.begins for one in buckets] == sorted({one.begins for one in buckets})
    accepted = sum(
        number
        for (at, _, code), number in numbers.items()
        if code == 5 and at is not None
    )
    assert sum(one.accepted for one in buckets) == accepted


def test_a_timeline_begins_with_its_first_answer():
    """
    Its pieces are as wide as people count, from a whole one on.
    """
    survey = [surveyed("a", 5, number=2, seeds=0, trusted=0, first=61.0, last=7300.0)]

    found = chronicle_of(told(survey=survey, pace=[(0, 1, 5, 2)]), lambda _: True)

    assert found.timeline.width == 120
    assert found.timeline.buckets == (Bucket(0, accepted=2),)


@pytest.mark.parametrize("alive", [True, False])
@pytest.mark.parametrize("ended", [None, 9.0])
def test_who_ended_is_not_alive(alive, ended):
    """
    And nobody is asked for a run that ended.
    """
    run = (4, "boot", "space", 123, 77, 60.0, 3.0, ended, "smtp:", "ada", "")
    asked = []

    def is_alive(who):
        asked.append(who.run)
        return alive

    found = chronicle_of(told(runs=[run]), is_alive)

    assert found.runs == (
        PastRun(
            number=4,
            started=3.0,
            ended=ended,
            relay="smtp:",
            actor="ada",
            stopped="",
            alive=alive and ended is None,
        ),
    )
    assert asked == ([4] if ended is None else [])


def test_what_is_noted_of_a_rehearsal_is_told_again():
    """
    Nobody's address is in it, whoever started it.
    """
    note = attrs.evolve(NOTE, actor="ada@example.org")
    campaign, *row = rehearsal_row(1, note)

    found = chronicle_of(told(rehearsals=[tuple(row)]), lambda _: True)

    [again] = found.rehearsals
    assert campaign == 1
    assert "ada@example.org" not in again.actor
    assert attrs.evolve(again, actor="ada") == NOTE


def test_replies_are_read_as_people_read_them():
    """
    The code, the enhanced code, the text; and the sessions as they were secured.
    """
    answers = [(6, 550, "5.1.1", "no such user", 3)]
    sessions = [("smtp:", "TLSv1.3", 2)]

    found = chronicle_of(told(answers=answers, sessions=sessions), lambda _: True)

    assert found.replies == (Replied(State.REFUSED, "550 5.1.1 no such user", 3),)
    assert found.sessions == (Sessions("smtp:", "TLSv1.3", 2),)
