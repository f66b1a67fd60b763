"""Every question can be asked, and each of its cases answers for a few messages."""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from benchmarks.core.question import Case, Question
from benchmarks.core.rounds import missing, run_once
from benchmarks.core.sinks import run_proxy, run_sink
from benchmarks.core.site import Site
from benchmarks.questions import every_question
from benchmarks.questions.drop_in import prove

from servers.fixtures import or_skip
from servers.process import program

QUESTIONS = every_question()
FEW = {
    "audience": 30,
    "composing": 20,
    "composing-logic": 20,
    "dkim": 200,
    "drop-in": 20,
    "enrolment": 600,
    "fleet": 2200,
    "latency-20": 3,
    "latency-80": 3,
    "ledger": 600,
    "one-message": 1,
    "processes": 700,
    "rehearsal": 20,
    "ses": 20,
    "ses-moto": 20,
    "startup": 1,
    "tls": 20,
}
"""So many messages; the questions of throughput are asked in `test_rounds`."""

APART = {"fleet", "processes", "ses", "ses-moto", "tls"}
"""These choose a core for the process that they run in."""


def _cases() -> Iterator[object]:
    for name in FEW:
        question = QUESTIONS[name]
        server = "smtp-sink" in (question.sink, *question.cases[0].needs)
        marks = [pytest.mark.server] if server else []
        for case in question.cases:
            yield pytest.param(question, case, id=f"{name}:{case.name}", marks=marks)


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """The place of one run, with the sink that its question wants, not far away."""
    question: Question = request.getfixturevalue("question")
    folder = tmp_path / "case"
    folder.mkdir()
    there = Site(folder=folder, messages=FEW[question.name], size=question.size)
    if not question.sink:
        yield there
        return
    round_trip = 0.004 if question.round_trip else 0.0
    with contextlib.ExitStack() as stack, or_skip():
        if question.sink == "smtp-sink":
            program("smtp-sink", "postfix")
        sink = stack.enter_context(run_sink(question.sink, tmp_path))
        port = stack.enter_context(run_proxy(sink.port, round_trip, tmp_path))
        yield attrs.evolve(there, port=port, round_trip=round_trip)
    assert sink.told()["messages"] == there.messages


@pytest.mark.parametrize(("question", "case"), list(_cases()))
def test_each_case_answers(question: Question, case: Case, site: Site) -> None:
    """It did what was asked, and there is a figure to show."""
    if absent := missing(case):
        pytest.skip(f"not here: {', '.join(absent)}")
    if question.name in APART:
        measure = run_once(question, case, site.messages)
    else:
        measure = case.run(site)
    assert measure.messages == site.messages
    assert question.figure.of(measure) > 0


@pytest.mark.parametrize("question", list(QUESTIONS.values()), ids=list(QUESTIONS))
def test_a_question_is_whole(question: Question) -> None:
    """Its reference is one of its cases, and no two of them have one name."""
    names = [case.name for case in question.cases]
    assert len(set(names)) == len(names)
    assert {question.reference, *question.also} <= set(names)
    assert question.reference in {case.name for case in question.ordinary().cases}


def test_what_takes_minutes_is_in_a_full_run_only() -> None:
    """A million people are asked for by name."""
    audience = QUESTIONS["audience"]
    assert [case.name for case in audience.ordinary().cases] == ["10k", "100k"]
    assert [case.name for case in audience.cases] == ["10k", "100k", "1m"]


def test_who_shows_people_to_each_other_is_not_timed() -> None:
    """The drop-in is, when three people got a message each; its model would not be."""
    with pytest.raises(SystemExit, match="shows people to each other"):
        prove(smtplib.SMTP)


def test_a_message_is_counted_in_round_trips() -> None:
    """One at the least, and four where each command waits for its answer."""
    question, least = QUESTIONS["latency-20"], {"safesend": 0.99, "smtplib": 3.99}
    for name, trips in least.items():
        measure = run_once(question, question.case(name), 5)
        assert measure.extra["round_trips"] >= trips
