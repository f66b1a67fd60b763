"""`safesend demo`: a real mailing to people who do not exist, and the proof of it."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from safesend.cli import show
from safesend.cli.exits import Exit
from safesend.cli.options import json_option
from safesend.clock import SYSTEM

if TYPE_CHECKING:
    from safesend.cli.demo_runs import Killed, Mailed

__all__ = ["Teller", "demo", "is_proven"]

_KEY = "SAFESEND_KEY"
_SECOND = (200, 1000)
"""The second mailing has at least and at most so many people."""


@click.command(short_help="Mail people who do not exist; prove that it was private.")
@click.option(
    "--recipients",
    type=click.IntRange(min=2, max=1_000_000),
    default=1000,
    show_default=True,
    metavar="N",
    help="How many fictitious people.",
)
@json_option
@click.pass_context
def demo(context: click.Context, recipients: int, as_json: bool) -> None:
    """Send a mailing to N people who do not exist, and prove that it was private.

    A mail server inside this program takes the messages over real SMTP. Every one of
    them is read back and searched for everybody else's address. Then a second mailing
    is killed midway and run again, to show that nobody is mailed twice. Everything
    stays on this machine, in a temporary folder that is removed at the end.

    \b
    Examples:
      safesend demo
      safesend demo --recipients 20000
    """  # noqa: D301 - \b is click's sign for a block that is not to be wrapped
    from safesend.cli.demo_runs import killed_midway, mailed
    from safesend.testing import SmtpServer

    began = SYSTEM.monotonic()
    tell = Teller(quiet=as_json)
    tell.opening(recipients)
    with tempfile.TemporaryDirectory(prefix="safesend-demo-") as place, _own_key():
        with SmtpServer() as server:
            first = mailed(Path(place) / "first", recipients, server)
        tell.first(first)
        low, high = _SECOND
        with SmtpServer() as server:
            people = min(max(recipients, low), high)
            second = killed_midway(Path(place) / "second", people, server)
        tell.second(second)
    seconds = SYSTEM.monotonic() - began
    proven = is_proven(first, second, recipients)
    tell.closing(seconds, proven=proven)
    if as_json:
        show.emit(_as_json(first, second, seconds, proven=proven))
    context.exit(Exit.OK if proven else Exit.PROBLEMS)


@contextmanager
def _own_key() -> Iterator[None]:
    """A key of this run alone: the demo leaves nothing in the user's folders."""
    before = os.environ.get(_KEY)
    os.environ[_KEY] = secrets.token_hex(32)
    try:
        yield
    finally:
        del os.environ[_KEY]
        if before is not None:
            os.environ[_KEY] = before


def is_proven(first: Mailed, second: Killed, recipients: int) -> bool:
    """Whether everybody got one private message, and nobody two after the kill."""
    proof = first.proof
    everybody = first.report.accepted == proof.received == recipients
    complete = everybody and proof.distinct_recipients == recipients
    return complete and proof.private and second.ok


def _as_json(
    first: Mailed, second: Killed, seconds: float, *, proven: bool
) -> dict[str, Any]:
    return {
        "ok": proven,
        "recipients": first.report.recipients,
        "accepted": first.report.accepted,
        **attrs.asdict(first.proof),
        "sending_seconds": first.report.seconds,
        "rehearsal_seconds": first.report.rehearsal_seconds,
        "killed_and_resumed": {
            "recipients": second.recipients,
            "received_before_the_kill": second.before,
            "received": second.received,
            "max_copies": second.max_copies,
            "accepted": second.report.accepted,
            "in_doubt": second.report.in_doubt,
            "in_doubt_and_received": second.arrived_in_doubt,
            "forgotten": second.forgotten,
        },
        "seconds": seconds,
    }


@attrs.frozen
class Teller:
    """Tells in plain words what the demo does and finds."""

    quiet: bool

    def say(self, text: str = "") -> None:
        """Print, unless JSON was asked for."""
        if not self.quiet:
            show.say(text)

    def line(self, words: str, value: int) -> None:
        """Print a figure."""
        self.say(f"   {words:<44}{show.count(value):>9}")

    def opening(self, recipients: int) -> None:
        """What is about to happen."""
        self.say(
            f"{show.people(recipients)} who do not exist, on domains that never will;"
            " a mail server\ninside this program. Nothing leaves this machine.\n"
        )
        self.say("1. A letter with text, HTML and an attachment, sent over real SMTP.")

    def first(self, first: Mailed) -> None:
        """The figures of the first mailing."""
        report, proof = first.report, first.proof
        rate = report.sent_now / report.seconds if report.seconds else 0
        self.say(
            "   Every message composed and checked in"
            f" {show.duration(report.rehearsal_seconds)}, then sent in"
            f" {show.duration(report.seconds)} ({rate:,.0f}/s)."
        )
        self.say("   What the server took, read back with Python's own parser:\n")
        self.line("people on the list", report.recipients)
        self.line("messages received", proof.received)
        self.line("people who got one", proof.distinct_recipients)
        self.line("recipients of a message, at most", proof.max_recipients_per_message)
        self.line("messages naming anybody else", proof.messages_naming_others)
        self.line("copies for one person, at most", proof.max_copies)
        if proof.search_finds_planted:
            self.say("\n   (The same search found an address planted to test it.)")

    def second(self, second: Killed) -> None:
        """The figures of the one that was killed."""
        self.say(
            f"\n2. Another one to {show.people(second.recipients)}: killed midway"
            " (kill -9), then run again.\n"
        )
        self.line("messages received before the kill", second.before)
        self.line("messages received in the end", second.received)
        self.line("copies for one person, at most", second.max_copies)
        self.line("people forgotten", second.forgotten)
        self.line("in doubt, held for a person to decide", second.report.in_doubt)
        if second.report.in_doubt:
            got = show.count(second.arrived_in_doubt)
            self.say(
                "\n   (Messages in doubt were on the wire when the process died. The"
                f" server has\n   {got} of them; a sender cannot know that, so safesend"
                " does not guess.)"
            )

    def closing(self, seconds: float, *, proven: bool) -> None:
        """The verdict."""
        verdict = (
            "Proven: nobody could see anybody else, and nobody was mailed twice."
            if proven
            else "NOT PROVEN: the figures above are not what they must be."
        )
        self.say(f"\n{verdict} ({show.duration(seconds)})")
