"""Starting up: what it costs to import a library, or to run a command once.

Compared: whole processes, from their start to their end, with their files in the
system's cache. The Python that does nothing is in every figure. Django's mail cannot be
imported without its settings, so these are made; a web program has them anyway. "One
message" is a whole safesend: import, campaign, rehearsal, a SQLite ledger made anew
(with its commits on the disk), a connection to Postfix's `smtp-sink`.

Not compared: the first start after an installation, when Python compiles the files.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys

from benchmarks import ROOT
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Case, Figure, Measure, Question
from benchmarks.core.site import Site

__all__ = ["QUESTIONS"]

_DJANGO = """
from django.conf import settings
settings.configure()
import django.core.mail
"""
_SMTPLIB = "import smtplib, email.message"
_ONE = """
import sys
from safesend import Campaign, Recipient, Template
Campaign(
    name="one",
    sender="The office <office@example.org>",
    template=Template("Your seat", text="Dear {{ name }},\\n\\nsee you.\\n"),
    audience=[Recipient("ada@example.org", name="Ada")],
).send(sys.argv[1], ledger=sys.argv[2])
"""
_ONE_SMTPLIB = """
import smtplib, sys
from email.message import EmailMessage
message = EmailMessage()
message["From"], message["To"] = "office@example.org", "ada@example.org"
message["Subject"] = "Your seat"
message.set_content("Dear Ada,\\n\\nsee you.\\n")
port = int(sys.argv[1].rpartition(":")[2])
with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as client:
    client.send_message(message)
"""

START = Figure(
    "start",
    "ms a start",
    lambda one: one.seconds / one.messages * 1e3,
    more_is_better=False,
)
CPU_START = Figure(
    "cpu_start",
    "ms CPU a start",
    lambda one: one.cpu / one.messages * 1e3,
    more_is_better=False,
)


def _started(site: Site, words: tuple[str, ...]) -> Measure:
    """Start so many processes, one after the other."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    clock = Clock()
    for number in range(site.messages):
        ledger = str(site.folder / f"one-{number}.db")
        places = {"{url}": site.url, "{ledger}": ledger}
        told = [places.get(word, word) for word in words]
        subprocess.run(
            [sys.executable, *told], check=True, capture_output=True, env=environment
        )
    return clock.measure(site.messages)


def _case(name: str, title: str, *words: str, needs: tuple[str, ...] = ()) -> Case:
    run = functools.partial(_started, words=words)
    return Case(name, title, run, needs=needs)


QUESTIONS = (
    Question(
        name="startup",
        title="Starting up",
        text="Whole processes, one after the other, their files in the system's cache.",
        cases=(
            _case("python", "`python -c pass`", "-c", "pass"),
            _case("smtplib", f"`{_SMTPLIB}`", "-c", _SMTPLIB),
            _case("safesend", "`import safesend`", "-c", "import safesend"),
            _case(
                "campaign",
                "`from safesend import Campaign`",
                "-c",
                "from safesend import Campaign",
            ),
            _case(
                "django", "`import django.core.mail`", "-c", _DJANGO, needs=("django",)
            ),
            _case(
                "version",
                "`python -m safesend --version`",
                "-m",
                "safesend",
                "--version",
                needs=("click",),
            ),
        ),
        reference="smtplib",
        messages=5,
        figure=START,
        beside=(CPU_START,),
    ),
    Question(
        name="one-message",
        title="One message, from start to end",
        text=(
            "A whole process each: import, connect, send, end. safesend rehearses,"
            " makes a ledger on the disk and keeps its key."
        ),
        cases=(
            _case("smtplib", "`smtplib`, `EmailMessage`", "-c", _ONE_SMTPLIB, "{url}"),
            _case("safesend", "safesend", "-c", _ONE, "{url}", "{ledger}"),
        ),
        reference="smtplib",
        messages=5,
        figure=START,
        beside=(CPU_START,),
        sink="smtp-sink",
    ),
)
