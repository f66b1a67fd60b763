"""What was measured is kept whole, and the page says it without adding to it."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from benchmarks.core import page, plot
from benchmarks.core.question import CPU, RATE, Case, Measure, Question, told
from benchmarks.core.results import Answer, Outcome, Spread, kept, loaded, ratio


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
