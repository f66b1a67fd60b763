"""What a run may say of itself, for the tests of those that collect figures."""

from __future__ import annotations

import attrs

from safesend.engine.events import Attempts, Booked, Course, Measured, Waited
from safesend.engine.meter import BOUNDS

__all__ = ["MEASURED", "attempts", "later"]


def attempts(**numbers):
    """Attempts by the place of their bound: `at3=2` is two of a tenth more than it."""
    counts = [0] * (len(BOUNDS) + 1)
    for place, number in numbers.items():
        counts[int(place.removeprefix("at"))] = number
    bounds = (*BOUNDS, 100.0)
    return Attempts(
        BOUNDS, tuple(counts), tuple(n * bounds[i] for i, n in enumerate(counts))
    )


MEASURED = Measured(
    run=1,
    began=1_750_000_000.0,
    at=1_750_000_100.0,
    relay="smtp://x",
    rate=10.0,
    eta=60.0,
    limit=None,
    lanes=8,
    sessions=3,
    busy=2,
    booked=(
        Booked("google", "accepted", 5),
        Booked("google", "deferred", 1),
        Booked("a.example", "accepted", 2),
        Booked("b.example", "accepted", 3),
        Booked("b.example", "refused", 1),
        Booked("b.example", "failed", 1),
    ),
    attempts=attempts(at2=10, at5=2),
    courses=(Course("smtp://x", "", 4, None), Course("smtp://x", "google", 2, 5.0)),
    waited=(
        Waited("smtp://x", "", False, 7.5),
        Waited("smtp://x", "google", True, 2.0),
    ),
    queue=(("waiting", 90), ("sending", 10), ("accepted", 10), ("in_doubt", 4)),
    oldest=1_750_000_040.0,
)


def later(**changes):
    """The same run a second later."""
    return attrs.evolve(MEASURED, at=MEASURED.at + 1, **changes)
