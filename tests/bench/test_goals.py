"""Goals are held against given results: met, missed by how much, or not measured."""

from __future__ import annotations

import pytest
from benchmarks import ROOT, goals
from benchmarks.core.page import page
from benchmarks.core.question import CPU, RATE, Measure
from benchmarks.core.results import Answer, Outcome, loaded
from benchmarks.goals import GOALS, Goal, judged, table
from benchmarks.questions import every_question

QUESTIONS = every_question()


def _answer(question: str, **rates: float) -> dict[str, Answer]:
    """Cases that sent so many messages in a second of time and of processor."""
    outcomes = tuple(
        Outcome(name.replace("_", "-"), name, rounds=(Measure(int(rate), 1.0, 1.0),))
        for name, rate in rates.items()
    )
    return {question: Answer(question, outcomes)}


def _row(answers: dict[str, Answer], beginning: str) -> str:
    [line] = [line for line in table(answers) if line.startswith(f"| {beginning} |")]
    return line


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.name)
def test_each_goal_is_about_cases_that_there_are(goal: Goal) -> None:
    """Its question has both, but for what this build cannot do yet."""
    names = {case.name for case in QUESTIONS[goal.question].cases}
    assert {goal.case, goal.other} - {"", "bdat"} <= names


def test_no_two_goals_have_one_name() -> None:
    """So that a line of the table can be talked about."""
    assert len({goal.name for goal in GOALS}) == len(GOALS)


def test_a_goal_that_was_reached_is_met() -> None:
    """The ratio stands beside what was wanted."""
    answers = _answer("processes", one=100, two=140)
    line = _row(answers, "two processes, beside one")
    assert line.endswith("| at least 1.30 x | 1.40 x | met |")


def test_a_goal_that_was_missed_says_by_how_much() -> None:
    """A tenth less than wanted is missed by 10 %."""
    answers = _answer("processes", one=100, two=117)
    line = _row(answers, "two processes, beside one")
    assert line.endswith("| 1.17 x | missed by 10 % |")


def test_what_costs_too_much_is_missed_in_the_other_direction() -> None:
    """At most twice the processor was wanted, and it took three times as much."""
    answers = _answer("tls", safesend=300, safesend_tls=100)
    line = _row(answers, "sending over TLS, beside plain text")
    assert line.endswith("| at most 2.00 x | 3.00 x | missed by 50 % (ceiling: 2.2) |")


def test_a_figure_of_its_own_needs_no_other_case() -> None:
    """So many rows a second; so many microseconds."""
    line = _row(_answer("rehearsal", rehearsal=11_400), GOALS_BY["rehearsal"])
    assert line.endswith("| 11,400 rows/s | missed by 5 % |")
    line = _row(_answer("ledger", sqlite=100_000), GOALS_BY["ledger"])
    assert line.endswith("| at most 12 us CPU a message | 10 us CPU a message | met |")


def test_a_hair_is_told_as_one_percent() -> None:
    """What is missed is never called missed by nothing."""
    answers = _answer("rehearsal", rehearsal=11_999)
    assert _row(answers, GOALS_BY["rehearsal"]).endswith("| missed by 1 % |")


def test_what_nobody_asked_is_not_measured() -> None:
    """Neither a question that was not run, nor a case that is not here."""
    answers = _answer("rehearsal", rehearsal=20_000)
    answers["throughput"] = Answer(
        "throughput",
        (
            Outcome("safesend", "", rounds=(Measure(10, 1.0, 1.0),)),
            Outcome("nodemailer", "", reason="not here: node"),
        ),
    )
    line = _row(answers, "end to end, beside nodemailer, pool of 10")
    assert line.endswith("|  | not measured: not here: node |")
    assert _row(answers, GOALS_BY["ledger"]).endswith("|  | not measured |")


def test_a_million_is_a_million() -> None:
    """A shorter run of the same case says nothing about it."""
    name = "enrolling 1 million, everybody once"
    other = _answer("rehearsal", rehearsal=20_000)
    line = _row(other | _answer("enrolment", sqlite_1m=900_000), name)
    assert line.endswith("|  | not measured: only with 900,000 |")
    line = _row(_answer("enrolment", sqlite_1m=1_000_000), name)
    assert line.endswith("| 1.00 s | met |")


def test_without_any_figure_there_is_no_table() -> None:
    """An empty page does not begin with what was not measured."""
    assert table({}) == []


def test_the_page_begins_with_the_goals() -> None:
    """Before all the tables."""
    text = page({}, _answer("processes", one=100, two=140))
    assert "## Goals\n\n| goal | wanted | measured | |\n" in text


def test_every_figure_of_a_goal_is_one_of_its_question() -> None:
    """What a goal is held against can be seen on the page, too."""
    for goal in GOALS:
        question = QUESTIONS[goal.question]
        assert goal.figure in (question.figure, *question.beside, RATE, CPU)


def test_a_ratio_is_the_median_over_rounds() -> None:
    """One slow spell of the machine decides nothing."""
    sent = {"two": (9, 4, 8), "one": (3, 2, 4)}
    outcomes = tuple(
        Outcome(name, "", rounds=tuple(Measure(one, 1.0, 1.0) for one in numbers))
        for name, numbers in sent.items()
    )
    [verdict] = [
        one
        for one in judged({"processes": Answer("processes", outcomes)})
        if one.value is not None
    ]
    assert verdict.value == pytest.approx(2.0)


def test_the_page_leaves_no_goal_unmeasured() -> None:
    """
    A goal that is missed is said to be; one of which nothing is known is none.
    """
    answers = loaded(ROOT / "docs" / "benchmarks" / "results.json")
    assert [one.goal.name for one in judged(answers) if one.value is None] == []


GOALS_BY = {goal.question: goal.name for goal in goals.GOALS}
"""The last goal of each question."""
