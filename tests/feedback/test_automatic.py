"""feedback/automatic.py: mail that machines send of themselves."""

from __future__ import annotations

import pytest

from safesend.checks.mail_headers import read_headers
from safesend.feedback import MailKind
from safesend.feedback.automatic import is_daemon, kind_by_headers, seems_a_bounce

_ADA = "From: Ada <ada@example.org>\n"
_DAEMON = "From: MAILER-DAEMON@mx.example.net\n"


def _headers(text):
    return read_headers(text.encode())


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (f"{_ADA}Subject: Re: Hello", MailKind.MAIL),
        (f"{_ADA}Subject: buy now", MailKind.MAIL),
        ("", MailKind.MAIL),
        (f"{_ADA}Auto-Submitted: no", MailKind.MAIL),
        (f"{_ADA}Auto-Submitted: auto-replied", MailKind.AUTO_REPLY),
        (f"{_ADA}Auto-Submitted: auto-generated", MailKind.AUTO_REPLY),
        (f"{_ADA}Return-Path: <>\nAuto-Submitted: auto-replied", MailKind.AUTO_REPLY),
        (f"{_ADA}X-Autoreply: yes", MailKind.AUTO_REPLY),
        (f"{_ADA}Precedence: auto_reply", MailKind.AUTO_REPLY),
        (f"{_ADA}X-Auto-Response-Suppress: All", MailKind.AUTO_REPLY),
        (f"{_ADA}X-Auto-Response-Suppress: DR, AutoReply", MailKind.AUTO_REPLY),
        (f"{_ADA}X-Auto-Response-Suppress: OOF", MailKind.MAIL),
        (f"{_ADA}Subject: Out of office: Hello", MailKind.AUTO_REPLY),
        (f"{_ADA}Subject: Automatic reply: Hello", MailKind.AUTO_REPLY),
        (f"{_ADA}Subject: Automatische Antwort: Hello", MailKind.AUTO_REPLY),
        (
            f"{_ADA}Subject: =?utf-8?q?R=C3=A9ponse_automatique_:_Bonjour?=",
            MailKind.AUTO_REPLY,
        ),
        (f"{_ADA}X-Delivery-Agent: TMDA/1.1.12", MailKind.CHALLENGE),
        (
            f"{_ADA}Auto-Submitted: auto-replied\nSubject: Please confirm your message",
            MailKind.CHALLENGE,
        ),
        (f"{_ADA}Subject: Please confirm the date of Friday", MailKind.MAIL),
        (f"{_DAEMON}Subject: whatever", None),
        (f"{_DAEMON}Auto-Submitted: auto-replied", None),
        (f"{_ADA}Return-Path: <>", None),
        (f"{_ADA}Subject: Undeliverable: Hello", None),
        (f"{_ADA}X-Failed-Recipients: b@example.org", None),
        (f"{_ADA}Sender: postmaster@example.org", None),
    ],
)
def test_machines_and_people_are_told_apart(head, kind):
    """
    None: it may be a bounce.
    """
    assert kind_by_headers(_headers(head)) is kind


def test_a_bounce_has_a_sign():
    """
    Of its sender, its return path or its subject.
    """
    assert is_daemon(_headers(_DAEMON))
    assert seems_a_bounce(_headers(_DAEMON))
    assert not is_daemon(_headers(_ADA))
    assert not seems_a_bounce(_headers(_ADA))
