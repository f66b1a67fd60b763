"""What the caller is told, for every mix of outcomes."""

from __future__ import annotations

import smtplib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.delivery import (
    Accepted,
    Deferred,
    InDoubt,
    NotSent,
    Outcome,
    Refused,
    Stage,
)
from safesend.smtplib import SMTPInDoubt
from safesend.smtplib.fates import IN_DOUBT, Fates

OUTCOMES = st.sampled_from(
    [
        Accepted(),
        Refused(Stage.RCPT, 550, text="no"),
        Refused(Stage.MAIL, 553, text="not you"),
        Refused(Stage.CONTENT, 554, text="spam"),
        Deferred(Stage.DATA, 451, text="later"),
        NotSent(Stage.MAIL, text="Connection unexpectedly closed"),
        InDoubt(text="Connection unexpectedly closed"),
    ]
)


def _fates(outcomes: list[Outcome]) -> Fates:
    fates = Fates("office@example.net")
    for number, outcome in enumerate(outcomes):
        fates.note(str(number), outcome)
    return fates


@given(st.lists(OUTCOMES, max_size=5), st.integers(0, 2))
def test_nobody_who_has_it_is_ever_called_refused(
    outcomes: list[Outcome], untried: int
) -> None:
    """An exception says that nobody has it, or that it is in doubt."""
    everybody = [str(n) for n in range(len(outcomes) + untried)]
    fates = _fates(outcomes)
    accepted = [n for n, x in enumerate(outcomes) if isinstance(x, Accepted)]
    doubted = [n for n, x in enumerate(outcomes) if isinstance(x, InDoubt)]
    try:
        told = fates.settled(everybody)
    except SMTPInDoubt as doubt:
        told = doubt.recipients
    except smtplib.SMTPException:
        told = {}
        assert not doubted
    else:
        assert accepted
    if told or accepted:
        assert set(everybody) - told.keys() == {str(n) for n in accepted}
    assert {k for k, v in told.items() if v[0] == IN_DOUBT} == {str(n) for n in doubted}
    assert list(told) == [one for one in everybody if one in told]


def test_all_were_taken() -> None:
    """Then the dictionary is empty."""
    fates = _fates([Accepted(), Accepted()])
    assert (fates.settled(["0", "1"]), fates.somebody) == ({}, True)
    assert (fates.hopeless, fates.unfinished) == (False, False)


def test_who_was_put_aside_is_told_with_the_others() -> None:
    """Also when nobody else was asked."""
    aside = {"x": (553, b"not one mailbox")}
    assert Fates("a", aside, {"0": Accepted()}).settled(["x", "0"]) == aside
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        Fates("a", aside).settled(["x"])
    assert refused.value.recipients == aside
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        Fates("a", aside, {"0": Refused(Stage.DATA, 554, text="no")}).settled(
            ["x", "0"]
        )


def test_a_sender_who_is_turned_away_is_asked_for_no_more() -> None:
    """As long as nobody has the message."""
    assert _fates([Refused(Stage.MAIL, 553)]).hopeless
    assert not _fates([Accepted(), Refused(Stage.MAIL, 553)]).hopeless
    assert not _fates([]).hopeless


def test_our_own_words_are_told_apart_from_the_servers() -> None:
    """What the server said comes as octets; what we say begins with what it means."""
    fates = _fates(
        [
            Accepted(),
            Refused(Stage.RCPT, 550, text="n\xe9"),
            NotSent(Stage.MAIL, text="lost"),
            Refused(Stage.COMPOSE, text="not to be written"),
        ]
    )
    assert fates.settled(["0", "1", "2", "3"]) == {
        "1": (550, b"n\xe9"),
        "2": (421, b"not sent: lost"),
        "3": (421, b"refused: not to be written"),
    }


def test_nobody_stands_in_what_is_printed_of_it():
    """A traceback shows such values (L31)."""
    fates = Fates("office@example.org", {"no one": (553, b"x")})
    fates.note("ada@example.org", Accepted())
    assert "@" not in repr(fates)
    assert "no one" not in repr(fates)
