"""The page: tables in Markdown from what was measured, and nothing by hand."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import goals
from benchmarks.core import plot
from benchmarks.core.question import Figure, Question
from benchmarks.core.results import Answer, Outcome, Spread, ratio, spread

__all__ = ["number", "page", "section", "table", "written"]

WIDTH = 88

_TOP = """\
# Benchmarks

How fast safesend and others are at the same work on the same machine. This page was
written by the commands at its end, and by nothing else: each figure is of the latest
run that measured it. Anybody can have all of it written anew:

<!-- no-run: takes about an hour -->
```console
$ make bench ARGS=--full
```

That takes about an hour. `make bench` takes half of it: it leaves out what takes
minutes, such as lists of a million people, and the page keeps the figures of the run
before.

For each question the cases run **in turn in the same run** (A B C, A B C, ...), each
time in a process of its own on one core, with the sink on the other one. A **ratio** is
the median of those within each round, with the least and the most in brackets; more
than 1 is better than the other. The absolute figures are medians of this machine, which
it shares with others: compare the ratios. Every sink counted what was sent to it. Where
it says that messages were read by the sink, that was before measuring: one recipient
each, nobody else in To, an own Message-ID, both parts with that person's values,
everybody exactly once.
"""


def written(
    folder: Path, questions: Mapping[str, Question], answers: Mapping[str, Answer]
) -> None:
    """Write the page into a folder, and the plots that it shows."""
    for name, question in questions.items():
        if question.plot and name in answers:
            plot.drawn(folder, question, answers[name])
    text = page(questions, answers)
    (folder / "index.md").write_text(text, "utf-8")


def page(questions: Mapping[str, Question], answers: Mapping[str, Answer]) -> str:
    """The whole page."""
    parts = [_TOP]
    if lines := goals.table(answers):
        parts.append("\n".join(["## Goals", "", *lines, ""]))
    parts += [
        section(question, answers[name])
        for name, question in questions.items()
        if name in answers
    ]
    parts.append(_conditions(questions, answers))
    return "\n".join(parts)


def section(question: Question, answer: Answer) -> str:
    """What one question has brought."""
    lines = [f"## {question.title}", "", _filled(question.text), ""]
    if question.plot:
        lines += [f"![{question.title}]({question.name}.svg)", ""]
    lines += [*table(question, answer), ""]
    if notes := [_filled(one, "  ") for one in _notes(answer)]:
        lines += [*notes, ""]
    return "\n".join(lines)


def table(question: Question, answer: Answer) -> list[str]:
    """One line for each case that was measured."""
    titles = ["", question.figure.unit]
    titles += [f"ratio to {other}" for other in _others(question)]
    titles += [figure.unit for figure in question.beside]
    titles += ["messages"]
    lines = [f"| {' | '.join(titles)} |", "| --- |" + " ---: |" * (len(titles) - 1)]
    runs = answer.runs
    return [*lines, *(_row(question, *one, runs[0]) for one in answer.figures())]


def _others(question: Question) -> tuple[str, ...]:
    return (question.reference, *question.also)


def _row(question: Question, run: Answer, one: Outcome, latest: Answer) -> str:
    title = one.title if run == latest else f"{one.title} (an earlier run)"
    cells = [title, _told(one, question.figure)]
    for other in _others(question):
        found = ratio(run, one.name, other, question.figure)
        cells.append(_ratio(found, alone=one.name == other))
    cells += [_told(one, figure) for figure in question.beside]
    cells.append(f"{one.rounds[0].messages:,}")
    return f"| {' | '.join(cells)} |"


def _told(one: Outcome, figure: Figure) -> str:
    middle = spread([figure.of(each) for each in one.rounds]).median
    return f"{middle:,.{figure.digits}f}" if middle else ""


def _ratio(found: Spread | None, *, alone: bool) -> str:
    if found is None:
        return ""
    if alone:
        return "1"
    ends = f" ({number(found.least)} to {number(found.most)})"
    return number(found.median) + (ends if found.least < found.most else "")


def number(value: float) -> str:
    """Three digits that say something."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _notes(answer: Answer) -> Iterator[str]:
    measured = [one for one in answer.outcomes if one.rounds]
    if measured:
        rounds = max(len(one.rounds) for one in measured)
        yield f"- Rounds: {rounds}."
    if proved := [one for one in measured if one.proved]:
        yield (
            f"- Before that, {proved[0].proved} messages of each of {len(proved)}"
            " senders were read by the sink and found right."
        )
    figures = {one.name: one for _, one in answer.figures()}
    told = {one.name: one for one in answer.outcomes} | figures
    for one in told.values():
        if one.note:
            yield f"- {one.title}: {one.note}."
        if one.reason:
            yield f"- {one.title}: no figure; {one.reason}."


def _conditions(
    questions: Mapping[str, Question], answers: Mapping[str, Answer]
) -> str:
    """On which machine, with what, when and how; one list for each that differs."""
    groups: dict[str, list[str]] = {}
    for name in questions:
        if name in answers:
            latest, *earlier = answers[name].runs
            groups.setdefault(_condition(latest), []).append(f"`{name}`")
            for run in earlier:
                groups.setdefault(_condition(run), []).append(f"`{name}` (earlier)")
    lines = ["## Machine and versions", ""]
    for told, names in groups.items():
        if len(groups) > 1:
            lines += [_filled(f"{', '.join(names)}:"), ""]
        lines += [told, ""]
    return "\n".join(lines)


def _condition(answer: Answer) -> str:
    machine = "; ".join(f"{what}: {value}" for what, value in answer.machine.items())
    versions = ", ".join(f"{name} {one}" for name, one in answer.versions.items())
    commit = f", commit {answer.commit}" if answer.commit else ""
    told = (f"`{answer.command}`, {answer.date}{commit}", machine, versions)
    return "\n".join(_filled(f"- {one}", "  ") for one in told)


def _filled(text: str, indent: str = "") -> str:
    """In lines that can be read as they are; a word is never cut."""
    return textwrap.fill(
        " ".join(text.split()),
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
