"""What is asked, of whom, and which figure answers: frozen values and no more."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from benchmarks.core.site import Site

__all__ = [
    "CPU",
    "RATE",
    "ROWS",
    "SECONDS",
    "Case",
    "Figure",
    "Measure",
    "Question",
    "told",
]


@attrs.frozen
class Measure:
    """What one run of one case took."""

    messages: int
    seconds: float
    """By the clock on the wall, of what the question asks about."""
    cpu: float
    """Seconds of processor time, of the whole process (or of that part: say so)."""
    extra: dict[str, float] = attrs.field(factory=dict)
    """Other figures by name; the worker adds `peak_mb`."""


@attrs.frozen
class Figure:
    """A number that is read off a measure."""

    name: str
    unit: str
    of: Callable[[Measure], float]
    more_is_better: bool = True
    digits: int = 0


RATE = Figure("rate", "messages/s", lambda one: one.messages / one.seconds)
ROWS = attrs.evolve(RATE, unit="rows/s")
CPU = Figure(
    "cpu",
    "us CPU a message",
    lambda one: one.cpu / one.messages * 1e6,
    more_is_better=False,
)
SECONDS = Figure("seconds", "s", lambda one: one.seconds, False, 2)  # noqa: FBT003


def told(
    name: str, unit: str, *, more_is_better: bool = False, digits: int = 0
) -> Figure:
    """A figure that the case tells itself, in `Measure.extra`; 0 when it does not."""
    return Figure(
        name, unit, lambda one: one.extra.get(name, 0.0), more_is_better, digits
    )


@attrs.frozen
class Case:
    """One of those who are compared. `run` is called in a process of its own."""

    name: str
    title: str
    run: Callable[[Site], Measure]
    part: int = 1
    """It gets one in so many messages, since it takes so much longer."""
    needs: tuple[str, ...] = ()
    """Packages, or programs on the path: without them it is not here."""
    note: str = ""
    """What must be known beside its figure."""
    parts: int = 2
    """How many parts its messages have in the proof; 0: no proof is asked of it."""
    alone: bool = True
    """Kept on one core; a case of several processes is not."""
    full: bool = False
    """It takes minutes: only in a full run."""


@attrs.frozen
class Question:
    """Cases that are run in turn, and the figure that answers."""

    name: str
    title: str
    text: str
    """What was done, under which conditions: a paragraph of Markdown."""
    cases: tuple[Case, ...]
    reference: str
    """The name of the case that the ratios are to."""
    messages: int
    """For a case that gets all of them."""
    also: tuple[str, ...] = ()
    """Other cases that ratios are shown to."""
    figure: Figure = RATE
    """The ratio is of this one, within a round."""
    beside: tuple[Figure, ...] = (CPU,)
    """Figures that are shown without a ratio."""
    sink: str = ""
    """A name of `benchmarks.core.sinks.SINKS`; empty: nothing is sent."""
    size: str = "2k"
    round_trip: float = 0.0
    """Seconds from us to the sink and back, by a proxy that holds bytes up."""
    proof: bool = False
    """Each case first sends a few hundred messages to a sink that reads them."""
    rounds: int = 0
    """At most so many, where the rounds are long; 0: as many as the run has."""
    plot: bool = False
    plot_mark: str = ""
    """What the first figure beside is, as a mark in the bars of the plot."""

    def case(self, name: str) -> Case:
        """The case of that name."""
        return next(case for case in self.cases if case.name == name)

    def ordinary(self) -> Question:
        """Without the cases of a full run."""
        cases = tuple(case for case in self.cases if not case.full)
        return attrs.evolve(self, cases=cases)
