"""What was measured, kept as it was measured: every round, and nothing derived."""

from __future__ import annotations

import json
import statistics
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from benchmarks.core.question import Figure, Measure

__all__ = [
    "ABSENT",
    "Answer",
    "Outcome",
    "Spread",
    "kept",
    "loaded",
    "merged",
    "ratio",
    "spread",
]

ABSENT = "not here"
"""How the reason begins where a machine has not what a case needs."""


@attrs.frozen
class Outcome:
    """What came of one case. With a `reason` it has not been measured."""

    name: str
    title: str
    note: str = ""
    reason: str = ""
    """Why there is no figure: not here, or failed and how."""
    proved: int = 0
    """So many messages were read by the sink and found right before."""
    rounds: tuple[Measure, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether it was tried: measured, or failed."""
        return not self.reason.startswith(ABSENT)


@attrs.frozen
class Answer:
    """What came of one question, in one run and under which conditions."""

    question: str
    outcomes: tuple[Outcome, ...]
    date: str = ""
    command: str = ""
    machine: dict[str, str] = attrs.field(factory=dict)
    versions: dict[str, str] = attrs.field(factory=dict)
    commit: str = ""
    """Of the source that was measured."""
    earlier: tuple[Answer, ...] = ()
    """Runs before, the latest first, kept for the cases that this one left out."""

    @property
    def runs(self) -> tuple[Answer, ...]:
        """This one and those before, each for itself."""
        return (attrs.evolve(self, earlier=()), *self.earlier)

    def figures(self) -> Iterator[tuple[Answer, Outcome]]:
        """Each case that was measured, with the latest run that tried it."""
        tried: set[str] = set()
        for run in self.runs:
            for one in run.outcomes:
                if one.rounds and one.name not in tried:
                    yield run, one
            tried |= {one.name for one in run.outcomes if one.settled}

    def outcome(self, name: str) -> Outcome | None:
        """Of that case, when it was measured."""
        return next((one for _, one in self.figures() if one.name == name), None)


@attrs.frozen
class Spread:
    """A median, and between what it lies."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """The median and the ends of some values."""
    return Spread(statistics.median(values), min(values), max(values))


def ratio(answer: Answer, case: str, other: str, figure: Figure) -> Spread | None:
    """Case to other, each within the same round; None when one is not there.

    Of the latest run that measured both, since those of two runs are no pair. As a
    speed: where less is better the ratio is turned over, so that more than 1 always is
    better than the other.
    """
    for run in answer.runs:
        mine, theirs = run.outcome(case), run.outcome(other)
        if mine is not None and theirs is not None:
            return _ratio(mine, theirs, figure)
    return None


def _ratio(mine: Outcome, theirs: Outcome, figure: Figure) -> Spread | None:
    pairs = list(zip(mine.rounds, theirs.rounds, strict=False))
    values = [(figure.of(one), figure.of(two)) for one, two in pairs]
    if not all(one > 0 and two > 0 for one, two in values):
        return None
    if figure.more_is_better:
        return spread([one / two for one, two in values])
    return spread([two / one for one, two in values])


def merged(new: Answer, old: Answer | None, cases: Collection[str]) -> Answer:
    """The new one; of the old ones what was measured of these cases and left out now.

    So a lesser run never erases a fuller one.
    """
    found = new
    for run in old.runs if old is not None else ():
        mine = tuple(one for one in run.outcomes if one.name in cases)
        more = attrs.evolve(
            found, earlier=(*found.earlier, attrs.evolve(run, outcomes=mine))
        )
        if len([*more.figures()]) > len([*found.figures()]):
            found = more
    return found


def kept(answers: Mapping[str, Answer], file: Path) -> None:
    """Write them as JSON."""
    told = {name: attrs.asdict(answer) for name, answer in sorted(answers.items())}
    file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")


def loaded(file: Path) -> dict[str, Answer]:
    """Read what `kept` has written; nothing when there is no such file."""
    if not file.exists():
        return {}
    raw: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return {name: _answer(one) for name, one in raw.items()}


def _answer(raw: dict[str, Any]) -> Answer:
    outcomes = tuple(
        Outcome(**{**one, "rounds": tuple(Measure(**m) for m in one["rounds"])})
        for one in raw["outcomes"]
    )
    earlier = tuple(_answer(one) for one in raw.get("earlier", ()))
    return Answer(**{**raw, "outcomes": outcomes, "earlier": earlier})
