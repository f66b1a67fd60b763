"""Making the messages, and nothing else: nobody reads a list, checks or sends.

Compared: the octets of one message after the other, values in memory, on one core. The
standard library fills the placeholders as simply as it can be done and builds its
message anew each time, as its documentation tells. safesend compiles the letter once,
before the time begins. "sealed" is what is sent: composed, and its finished octets read
again by the byte gate; "composed" is without that, to see what it costs.

Not compared: no leak check is in any figure here, the rehearsal has a question of its
own. The letters with logic are rendered by Jinja2 for everybody, from the same sources.
"""

from __future__ import annotations

import functools
import itertools

from benchmarks import letter
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import CPU, RATE, Case, Measure, Question
from benchmarks.core.site import Site
from benchmarks.means.letters import FILE, FILTERED, WITH_LOGIC
from benchmarks.means.makers import MAKERS

__all__ = ["QUESTIONS"]

FEW = 500
"""So many people, again and again: their values are in memory, as in a program."""

LETTERS = {"logic": WITH_LOGIC, "filters": FILTERED, **letter.LETTERS}


def _made(site: Site, name: str, source: str, file: bytes | None = None) -> Measure:
    maker = MAKERS[name](LETTERS[source], file)
    few = [maker.taken(letter.fields(number)) for number in range(FEW)]
    people = list(itertools.islice(itertools.cycle(few), site.messages))
    make = maker.make
    octets = sum(map(len, make(few[0])))  # what is done only once is done now
    clock = Clock()
    for person in people:
        make(person)
    return clock.measure(len(people), octets=octets)


def _case(
    name: str, title: str, source: str, part: int, file: bytes | None = None
) -> Case:
    short = name if source == "2k" and file is None else f"{name}-{source}"
    run = functools.partial(_made, name=name, source=source, file=file)
    return Case(f"{short}-file" if file else short, title, run, part)


STANDARD, LEGACY = "`EmailMessage`, `as_bytes(policy=SMTP)`", "legacy `MIMEMultipart`"
COMPOSED, SEALED = "safesend, composed", "safesend, composed and sealed"

QUESTIONS = (
    Question(
        name="composing",
        title="Composing alone",
        text=(
            "Text and HTML of 2 KB with five merge fields each way; 20 KB and a file"
            " of 100 KB for everybody beside it. Values in memory, one core, nothing is"
            " read from a list, checked for leaks or sent."
        ),
        cases=(
            _case("email", f"{STANDARD}, 2 KB", "2k", 100),
            _case("mime", f"{LEGACY}, 2 KB", "2k", 25),
            _case("composed", f"{COMPOSED}, 2 KB", "2k", 1),
            _case("sealed", f"{SEALED}, 2 KB", "2k", 1),
            _case("email", f"{STANDARD}, 20 KB", "20k", 200),
            _case("mime", f"{LEGACY}, 20 KB", "20k", 50),
            _case("composed", f"{COMPOSED}, 20 KB", "20k", 1),
            _case("sealed", f"{SEALED}, 20 KB", "20k", 1),
            _case("email", f"{STANDARD}, 2 KB and a file", "2k", 400, FILE),
            _case("mime", f"{LEGACY}, 2 KB and a file", "2k", 200, FILE),
            _case("composed", f"{COMPOSED}, 2 KB and a file", "2k", 1, FILE),
            _case("sealed", f"{SEALED}, 2 KB and a file", "2k", 1, FILE),
        ),
        reference="email",
        messages=20_000,
        figure=CPU,
        beside=(RATE,),
    ),
    Question(
        name="composing-logic",
        title="Composing letters with logic",
        text=(
            "The letter of 2 KB with a condition and a loop of two in both parts, and"
            " with filters at its placeholders. Everybody has Jinja2 render the same"
            " sources (safesend in a sandbox, and where it must)."
        ),
        cases=(
            _case("email", f"Jinja2, {STANDARD}, logic", "logic", 20),
            _case("composed", f"{COMPOSED}, logic", "logic", 1),
            _case("sealed", f"{SEALED}, logic", "logic", 1),
            _case("email", f"Jinja2, {STANDARD}, filters", "filters", 20),
            _case("composed", f"{COMPOSED}, filters", "filters", 1),
            _case("sealed", f"{SEALED}, filters", "filters", 1),
        ),
        reference="email-logic",
        messages=10_000,
        figure=CPU,
        beside=(RATE,),
    ),
)
