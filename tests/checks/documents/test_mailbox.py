"""Tests of mails that lie as files."""

from __future__ import annotations

from email.message import EmailMessage

from checks.documents.reads import clauses, places, seen


def mail() -> bytes:
    """A mail with a blind copy and a file."""
    message = EmailMessage()
    message["From"] = "me@example.com"
    message["To"] = "you@example.com"
    message["Bcc"] = "ada@example.org"
    message.set_content("Hello")
    message.add_attachment(
        b"x,eve@example.org\n", maintype="text", subtype="csv", filename="a.csv"
    )
    return bytes(message)


def test_a_mail_is_read_with_its_files():
    """Its headers are places of the file."""
    assert "header Bcc" in places("a.eml", mail())
    assert places("a.eml", mail(), "eve@example.org") == ["attachment 'a.csv', cell B1"]


def test_a_mail_is_noted_as_one():
    """It has recipients of its own."""
    assert clauses("a.eml", mail()) == [
        ("mail", "it is a mail with headers of its own")
    ]


def test_a_saved_web_page_is_no_mail():
    """Browsers save pages in the form of mails (RFC 2557)."""
    page = b"MIME-Version: 1.0\nContent-Type: text/html\n\n<p>ada@example.org"
    assert clauses("a.mhtml", page) == []
    assert "ada@example.org" in seen("a.mht", page)


def test_a_box_is_read_mail_by_mail():
    """Each has its number as place."""
    box = b"".join(
        b"From me@example.com Mon Jan  1 00:00:00 2024\n%b\n" % one
        for one in (b"Subject: a\n\nnothing\n", mail())
    )
    assert clauses("a.mbox", box)[0] == ("mail", "it is a mailbox")
    assert "mail 2, header Bcc" in places("a.mbox", box)
    assert "mail 2, attachment 'a.csv', cell B1" in places(
        "a.mbox", box, "eve@example.org"
    )
