"""Mails as bounce mailboxes have them, in the forms of well-known systems.

The forms are those of the systems; words, names and numbers are our own.
"""

from __future__ import annotations

__all__ = [
    "ADA",
    "ID",
    "LETTER",
    "TOKEN",
    "TOKEN_ADDRESS",
    "block",
    "crlf",
    "mail",
    "report",
]

ADA = "ada@example.org"
ID = "0123456789abcdef" * 2
TOKEN = "fedcba9876543210" * 2
TOKEN_ADDRESS = f"bounces+{TOKEN}@news.example.com"

LETTER = f"""Return-Path: <bounces@news.example.com>
From: News <news@example.com>
To: {ADA}
Subject: Hello
Message-ID: <{ID}@example.com>
Date: Fri, 15 Jan 2027 07:59:00 +0000

Hello Ada
"""


def crlf(text):
    """The octets of a mail."""
    return text.replace("\n", "\r\n").encode()


def mail(body, content_type="text/plain", **fields):
    """A mail of a mail system, with the fields that are named."""
    head = {
        "Return-Path": "<>",
        "From": "Mail Delivery System <MAILER-DAEMON@mx.example.net>",
        "To": "bounces@news.example.com",
        "Subject": "Undelivered Mail Returned to Sender",
        "Date": "Fri, 15 Jan 2027 08:00:00 +0000",
        "MIME-Version": "1.0",
        **{name.replace("_", "-"): value for name, value in fields.items()},
        "Content-Type": content_type,
    }
    lines = [f"{name}: {value}" for name, value in head.items() if value]
    return crlf("\n".join(lines) + "\n\n" + body)


def block(**fields):
    """One block of a delivery status."""
    given = {name.replace("_", "-"): value for name, value in fields.items()}
    return "\n".join(f"{name}: {value}" for name, value in given.items() if value)


def report(
    *blocks,
    kind="delivery-status",
    status="message/delivery-status",
    returned="message/rfc822",
    letter=LETTER,
    words="This is the mail system. I am sorry.",
    first="Reporting-MTA: dns; mx.example.net",
    **fields,
):
    """A multipart/report: words, blocks for machines, and what came back."""
    inside = "\n\n".join(filter(None, (first, *blocks)))
    parts = [f"Content-Type: text/plain; charset=us-ascii\n\n{words}\n"]
    if status:
        parts.append(f"Content-Type: {status}\n\n{inside}\n")
    if returned:
        parts.append(f"Content-Type: {returned}\n\n{letter}")
    body = "".join(f"--=_sep\n{part}\n" for part in parts) + "--=_sep--\n"
    content_type = f'multipart/report; report-type={kind}; boundary="=_sep"'
    return mail(body, fields.pop("content_type", content_type), **fields)
