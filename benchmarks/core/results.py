"""What was measured, kept as it was measured: every round, and nothing derived."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from benchmarks.core.question import Figure, Measure

__all__ = ["Answer", "Outcome", "Spread", "kept", "loaded", "ratio", "spread"]


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


@attrs.frozen
class Answer:
    """What came of one question, and under which conditions."""

    question: str
    outcomes: tuple[Outcome, ...]
    date: str = ""
    command: str = ""
    machine: dict[str, str] = attrs.field(factory=dict)
    versions: dict[str, str] = attrs.field(factory=dict)

    def outcome(self, name: str) -> Outcome | None:
        """Of that case, when it was measured."""
        found = [one for one in self.outcomes if one.name == name and one.rounds]
        return found[0] if found else None


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

    As a speed: where less is better the ratio is turned over, so that more than 1
    always is better than the other.
    """
    mine, theirs = answer.outcome(case), answer.outcome(other)
    if mine is None or theirs is None:
        return None
    pairs = list(zip(mine.rounds, theirs.rounds, strict=False))
    values = [(figure.of(one), figure.of(two)) for one, two in pairs]
    if not all(one > 0 and two > 0 for one, two in values):
        return None
    if figure.more_is_better:
        return spread([one / two for one, two in values])
    return spread([two / one for one, two in values])


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
    return Answer(**{**raw, "outcomes": outcomes})
