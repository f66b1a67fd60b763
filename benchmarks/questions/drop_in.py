"""The drop-in beside the module that it replaces, in an unchanged loop.

Compared: `client.sendmail(sender, [one person], octets)` over one connection, the same
octets for both, made before the time begins. Before that the drop-in is given a message
for three people with a Bcc: three messages that show nobody else, or no figure.

Not compared: making the message, which costs ten times as much as sending it, and what
a loop with `send_message` does (that is among the contenders of the throughput). At a
distance the same loops stand among the latencies.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from email import message_from_bytes

from benchmarks.core.question import CPU, RATE, Case, Measure, Question
from benchmarks.core.site import Site
from benchmarks.means.loop import FROM, loop

__all__ = ["QUESTIONS", "drop_in", "prove", "standard"]

PEOPLE = ("ada@example.org", "bo@example.com", "chen@example.net")
NAMING = ("To", "Cc", "Bcc")
LEAKY = (
    b"From: office@example.org\r\nTo: ada@example.org, bo@example.com\r\n"
    b"Bcc: chen@example.net\r\nSubject: Your seat\r\n\r\nSee you.\r\n"
)


def standard(site: Site) -> Measure:
    """The loop with the standard module."""
    return loop(site, smtplib.SMTP)


def drop_in(site: Site) -> Measure:
    """The loop after the one line that is changed."""
    from safesend import smtplib as ours

    prove(ours.SMTP)
    return loop(site, ours.SMTP)


def prove(smtp: Callable[..., smtplib.SMTP]) -> None:
    """Three people get a message each, and none of them sees another; or it ends."""
    from safesend.testing import SmtpServer

    with SmtpServer() as server:
        with smtp("127.0.0.1", server.port, local_hostname="localhost") as client:
            client.sendmail(FROM, PEOPLE, LEAKY)
        got = [
            (one.recipients, message_from_bytes(one.content)) for one in server.messages
        ]
    shown = [
        (list(people), [message[name] for name in NAMING if message[name]])
        for people, message in got
    ]
    if shown != [([person], [person]) for person in PEOPLE]:
        raise SystemExit("this build shows people to each other")


QUESTIONS = (
    Question(
        name="drop-in",
        title="The drop-in, without a distance",
        text=(
            "One connection, 2 KB, messages that are built before the time begins,"
            " `sendmail` to one person after the other. The sink is `smtp-sink`."
        ),
        cases=(
            Case("smtplib", "`smtplib`", standard),
            Case("drop-in", "`safesend.smtplib`", drop_in),
        ),
        reference="smtplib",
        messages=4000,
        figure=RATE,
        beside=(CPU,),
        sink="smtp-sink",
        proof=True,
    ),
)
