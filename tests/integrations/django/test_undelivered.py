"""integrations/django/undelivered.py: Django's errors and this library's in one."""

from __future__ import annotations

import smtplib

from safesend.errors import TransportError
from safesend.integrations.django import AllRefused, Undelivered


def test_both_worlds_catch_it():
    """Code for `smtplib`, code for sockets and code for safesend."""
    for kind in (smtplib.SMTPException, OSError, TransportError):
        assert issubclass(Undelivered, kind)
        assert issubclass(AllRefused, kind)
    assert issubclass(AllRefused, smtplib.SMTPRecipientsRefused)


def test_a_cause_gives_what_it_knows():
    """Stage, code, and whether to try again is of use."""
    cause = TransportError("no", stage="auth", code=535, permanent=True)
    made = Undelivered("no", cause=cause)
    assert (made.stage, made.code, made.permanent) == ("auth", 535, True)
    assert (made.accepted, made.recipients) == (0, {})


def test_numbers_are_printed_and_addresses_are_not():
    """The dictionary is there for who asks."""
    replies = {"ada@example.org": (-1, b""), "ben@example.org": (421, b"")}
    made = Undelivered.of(1, replies, 1)
    assert str(made) == (
        "1 of 3 recipients have it; of 1 it is not known; 1 have not got it; sent"
        " again to all it would reach some of them twice"
    )
    assert made.recipients == replies
    nobody = Undelivered.of(0, {"ada@example.org": (421, b"")}, 0)
    assert str(nobody) == "0 of 1 recipients have it; 1 have not got it"
    assert str(AllRefused(replies)) == "each of 2 recipients was refused (-1, 421)"
    one = AllRefused({"ada@example.org": (550, b"")})
    assert str(one) == "the recipient was refused (550)"
    assert "@" not in repr(one)
