"""feedback/bounces.py: the mails of a bounce mailbox, one after the other."""

from __future__ import annotations

import pytest

from feedback.mails import ADA, LETTER, TOKEN_ADDRESS, block, mail, report
from feedback.systems import PLAIN, REPORTS
from safesend.errors import Problem
from safesend.feedback import MailKind, MailRead, Unfit, read_bounces
from safesend.feedback.delivery_status import read_status
from safesend.policies.replies import builtin

_THEIRS = report(
    block(Final_Recipient=f"rfc822; {ADA}", Action="failed", Status="5.1.1"),
    letter=LETTER.replace("Message-ID", "X-Id"),
)
_MAILS = [
    ("new/1", REPORTS["postfix"]),
    ("new/2", PLAIN["qmail"]),
    ("new/3", _THEIRS),
    ("new/4", mail("Hello", From=ADA, Return_Path="", Subject="Re: Hello")),
    (f"cur/{ADA}", mail("what", To=TOKEN_ADDRESS)),
    ("new/6", Unfit("", f"the file of {ADA} is gone")),
]


def test_every_mail_is_told_by_its_place():
    """
    What it is, and how much news it had, so that it can be moved when that is booked.
    """
    reader = read_bounces(_MAILS)
    assert len([*reader]) == 2
    assert reader.read == [
        MailRead("new/1", MailKind.BOUNCE, 1),
        MailRead("new/2", MailKind.BOUNCE, 1),
        MailRead("new/3", MailKind.BOUNCE, 0),
        MailRead("new/4", MailKind.MAIL, 0),
        MailRead(f"cur/{ADA}", MailKind.UNKNOWN, 0),
        MailRead("new/6", MailKind.UNREADABLE, 0),
    ]
    assert (reader.mails, reader.foreign) == (6, 1)
    assert reader.kinds == {
        MailKind.BOUNCE: 3,
        MailKind.MAIL: 1,
        MailKind.UNKNOWN: 1,
        MailKind.UNREADABLE: 1,
    }


def test_problems_are_kept_and_name_nobody():
    """
    A thousand of them; all are counted.
    """
    reader = read_bounces(_MAILS)
    assert [*reader]
    unknown, unread = reader.problems
    assert unknown.file == "c…@example.org"
    assert unread == Problem("new/6", 0, "", "the file of a…@example.org is gone")
    many = read_bounces([("x", b"")] * 1_100)
    assert [*many] == []
    assert (len(many.problems), many.total_problems) == (1_000, 1_100)


def test_it_begins_anew_when_it_is_read_again():
    """
    As far as its mails do.
    """
    reader = read_bounces(_MAILS)
    assert [*reader] == [*reader]
    assert (reader.mails, reader.foreign, reader.total_problems) == (6, 1, 2)


def test_what_the_mailbox_raises_goes_through():
    """
    What came before it counts.
    """

    def broken():
        yield _MAILS[0]
        raise OSError

    reader = read_bounces(broken(), builtin())
    with pytest.raises(OSError):
        list(reader)
    assert reader.read == [MailRead("new/1", MailKind.BOUNCE, 1)]


def test_no_mail_shows_in_how_it_prints():
    """
    Nor what a report says of people, on the way.
    """
    told = read_status(
        b"Original-Envelope-Id: ada@example.org\r\n\r\nFinal-Recipient: rfc822;"
        b" ada@example.org\r\nAction: failed\r\nLast-Attempt-Date: ada@example.org\r\n"
    )
    reader = read_bounces([("new/1", b"To: ada@example.org\r\n\r\n")])
    assert [*reader] == []
    assert "ada@" not in repr(told) + repr(reader)
