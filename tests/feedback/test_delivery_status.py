"""feedback/delivery_status.py: the part of a report that is for machines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.mails import ADA, block, crlf
from safesend.feedback.delivery_status import Deed, mailbox, read_status
from safesend.feedback.said import Said
from safesend.message.address import Address

_ADA = Address.parse(ADA)


def _deeds(*blocks, between="\n\n"):
    status = read_status(crlf(between.join(blocks)))
    return [one.deed for one in status.fortunes]


def test_a_report_tells_of_each_recipient():
    """
    The first block is about the message.
    """
    status = read_status(
        crlf(
            "\n\n".join(
                [
                    "Reporting-MTA: dns; mx.example.net\nOriginal-Envelope-Id: abc",
                    block(
                        Original_Recipient=f"rfc822;{ADA}",
                        Final_Recipient="rfc822; further@example.net",
                        Action="failed",
                        Status="5.1.1",
                        Diagnostic_Code="smtp; 550 5.1.1 no",
                        Last_Attempt_Date="today",
                    ),
                    block(
                        Final_Recipient=f"rfc822; {ADA}",
                        Action="delayed",
                        Status="4.0.0",
                    ),
                ]
            )
        )
    )
    assert status.ids == ("abc",)
    first, second = status.fortunes
    assert (first.deed, first.at) == (Deed.FAILED, "today")
    assert (first.original, first.final) == (
        _ADA,
        Address.parse("further@example.net"),
    )
    assert first.said == Said(550, "5.1.1", "no")
    assert (second.deed, second.original, second.final) == (Deed.DELAYED, None, _ADA)


@pytest.mark.parametrize(
    ("action", "status", "deeds"),
    [
        ("failed", "5.0.0", [Deed.FAILED]),
        ("Failed (gave up)", "", [Deed.FAILED]),
        ("error", "5.0.0", [Deed.FAILED]),
        ("delayed", "4.0.0", [Deed.DELAYED]),
        ("delivered", "2.0.0", [Deed.DELIVERED]),
        ("relayed", "2.0.0", [Deed.RELAYED]),
        ("expanded", "2.0.0", [Deed.EXPANDED]),
        ("", "5.1.1", [Deed.FAILED]),
        ("", "4.4.1", [Deed.DELAYED]),
        ("", "2.0.0", [Deed.RELAYED]),
        ("eaten", "5.1.1", [Deed.FAILED]),
        ("eaten", "", []),
        ("", "", []),
    ],
)
def test_what_was_done_is_told_or_follows_from_the_status(action, status, deeds):
    """
    What follows from nothing is nothing.
    """
    found = block(Final_Recipient=f"rfc822;{ADA}", Action=action, Status=status)
    assert _deeds("Reporting-MTA: dns; x", found) == deeds


def test_empty_lines_may_be_missing():
    """
    A field that comes again begins the next recipient.
    """
    one = block(Final_Recipient=f"rfc822;{ADA}", Action="failed", Status="5.1.1")
    other = block(Final_Recipient="rfc822;b@example.org", Action="relayed")
    joined = _deeds("Reporting-MTA: dns; x", one, other, between="\n")
    assert joined == [Deed.FAILED, Deed.RELAYED]


def test_many_recipients_are_cut_off():
    """
    A message of ours has one.
    """
    one = block(Final_Recipient=f"rfc822;{ADA}", Action="failed", Status="5.1.1")
    assert len(_deeds(*[one] * 500)) == 50
    assert len(_deeds(*[one] * 500, between="\n")) == 50


@pytest.mark.parametrize(
    ("value", "local"),
    [
        (f"rfc822; {ADA}", None),
        (f"RFC822;<{ADA}>", None),
        (f"<{ADA}>", None),
        (ADA, None),
        (f"rfc822; {ADA} (her mailbox)", None),
        (r"utf-8; ad\x{61}@example.org", None),
        ("rfc822; ada+40example.org", None),
        ("rfc822; ada", "ada"),
        ("x400; /C=XX/A= /P=P/S=Ada", "/C=XX/A= /P=P/S=Ada"),
        (r"utf-8; \x{110000}\x{D800}", "\ud800"),
        ("", ""),
    ],
)
def test_a_mailbox_is_read_in_every_form(value, local):
    """
    What is none is kept as a name where it says whom a server did not find.
    """
    assert mailbox(value) == (_ADA if local is None else None)
    status = read_status(f"Final-Recipient: {value}\nAction: failed".encode())
    if value:
        assert status.fortunes[0].local == (local or "")


def test_a_mailbox_may_be_unicode():
    """
    RFC 6533.
    """
    written = "utf-8; пример@example.org"
    assert mailbox(written) == Address.parse("пример@example.org")


@given(st.binary(max_size=400))
def test_nothing_is_raised(octets):
    """
    Whatever the octets are.
    """
    for report in (octets, b"Action: failed\nFinal-Recipient: " + octets):
        assert all(one.deed in Deed for one in read_status(report).fortunes)
