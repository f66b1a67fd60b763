"""Where a reading is: the unit, and the way into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import attrs

from safesend.checks.piece import Found
from safesend.redaction import mask_text

__all__ = ["Spot", "shown"]

_LONGEST = 80
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def shown(name: str) -> str:
    """A name out of a message as an error may print it: masked, short, one line."""
    name = _UNSHOWN.sub(" ", name[: 4 * _LONGEST])
    masked = mask_text(name).strip()
    return masked if len(masked) <= _LONGEST else f"{masked[: _LONGEST - 1]}…"


@attrs.frozen
class Spot:
    """The unit and the place of what is read next.

    At the top of a message both are empty, and what stands there is a unit of its own
    ("header Subject", "text"). In a mail that is inside something, it is a place.
    """

    unit: str = ""
    place: str = ""

    def at(self, what: str) -> Spot:
        """One step further in."""
        if not (self.unit or self.place):
            return Spot(unit=what)
        return self.within(what)

    def within(self, what: str) -> Spot:
        """A place in the same unit."""
        return Spot(self.unit, ", ".join(filter(None, (self.place, what))))

    def around(self, found: Iterable[Found]) -> Iterator[Found]:
        """What was found in a thing that is here: its unit and place put before it."""
        for one in found:
            spot = self.within(one.place) if one.place else self
            yield attrs.evolve(one, unit=spot.unit, place=spot.place)
