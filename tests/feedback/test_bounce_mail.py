"""feedback/bounce_mail.py: from the octets of a mail to news."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.mails import ADA, ID, LETTER, TOKEN, TOKEN_ADDRESS, block, mail, report
from feedback.systems import PLAIN, REPORTS
from safesend.feedback import Key, MailKind, Mark, read_bounce
from safesend.ledger.heard import Heard
from safesend.message.address import Address
from safesend.policies.replies import builtin

_ADA = Address.parse(ADA)
_ID = Key(Mark.MESSAGE_ID, bytes.fromhex(ID))
_TOKEN = Key(Mark.BOUNCE, bytes.fromhex(TOKEN))
_ALL = {**REPORTS, **PLAIN}


def _failed(status="5.1.1", diagnostic="", action="failed", **fields):
    fields = {"Final_Recipient": f"rfc822; {ADA}", **fields}
    return block(
        **fields, Action=action, Status=status, Diagnostic_Code=diagnostic or None
    )


@pytest.mark.parametrize("octets", _ALL.values(), ids=_ALL)
def test_a_mailbox_that_is_gone_is_told_by_every_system(octets):
    """
    With the message that it was for, in one report of each kind.
    """
    found = read_bounce(octets)
    assert (found.kind, found.problem) == (MailKind.BOUNCE, "")
    [news] = found.news
    assert (news.heard, news.no_mailbox) == (Heard.BOUNCED, True)
    assert (news.keys, news.about) == ((_ID,), {_ADA})
    assert news.at in {1_800_000_000, 1_799_999_970}


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "heard", "kind"),
    [
        ("failed", "5.2.2", "smtp; 552 5.2.2 full", Heard.RETURNED, MailKind.BOUNCE),
        ("failed", "4.4.7", "smtp; 421 later", Heard.RETURNED, MailKind.BOUNCE),
        ("failed", "5.7.1", "smtp; 550 5.7.1 no", Heard.BOUNCED, MailKind.BOUNCE),
        ("delayed", "4.4.1", "", Heard.TAKEN, MailKind.DELAY),
        ("delivered", "2.0.0", "", Heard.DELIVERED, MailKind.DELIVERY),
        ("relayed", "2.0.0", "", Heard.TAKEN, MailKind.DELIVERY),
        ("expanded", "2.0.0", "", Heard.TAKEN, MailKind.DELIVERY),
    ],
)
def test_other_news_leave_the_mailbox_alone(action, status, diagnostic, heard, kind):
    """
    What is still on the way is no bounce.
    """
    found = read_bounce(report(_failed(status, diagnostic, action)))
    [news] = found.news
    assert (found.kind, news.heard, news.no_mailbox) == (kind, heard, False)


def test_the_bounce_address_counts_before_the_message_id():
    """
    Then what else may be the mark of the message, each once.
    """
    reported = f"Reporting-MTA: dns; x\nOriginal-Envelope-Id: {'ab' * 16}"
    octets = report(
        _failed(), To=TOKEN_ADDRESS, In_Reply_To=f"<{ID}@x>", first=reported
    )
    [news] = read_bounce(octets).news
    other = Key(Mark.MESSAGE_ID, bytes.fromhex("ab" * 16))
    assert news.keys == (_TOKEN, _ID, other)


@pytest.mark.parametrize(
    ("original", "final", "about", "no_mailbox"),
    [
        (ADA, ADA, ADA, True),
        (ADA, "ADA@example.org", ADA, True),
        (ADA, "ada@mx1.example.org", ADA, True),
        (ADA, "ada", ADA, True),
        (ADA, "", ADA, True),
        ("", ADA, ADA, True),
        (ADA, "ada@example.net", "ada@example.net", True),
        (ADA, "grace@example.org", "grace@example.org", True),
        (ADA, "ada@badexample.org", "ada@badexample.org", True),
        ("", "further@example.net", "further@example.net", True),
        (ADA, "grace", None, False),
        ("", "grace", None, False),
    ],
)
def test_it_is_about_the_mailbox_that_did_not_get_it(
    original, final, about, no_mailbox
):
    """
    The row's own, or one further on: then the row's mailbox is there.
    """
    fields = {
        "Original_Recipient": f"rfc822;{original}" if original else "",
        "Final_Recipient": f"rfc822;{final}" if final else "",
    }
    [news] = read_bounce(report(_failed(**fields))).news
    assert news.about == ({Address.parse(about)} if about else set())
    assert (news.no_mailbox, news.heard) == (no_mailbox, Heard.BOUNCED)
    assert _ADA in news.named


def test_a_report_tells_of_several():
    """
    An alias sent it to many; each fortune is news once.
    """
    octets = report(
        _failed(),
        _failed(),
        _failed(Final_Recipient="rfc822; grace@example.org"),
        _failed("2.0.0", action="expanded"),
    )
    found = read_bounce(octets)
    assert found.kind is MailKind.BOUNCE
    heard = [news.heard for news in found.news]
    assert heard == [Heard.BOUNCED, Heard.BOUNCED, Heard.TAKEN]


def test_a_report_about_a_message_of_others_has_no_news():
    """
    Or about a bounce: that has an id of its own.
    """
    theirs = LETTER.replace(ID, "theirs")
    bounce = REPORTS["postfix"].decode().replace("\r\n", "\n")
    for letter in (theirs, bounce, ""):
        found = read_bounce(report(_failed(), letter=letter))
        assert (found.kind, found.news) == (MailKind.BOUNCE, ())


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (b"", MailKind.UNREADABLE),
        (b" \r\n\r\n", MailKind.UNREADABLE),
        (mail("Hi", From=ADA, Return_Path="", Subject="Re: Hello"), MailKind.MAIL),
        (mail("Away", From=ADA, Subject="Out of office"), MailKind.AUTO_REPLY),
        (
            report(kind="disposition-notification", status="text/plain"),
            MailKind.RECEIPT,
        ),
        (
            report(kind="", status="message/disposition-notification"),
            MailKind.RECEIPT,
        ),
        (mail("Something went wrong."), MailKind.UNKNOWN),
        (report(status=""), MailKind.UNKNOWN),
        (report(status="text/plain"), MailKind.UNKNOWN),
    ],
)
def test_what_is_no_report_has_no_news(octets, kind):
    """
    Whatever it holds; nothing is booked of it.
    """
    found = read_bounce(octets)
    assert (found.kind, found.news) == (kind, ())


def test_what_is_not_understood_and_ours_is_a_problem():
    """
    Somebody is to read it; a bounce of others is nobody's.
    """
    ours = read_bounce(mail("It went wrong.", To=TOKEN_ADDRESS))
    assert "read it yourself" in ours.problem
    assert read_bounce(mail("It went wrong.")).problem == ""
    assert read_bounce(b"").problem == "the mail is empty"


def test_a_warning_without_a_report_is_a_delay():
    """
    The message is still on the way.
    """
    body = f"It has not yet been delivered to\n  <{ADA}>\nNo action is required on"
    found = read_bounce(mail(f"{body} your part.\n\n{LETTER}"))
    assert (found.kind, found.news[0].heard) == (MailKind.DELAY, Heard.TAKEN)


def test_a_text_that_names_a_full_mailbox_returns_it():
    """
    The reply beside the name counts.
    """
    full = PLAIN["qmail"].replace(b"550 5.1.1 unknown user", b"552 5.2.2 quota")
    [news] = read_bounce(full).news
    assert (news.heard, news.code, news.no_mailbox) == (Heard.RETURNED, 552, False)


def test_rules_of_your_own_count():
    """
    As they do while a campaign is sent.
    """
    own = """
