"""What was measured is kept whole, and the page says it without adding to it."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest
from benchmarks.core import page, plot
from benchmarks.core.machine import commit
from benchmarks.core.question import CPU, RATE, Case, Measure, Question, told
from benchmarks.core.results import (
    Answer,
    Outcome,
    Spread,
    kept,
    loaded,
    merged,
    ratio,
)


def _nothing(_site: object) -> Measure:
    raise AssertionError


QUESTION = Question(
    name="speed",
    title="Speed of all",
    text="The same work.",
    cases=(Case("ours", "our own", _nothing), Case("theirs", "theirs", _nothing)),
    reference="theirs",
    messages=100,
    beside=(CPU, told("peak_mb", "MB")),
    plot=True,
)
ANSWER = Answer(
    question="speed",
    outcomes=(
        Outcome(
            "ours",
            "our own",
            note="as it comes",
            proved=200,
            rounds=(
                Measure(100, 1.0, 0.5, {"peak_mb": 50.0}),
                Measure(100, 2.0, 0.5, {"peak_mb": 60.0}),
                Measure(100, 1.0, 0.25, {"peak_mb": 70.0}),
            ),
        ),
        Outcome(
            "theirs",
            "theirs",
            rounds=(
                Measure(10, 1.0, 1.0),
                Measure(10, 4.0, 1.0),
                Measure(10, 0.5, 1.0),
            ),
        ),
        Outcome("third", "a third", reason="not here: nodemailer"),
    ),
    date="2026-01-02",
    command="python -m benchmarks speed",
    machine={"cores": "2"},
    versions={"safesend": "1.0"},
)


def test_a_ratio_is_of_the_same_round() -> None:
    """A slow spell of the machine meets both, so pairs are compared, then medians."""
    assert ratio(ANSWER, "ours", "theirs", RATE) == Spread(10.0, 5.0, 20.0)


def test_more_than_one_is_better_where_less_is_better() -> None:
    """A ratio of what a message costs is turned over."""
    assert ratio(ANSWER, "ours", "theirs", CPU) == Spread(20.0, 20.0, 40.0)


def test_there_is_no_ratio_to_nothing() -> None:
    """Who was not measured, or a figure that was not told, has none."""
    assert ratio(ANSWER, "third", "theirs", RATE) is None
    assert ratio(ANSWER, "ours", "theirs", told("peak_mb", "MB")) is None


def test_answers_are_read_back_as_they_were(tmp_path: Path) -> None:
    """The JSON file has every round, so that anybody can reckon anew."""
    file = tmp_path / "results.json"
    assert loaded(file) == {}
    kept({"speed": ANSWER}, file)
    assert loaded(file) == {"speed": ANSWER}


def test_a_lesser_run_keeps_what_a_fuller_one_measured(tmp_path: Path) -> None:
    """
    With its own date, command and commit; a ratio is never of two runs.
    """
    [ours, _, third] = ANSWER.outcomes
    full = attrs.evolve(ANSWER, command="full", date="2026-01-01", commit="abc")
    lesser = attrs.evolve(ANSWER, outcomes=(attrs.evolve(ours, note=""), third))
    names = ("ours", "theirs", "third")

    both = merged(lesser, full, names)

    assert [(run.command, one.name) for run, one in both.figures()] == [
        ("python -m benchmarks speed", "ours"),
        ("full", "theirs"),
    ]
    assert ratio(both, "ours", "theirs", RATE) == Spread(10.0, 5.0, 20.0)
    assert ratio(lesser, "ours", "theirs", RATE) is None
    file = tmp_path / "results.json"
    kept({"speed": both}, file)
    assert loaded(file) == {"speed": both}
    text = page.page({"speed": QUESTION}, {"speed": both})
    assert "| our own | 100 |  |" in text
    assert "| theirs (an earlier run) | 10 | 1 |" in text
    assert "`speed`:\n\n- `python -m benchmarks speed`, 2026-01-02\n" in text
    assert "`speed` (earlier):\n\n- `full`, 2026-01-01, commit abc\n" in text
    # Once more, by a run that leaves the same out; and by one that leaves nothing.
    assert merged(lesser, both, names) == both
    assert merged(full, both, names) == full
    assert merged(lesser, None, names) == lesser
    # A case that there is no more is not kept.
    assert merged(lesser, full, ("ours", "third")) == lesser


def test_what_is_missing_today_erases_nothing_and_what_failed_does() -> None:
    """
    A machine without the program says nothing; a failure says that it is wrong now.
    """
    [_, theirs, _] = ANSWER.outcomes
    for reason, shown in (("not here: theirs", True), ("fails the proof", False)):
        today = attrs.evolve(theirs, rounds=(), reason=reason)
        new = attrs.evolve(ANSWER, outcomes=(ANSWER.outcomes[0], today))
        both = merged(new, ANSWER, ("ours", "theirs"))
        assert (both.outcome("theirs") is not None) is shown
        text = page.page({"speed": QUESTION}, {"speed": both})
        assert (f"- theirs: no figure; {reason}." in text) is not shown


def test_the_source_that_was_measured_is_named() -> None:
    """
    By its commit, where there is one.
    """
    assert re.fullmatch(r"([0-9a-f]{12}( and changes)?)?", commit())


def test_the_page_has_figures_ratios_notes_and_conditions() -> None:
    """Who was measured is in the table, who was not is named with the reason."""
    text = page.page({"speed": QUESTION}, {"speed": ANSWER})
    assert "| our own | 100 | 10.0 (5.00 to 20.0) | 5,000 | 60 | 100 |" in text
    assert "| theirs | 10 | 1 | 100,000 |  | 10 |" in text
    assert "- our own: as it comes." in text
    assert "- a third: no figure; not here: nodemailer." in text
    assert "200 messages of each of 1" in text
    assert "`python -m benchmarks speed`, 2026-01-02" in text
    assert "cores: 2" in text
    assert "safesend 1.0" in text


def test_what_was_measured_at_another_time_says_so() -> None:
    """A page of two runs names the questions of each."""
    questions = {name: attrs.evolve(QUESTION, name=name) for name in ("one", "two")}
    other = attrs.evolve(ANSWER, date="2025-12-31")
    text = page.page(questions, {"one": ANSWER, "two": other})
    assert "`one`:\n\n- `python -m benchmarks speed`, 2026-01-02" in text
    assert "`two`:\n\n- `python -m benchmarks speed`, 2025-12-31" in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1234.5, "1,234"),
        (12.34, "12.3"),
        (1.0, "1.00"),
        (0.123, "0.12"),
        (0.0123, "0.012"),
    ],
)
def test_ratios_have_the_digits_that_say_something(value: float, shown: str) -> None:
    """Neither 0.00 nor 1234.567."""
    assert page.number(value) == shown


def test_the_plot_is_the_same_file_each_time(tmp_path: Path) -> None:
    """SVG and PNG are drawn from the figures and nothing else."""
    pytest.importorskip("matplotlib", reason="make bench installs it")
    page.written(tmp_path, {"speed": QUESTION}, {"speed": ANSWER})
    first = (tmp_path / "speed.svg").read_bytes()
    assert plot.drawn(tmp_path, QUESTION, ANSWER)
    assert (tmp_path / "speed.svg").read_bytes() == first
    assert (tmp_path / "speed.png").read_bytes().startswith(b"\x89PNG")
