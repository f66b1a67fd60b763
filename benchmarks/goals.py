"""What was to be reached, as data, beside what was.

Every goal is a figure of one case, or a ratio of two cases of the same rounds, and the
question that it is read from is named: nothing here is measured on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from benchmarks.core.question import CPU, RATE, ROWS, SECONDS, Figure
from benchmarks.core.results import Answer, ratio, spread
from benchmarks.questions.audience import BEFORE, PEAK
from benchmarks.questions.latency import ROUND_TRIPS

__all__ = ["GOALS", "Goal", "Verdict", "judged", "table"]

_MILLION = 1_000_000


@attrs.frozen
class Goal:
    """A figure that is wanted: of `case` alone, or as so many times that of `other`."""

    name: str
    question: str
    case: str
    wanted: float
    other: str = ""
    figure: Figure = RATE
    at_most: bool = False
    """The less the better; a ratio is one of costs then, and else one of speeds."""
    least: int = 0
    """A figure of fewer messages says nothing about it."""
    ceiling: str = ""
    """What stands in the way, where it is known that more is not there."""

    def value(self, answer: Answer) -> float | None:
        """What was measured; None when it was not."""
        outcome = answer.outcome(self.case)
        if outcome is None or outcome.rounds[0].messages < self.least:
            return None
        if not self.other:
            return spread([self.figure.of(one) for one in outcome.rounds]).median
        found = ratio(answer, self.case, self.other, self.figure)
        if found is None:
            return None
        return 1 / found.median if self.at_most else found.median

    def told(self, value: float) -> str:
        """A value of this goal, with its unit."""
        if self.other:
            return f"{value:,.{2 if value < 10 else 1}f} x"
        return f"{value:,.{self.figure.digits}f} {self.figure.unit}"


@attrs.frozen
class Verdict:
    """How a goal stands. Without a `value` it was not measured, for that reason."""

    goal: Goal
    value: float | None = None
    reason: str = ""

    @property
    def missing(self) -> float:
        """The part of the wanted figure by which it was missed; 0 when it is met."""
        if self.value is None:
            return 0.0
        short = self.goal.wanted - self.value
        return max(0.0, (-short if self.goal.at_most else short) / self.goal.wanted)

    def __str__(self) -> str:
        if self.value is None:
            return f"not measured{self.reason and f': {self.reason}'}"
        if not self.missing:
            return "met"
        by = f"missed by {max(1, round(self.missing * 100))} %"
        return f"{by} (ceiling: {self.goal.ceiling})" if self.goal.ceiling else by


def _end_to_end() -> Iterator[Goal]:
    name = "throughput"
    peers = {
        "smtplib": ("smtplib with EmailMessage, one connection", 45),
        "aiosmtplib-10": ("aiosmtplib with EmailMessage, 10 connections", 55),
        "aiosmtplib-ready": ("aiosmtplib given ready bytes", 6),
        "nodemailer": ("nodemailer, pool of 10", 17),
        "django": ("Django's EmailMultiAlternatives", 20),
        "redmail": ("redmail", 80),
    }
    source = "end to end, SQLite ledger, beside smtp-source -d -s 10"
    yield Goal(source, name, "safesend", 1.0, "smtp-source")
    yield Goal("the same, further on", name, "safesend", 1.4, "smtp-source")
    yield Goal(
        "the same with uvloop, beside asyncio", name, "safesend-uvloop", 1.0, "safesend"
    )
    for case, (title, wanted) in peers.items():
        yield Goal(f"end to end, beside {title}", name, "safesend", wanted, case)


def _distance(milliseconds: int) -> Iterator[Goal]:
    name, away = f"latency-{milliseconds}", f"one connection, {milliseconds} ms"
    ceiling = "3.7, four round trips against a little more than one"
    for peer in ("smtplib", "aiosmtplib"):
        yield Goal(
            f"{away}, beside {peer}", name, "safesend", 3.9, peer, ceiling=ceiling
        )
    yield Goal(
        f"{away}, round trips a message",
        name,
        "safesend",
        1.1,
        figure=ROUND_TRIPS,
        at_most=True,
    )
    bdat = f"{away}, 4 transactions in flight (BDAT), beside smtplib"
    yield Goal(bdat, name, "bdat", 15, "smtplib")


def _signing() -> Iterator[Goal]:
    name, two = "dkim", "signing with RSA in two threads, beside one"
    bare = "composing, signing with RSA and sealing, beside the bare signature"
    yield Goal(bare, name, "whole-rsa", 1.2, "bare-rsa", CPU, at_most=True)
    for kind, title, wanted in (("rsa", "RSA", 9), ("ed25519", "Ed25519", 4)):
        case, other = f"signed-{kind}", f"dkimpy-{kind}"
        yield Goal(
            f"signing with {title}, beside dkimpy", name, case, wanted, other, CPU
        )
    yield Goal(two, name, "threads-2", 1.6, "signed-rsa")


GOALS: tuple[Goal, ...] = (
    *_end_to_end(),
    Goal(
        "composing and sealing at 20 KB, beside 2 KB",
        "composing",
        "sealed-20k",
        1.2,
        "sealed",
        CPU,
        at_most=True,
    ),
    Goal("composing and sealing, 2 KB", "composing", "sealed", 30_000),
    Goal(
        "composing with logic (Jinja2), beside Jinja2 and EmailMessage",
        "composing-logic",
        "composed-logic",
        30,
        "email-logic",
        CPU,
    ),
    Goal(
        "the ledger in PostgreSQL, one process",
        "ledger",
        "postgresql",
        10_000,
        figure=ROWS,
    ),
    Goal("enrolling in PostgreSQL", "enrolment", "postgresql", 50_000, figure=ROWS),
    Goal(
        "the ledger on the disk, a message",
        "ledger",
        "sqlite",
        12,
        figure=CPU,
        at_most=True,
    ),
    Goal(
        "enrolling 1 million, everybody once",
        "enrolment",
        "sqlite-1m",
        10,
        figure=SECONDS,
        at_most=True,
        least=_MILLION,
    ),
    *_distance(20),
    *_distance(80),
    Goal("the drop-in, messages built before", "drop-in", "drop-in", 1.5, "smtplib"),
    Goal(
        "the drop-in at 20 ms",
        "latency-20",
        "drop-in",
        2.0,
        "smtplib",
        ceiling="2.0, two round trips against four",
    ),
    Goal("two processes, beside one", "processes", "two", 1.3, "one"),
    Goal(
        "sending to 1 million, a message, beside 10,000",
        "audience",
        "1m",
        1.15,
        "10k",
        CPU,
        at_most=True,
        least=_MILLION,
    ),
    Goal(
        "preparing 1 million, a row, beside 10,000",
        "audience",
        "1m",
        1.15,
        "10k",
        BEFORE,
        at_most=True,
        least=_MILLION,
    ),
    Goal(
        "memory at 1 million",
        "audience",
        "1m",
        150,
        figure=PEAK,
        at_most=True,
        least=_MILLION,
    ),
    Goal(
        "the rehearsal, every check on every row",
        "rehearsal",
        "rehearsal",
        12_000,
        figure=ROWS,
    ),
    *_signing(),
    Goal(
        "sending over TLS, beside plain text",
        "tls",
        "safesend-tls",
        2.0,
        "safesend",
        CPU,
        at_most=True,
        ceiling="2.2",
    ),
)


def judged(answers: Mapping[str, Answer]) -> list[Verdict]:
    """Every goal, held against what was measured."""
    return [_judged(goal, answers.get(goal.question)) for goal in GOALS]


def _judged(goal: Goal, answer: Answer | None) -> Verdict:
    if answer is None:
        return Verdict(goal)
    value = goal.value(answer)
    if value is not None:
        return Verdict(goal, value)
    if (found := answer.outcome(goal.case)) and found.rounds[0].messages < goal.least:
        return Verdict(goal, reason=f"only with {found.rounds[0].messages:,}")
    names = (goal.case, goal.other)
    reasons = [
        one.reason for one in answer.outcomes if one.name in names and one.reason
    ]
    return Verdict(goal, reason="; ".join(reasons))


def table(answers: Mapping[str, Answer]) -> list[str]:
    """The lines of a Markdown table; none where nothing was measured."""
    verdicts = judged(answers)
    if all(one.value is None for one in verdicts):
        return []
    lines = ["| goal | wanted | measured | |", "| --- | ---: | ---: | --- |"]
    return [*lines, *map(_row, verdicts)]


def _row(verdict: Verdict) -> str:
    goal, value = verdict.goal, verdict.value
    bound = "at most" if goal.at_most else "at least"
    wanted = f"{bound} {goal.told(goal.wanted)}"
    return (
        f"| {goal.name} | {wanted} | {'' if value is None else goal.told(value)}"
        f" | {verdict} |"
    )