[[rule]]
name = "kept"
stage = "rcpt"
code = "5xx"
scope = "recipient"
do = "fail"
means = "our own server says so of everybody"
"""
    [news] = read_bounce(report(_failed()), builtin().extended(own, "own.toml")).news
    assert (news.heard, news.no_mailbox) == (Heard.BOUNCED, False)


_HEAD = b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
_STATUS = b"--x\nContent-Type: message/delivery-status\n\nAction: failed\n"
_FINAL = b"Final-Recipient: rfc822; a@b.cc\nDiagnostic-Code: "
_BOMBS = {
    "one line": b"a" * 3_000_000,
    "headers": b"Subject: x\r\n" * 250_000,
    "token": b"To: " + b"0" * 1_000_000,
    "parameters": b"Content-Type: a/b; " + b'a="' * 300_000,
    "parts": _HEAD + b"--x\n" * 250_000,
    "nested": b"".join(
        b"Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n" % (n, n)
        for n in range(15_000)
    ),
    "diagnostic": _HEAD + _STATUS + _FINAL + b"said 5" * 150_000,
    "recipients": _HEAD + _STATUS + (_FINAL + b"said 5\n") * 15_000,
    "blanks": _HEAD + _STATUS + b"\n \t" * 300_000,
    "plain": b"From: mailer-daemon@b.cc\n\nHi. This is the\n\n" + b"<a@b>: " * 140_000,
}


@pytest.mark.parametrize("octets", _BOMBS.values(), ids=_BOMBS)
def test_a_bomb_is_read_in_no_time(octets):
    """
    Most take some hundredths of a second; a slow machine has much more.
    """
    began = time.process_time()
    read_bounce(octets)
    assert time.process_time() - began < 10


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=600))
def test_nothing_is_raised(octets):
    """
    Whatever the octets are.
    """
    assert read_bounce(octets).kind in MailKind


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_nothing_is_raised_of_a_report_that_was_changed(data):
    """
    Octets are lost, doubled, changed, or put in another place.
    """
    octets = bytearray(data.draw(st.sampled_from([*_ALL.values()])))
    for _ in range(data.draw(st.integers(1, 8))):
        begin = data.draw(st.integers(0, len(octets)))
        end = min(len(octets), begin + data.draw(st.integers(0, 80)))
        piece = bytes(octets[begin:end])
        new = data.draw(
            st.sampled_from([b"", piece * 2, piece[::-1], b"\r\n\r\n", b"--=_sep\r\n"])
            | st.binary(max_size=20)
        )
        octets[begin:end] = new
    found = read_bounce(bytes(octets))
    assert found.kind in MailKind
    assert all(news.keys for news in found.news)


@pytest.mark.parametrize(
    ("words", "status", "no_mailbox", "code"),
    [
        # OpenSMTPD; Exim of a mailbox of its own.
        (f"{ADA}: 550 5.1.1 no such user", "5.0.0", True, 550),
        (f"  {ADA}\n    no such mailbox here", "5.0.0", True, None),
        (f"{ADA}: 552 5.2.2 mailbox full", "5.0.0", False, 552),
        (f"{ADA}: 450 4.2.1 later", "5.0.0", False, None),
        (f"{ADA}: 550 5.1.1 no such user", "5.7.1", False, None),
        ("I am sorry.", "5.0.0", False, None),
    ],
)
def test_what_a_report_keeps_for_the_reader_is_read_there(
    words, status, no_mailbox, code
):
    """
    Where its fields tell no reason, and only what is said of that mailbox.
    """
    [news] = read_bounce(report(_failed(status), words=words)).news
    assert (news.no_mailbox, news.code) == (no_mailbox, code)


def test_nothing_is_read_there_of_nobody():
    """
    Where the report names no mailbox.
    """
    octets = report(block(Final_Recipient="x; ?", Action="failed", Status="5.0.0"))
    [news] = read_bounce(octets).news
    assert not news.no_mailbox
