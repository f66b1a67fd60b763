from __future__ import annotations

from safesend.testing import Transaction
from safesend.testing.transactions import Attempt


def _attempt(*notes: tuple[str, str, float]) -> Attempt:
    attempt = Attempt(7, 2, "a@x.example", 10.0)
    attempt.recipients.append("b@x.example")
    for stage, reply, now in notes:
        attempt.note(stage, reply, now, kept=reply == "250 kept")
    return attempt


def test_a_message_that_is_kept_decides() -> None:
    """Also after somebody was refused; what comes later is no part of it."""
    attempt = _attempt(
        ("mail", "250 Ok", 10),
        ("rcpt", "550 No", 11),
        ("content", "250 kept", 12),
        ("rset", "421 Bye", 13),
    )

    assert attempt.so_far() == Transaction(
        number=7,
        connection=2,
        sender="a@x.example",
        recipients=("b@x.example",),
        began=10,
        ended=12,
        stage="content",
        reply="250 kept",
        accepted=True,
    )


def test_else_the_first_refusal_decides() -> None:
    """What follows from it does not count."""
    told = _attempt(("rcpt", "450 Later", 11), ("data", "554 Nobody", 12)).so_far()

    assert (told.stage, told.reply, told.ended) == ("rcpt", "450 Later", 11)
    assert not told.accepted


def test_hanging_up_is_a_refusal_without_words() -> None:
    """There is no reply to tell of."""
    told = _attempt(("data", "354 Go on", 11), ("content", "", 12)).so_far()

    assert (told.stage, told.reply, told.accepted) == ("content", "", False)


def test_what_was_given_up_ends_with_the_last_answer() -> None:
    """The client went away, or said RSET."""
    assert _attempt().so_far().stage == "mail"
    assert _attempt(("data", "354 Go on", 11)).so_far().reply == "354 Go on"


def test_the_recipient_is_the_first_who_was_named() -> None:
    """Most transactions have one."""
    attempt = _attempt()
    attempt.recipients.append("c@x.example")

    assert attempt.so_far().recipient == "b@x.example"
    assert Attempt(1, 1, "", 0.0).so_far().recipient == ""
