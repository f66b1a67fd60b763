"""feedback/complaints.py: feedback reports, and what Microsoft sends."""

from __future__ import annotations

import pytest

from feedback.mails import ADA, ID, LETTER, TOKEN, TOKEN_ADDRESS, block, mail, report
from safesend.feedback import Key, MailKind, Mark, read_bounce
from safesend.ledger.heard import Heard
from safesend.message.address import Address

_ADA = frozenset({Address.parse(ADA)})
_ID = Key(Mark.MESSAGE_ID, bytes.fromhex(ID))
_TOKEN = Key(Mark.BOUNCE, bytes.fromhex(TOKEN))


def _feedback(kind="abuse", letter=LETTER, **fields):
    fields = {"User_Agent": "Some/1.0", "Version": "1", **fields}
    told = block(Feedback_Type=kind, **fields)
    return report(
        kind="feedback-report",
        status="message/feedback-report",
        first=told,
        letter=letter,
        From="feedback@fbl.example.net",
        To="fbl@example.com",
        Subject="FW: Hello",
    )


def test_a_complaint_is_one():
    """
    With the mailbox, the date, and the message that it is about.
    """
    fields = {"Original_Rcpt_To": f"<{ADA}>", "Arrival_Date": "15 Jan 2027 08:00 +0000"}
    found = read_bounce(_feedback(**fields))
    [news] = found.news
    assert found.kind is MailKind.COMPLAINT
    assert (news.heard, news.text, news.at) == (
        Heard.COMPLAINED,
        "abuse",
        1_800_000_000,
    )
    assert (news.keys, news.about, news.named) == ((_ID,), _ADA, _ADA)
    assert not news.no_mailbox


@pytest.mark.parametrize(
    ("kind", "heard", "mail_kind"),
    [
        ("abuse", Heard.COMPLAINED, MailKind.COMPLAINT),
        ("Fraud", Heard.COMPLAINED, MailKind.COMPLAINT),
        ("virus", Heard.COMPLAINED, MailKind.COMPLAINT),
        ("other", Heard.COMPLAINED, MailKind.COMPLAINT),
        ("opt-out", Heard.COMPLAINED, MailKind.COMPLAINT),
        ("", Heard.COMPLAINED, MailKind.COMPLAINT),
        ("not-spam", Heard.DELIVERED, MailKind.FEEDBACK),
        ("auth-failure", Heard.TAKEN, MailKind.FEEDBACK),
    ],
)
def test_not_every_feedback_is_a_complaint(kind, heard, mail_kind):
    """
    Somebody fetched it out of the spam, or a machine reports on signatures.
    """
    found = read_bounce(_feedback(kind))
    assert (found.kind, found.news[0].heard) == (mail_kind, heard)


def test_a_complaint_is_found_by_the_bounce_address():
    """
    The report names it as the sender of the message, or the message does.
    """
    found = read_bounce(_feedback(Original_Mail_From=f"<{TOKEN_ADDRESS}>"))
    assert found.news[0].keys == (_TOKEN, _ID)
    letter = LETTER.replace("bounces@news.example.com", TOKEN_ADDRESS)
    assert read_bounce(_feedback(letter=letter)).news[0].keys == (_TOKEN, _ID)
    by_envelope = _feedback(letter="Subject: x\n", Original_Envelope_Id=ID)
    assert read_bounce(by_envelope).news[0].keys == (_ID,)


@pytest.mark.parametrize(
    "whom",
    [
        "[redacted]",
        "redacted@redacted.example",
        "Redacted@example.org",
        "dDNvQmFkMTIz@example.org",
        "",
    ],
)
def test_who_is_blackened_is_nobody(whom):
    """
    The complaint counts for the mailbox that the message was sent to.
    """
    found = read_bounce(_feedback(Original_Rcpt_To=whom))
    assert found.news[0].about == frozenset()


def test_several_are_named():
    """
    Whoever is to be taken off as well.
    """
    found = read_bounce(
        _feedback(Original_Rcpt_To=ADA, Removal_Recipient="b@example.net")
    )
    assert found.news[0].about == _ADA | {Address.parse("b@example.net")}


def test_a_complaint_about_a_message_of_others_has_no_news():
    """
    It is a complaint all the same.
    """
    found = read_bounce(_feedback(letter="Message-ID: <theirs@example.net>\n"))
    assert (found.kind, found.news) == (MailKind.COMPLAINT, ())


def test_microsoft_attaches_the_message():
    """
    And writes into it who complained.
    """
    letter = f"X-HmXmrOriginalRecipient: {ADA}\n{LETTER}"
    body = f"--x\nContent-Type: message/rfc822\n\n{letter}\n--x--\n"
    fields = {
        "From": "staff@hotmail.example",
        "Subject": "complaint about message from 192.0.2.7",
    }
    found = read_bounce(mail(body, "multipart/mixed; boundary=x", **fields))
    assert found.kind is MailKind.COMPLAINT
    assert (found.news[0].about, found.news[0].keys) == (_ADA, (_ID,))

    plain = body.replace("X-HmXmr", "X-Other")
    fields = {**fields, "Return_Path": "", "Subject": "Fwd: Hello"}
    found = read_bounce(mail(plain, "multipart/mixed; boundary=x", **fields))
    assert (found.kind, found.news) == (MailKind.MAIL, ())
