"""The loop that most programs have: smtplib and EmailMessage.

As in the examples of the email package: https://docs.python.org/3/library/email.examples.html
"""

from __future__ import annotations

import importlib
import smtplib
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from types import ModuleType

from benchmarks import letter
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Case, Measure
from benchmarks.core.site import Site

__all__ = ["CASES", "message", "octets"]

NAME = "localhost"
"""Said in EHLO, so that nobody waits for the DNS."""


def message(number: int, size: str = "2k") -> EmailMessage:
    """The message of one person."""
    values, source = letter.fields(number), letter.LETTERS[size]
    made = EmailMessage()
    made["From"], made["To"] = letter.SENDER, values["email"]
    made["Subject"] = letter.filled(source.subject, values)
    # RFC 5322 section 3.6: a Date must and a Message-ID should be there; safesend
    # writes both, so the same work is done here.
    made["Date"] = formatdate()
    made["Message-ID"] = make_msgid(domain="example.org")
    made.set_content(letter.filled(source.text, values))
    made.add_alternative(letter.filled(source.html, values), subtype="html")
    return made


def octets(number: int, size: str = "2k") -> tuple[str, bytes]:
    """One person and their message, ready."""
    from email import policy

    made = message(number, size)
    return made["To"], made.as_bytes(policy=policy.SMTP)


def _one_connection(site: Site) -> Measure:
    return _loop(site, smtplib)


def _dropin(site: Site) -> Measure:
    """The same loop, after the one line that is changed."""
    return _loop(site, importlib.import_module("safesend.smtplib"))


def _loop(site: Site, module: ModuleType) -> Measure:
    clock = Clock()
    with module.SMTP("127.0.0.1", site.port, local_hostname=NAME) as client:
        for number in range(site.messages):
            client.send_message(message(number, site.size))
    return clock.measure(site.messages)


def _connection_each(site: Site) -> Measure:
    clock = Clock()
    for number in range(site.messages):
        with smtplib.SMTP("127.0.0.1", site.port, local_hostname=NAME) as client:
            client.send_message(message(number, site.size))
    return clock.measure(site.messages)


CASES = (
    Case("smtplib", "smtplib, EmailMessage, one connection", _one_connection, part=20),
    Case(
        "smtplib-each",
        "smtplib, EmailMessage, a connection a message",
        _connection_each,
        part=25,
    ),
    Case(
        "safesend-dropin",
        "safesend.smtplib in the unchanged smtplib loop",
        _dropin,
        part=20,
        note="EmailMessage is most of it",
    ),
)
