"""The picture of a question: one bar for each case, on a logarithmic axis."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from benchmarks.core.question import Question
from benchmarks.core.results import Answer, Outcome, spread

__all__ = ["drawn"]

_OURS, _C, _THEIRS = "#0b6e4f", "#8d99ae", "#3d5a80"
_INK, _PALE = "#222222", "#dddddd"


def drawn(folder: Path, question: Question, answer: Answer) -> bool:
    """Write it as SVG and PNG; False without matplotlib, or with nothing to show."""
    outcomes = [one for _, one in answer.figures()]
    if importlib.util.find_spec("matplotlib") is None or not outcomes:
        return False
    import matplotlib as mpl

    mpl.use("Agg")
    # The same figures make the same file.
    mpl.rcParams.update({"svg.hashsalt": question.name, "svg.fonttype": "path"})
    figure = _figure(question, sorted(outcomes, key=lambda one: _middle(question, one)))
    for kind, metadata in ("svg", {"Date": None}), ("png", {}):
        figure.savefig(folder / f"{question.name}.{kind}", dpi=150, metadata=metadata)
    return True


def _middle(question: Question, one: Outcome) -> float:
    return spread([question.figure.of(each) for each in one.rounds]).median


def _figure(question: Question, outcomes: list[Outcome]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1.4 + 0.36 * len(outcomes)), facecolor="white")
    axes = figure.add_subplot()
    for place, one in enumerate(outcomes):
        _bar(axes, question, place, one)
    axes.set_yticks(range(len(outcomes)), [one.title for one in outcomes])
    axes.set_xscale("log")
    least = min(_middle(question, one) for one in outcomes)
    most = max(_middle(question, one) for one in outcomes)
    axes.set_xlim(least / 2, most * 3)
    axes.xaxis.set_major_formatter(lambda value, _place: f"{value:,.0f}")
    mark = f"\nwhite mark: {question.plot_mark}" if question.plot_mark else ""
    axes.set_xlabel(f"{question.figure.unit}, logarithmic{mark}", color=_INK)
    title = question.title + (f", to {question.sink}" if question.sink else "")
    axes.set_title(title, loc="left", color=_INK, fontweight="bold")
    _calm(axes)
    figure.tight_layout()
    return figure


def _bar(axes: Any, question: Question, place: int, one: Outcome) -> None:
    found = spread([question.figure.of(each) for each in one.rounds])
    axes.barh(place, found.median, height=0.68, color=_colour(one), zorder=2)
    axes.plot(
        [found.least, found.most], [place, place], color=_INK, linewidth=1, zorder=3
    )
    if (other := _beside(question, one)) and other < found.median * 0.99:
        axes.plot([other], [place], "D", color="white", markersize=5, zorder=4)
    axes.annotate(
        f"{found.median:,.0f}",
        (max(found.median, found.most), place),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=_INK,
        fontsize=9,
    )


def _beside(question: Question, one: Outcome) -> float:
    """The figure that is shown as a mark in the bar: the first one beside."""
    if not question.beside or not question.plot_mark:
        return 0.0
    return spread([question.beside[0].of(each) for each in one.rounds]).median


def _colour(one: Outcome) -> str:
    if one.name.startswith("safesend"):
        return _OURS
    return _C if one.name == "smtp-source" else _THEIRS


def _calm(axes: Any) -> None:
    for side in "top", "right", "left":
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=9, labelcolor=_INK)
    axes.tick_params(axis="x", labelsize=9, labelcolor=_INK)
    axes.grid(axis="x", color=_PALE, linewidth=0.8, zorder=0)
