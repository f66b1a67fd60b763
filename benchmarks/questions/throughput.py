"""Messages a second on loopback: everybody, the same letter, one core."""

from __future__ import annotations

import attrs

from benchmarks.contenders import (
    aio,
    dj,
    fastapi,
    merge,
    node,
    ours,
    red,
    source,
    stdlib,
    yag,
)
from benchmarks.core.question import CPU, RATE, Case, Figure, Measure, Question

__all__ = ["QUESTIONS", "WHOLE"]


def _whole(measure: Measure) -> float:
    return measure.messages / measure.extra.get("all_seconds", measure.seconds)


WHOLE = Figure("all", "messages/s, all", _whole)
"""With what safesend does before the first message leaves."""

_EVERYBODY: tuple[Case, ...] = (
    *ours.CASES,
    *source.CASES,
    *stdlib.CASES,
    *aio.CASES,
    *node.CASES,
    *dj.CASES,
    *fastapi.CASES,
    *red.CASES,
    *yag.CASES,
    *merge.CASES,
)
_SAME = """\
Each recipient gets a message of their own, text and HTML, with five merge fields, an
own To and an own Message-ID, composed for this one recipient; client on one core, sink
on the other. The first figure is of sending alone: for safesend from the first claim in
the ledger to the last record (claim, compose, seal, send, record); *all* is from the
call of `send` to its return, with reading the list, the rehearsal (every leak check on
every row) and enrolling. The others do nothing before sending. The processor time of
safesend is of all, too.
"""


def _of(*names: str) -> tuple[Case, ...]:
    return tuple(case for case in (*_EVERYBODY, ours.DEEP) if case.name in names)


def _slow(case: Case) -> Case:
    """Against a server that is the limit, everybody gets about as many messages."""
    return attrs.evolve(case, part=2 if case.part > 1 else 1)


QUESTIONS = (
    Question(
        name="throughput",
        title="Throughput, 2 KB",
        text=f"{_SAME}The sink is Postfix's `smtp-sink`.",
        cases=_EVERYBODY,
        reference="smtp-source",
        also=("smtplib",),
        messages=20_000,
        figure=RATE,
        beside=(WHOLE, CPU),
        sink="smtp-sink",
        proof=True,
        plot=True,
        plot_mark="with reading the list, rehearsal and enrolment",
    ),
    Question(
        name="throughput-20k",
        title="Throughput, 20 KB",
        text=(
            "The same with 20 KB. `smtp-sink` looks at a body octet by octet and would"
            " be the limit, so the sink is our own, which only looks for its end. The"
            " other contenders are left out to save time; how they stand to one another"
            " is shown at 2 KB."
        ),
        cases=_of(
            "safesend",
            "safesend-uvloop",
            "smtp-source",
            "smtplib",
            "aiosmtplib-10",
            "nodemailer",
            "django",
            "redmail",
        ),
        reference="smtp-source",
        also=("smtplib",),
        messages=10_000,
        beside=(WHOLE, CPU),
        sink="fast",
        size="20k",
        proof=True,
        rounds=3,
    ),
    Question(
        name="throughput-postfix",
        title="Throughput to a real Postfix",
        text=(
            "The same 2 KB to a whole Postfix, which writes each message to its queue"
            " on the disk, flushes it, and then discards it: the server is the limit,"
            " whoever sends."
        ),
        cases=tuple(
            _slow(case)
            for case in _of(
                "safesend", "safesend-bdat", "smtp-source", "smtplib", "aiosmtplib-10"
            )
        ),
        reference="smtp-source",
        also=("smtplib",),
        messages=1_000,
        beside=(WHOLE, CPU),
        sink="postfix",
        rounds=3,
    ),
    Question(
        name="limit",
        title="Our own limit",
        text=(
            "The same 2 KB to a sink of our own, which answers all that came in a"
            " packet by one packet: no server that anybody has, but one that waits for"
            " us."
        ),
        cases=_of(
            "safesend-memory",
            "safesend",
            "safesend-uvloop",
            "safesend-bdat",
            "smtp-source",
            "smtplib",
        ),
        reference="smtp-source",
        also=("smtplib",),
        messages=20_000,
        beside=(WHOLE, CPU),
        sink="fast",
        proof=True,
        rounds=3,
    ),
)
