"""One place where a text can stand, and how to put it there."""

from __future__ import annotations

from collections.abc import Callable

import attrs

__all__ = ["Spot", "named"]


@attrs.frozen
class Spot:
    """`make(text)` gives the octets of a mail or a file with the text at this place.

    `name` is the test's id, `file` the name of the file ("" for a mail), `place` words
    that the place of a leak has to hold. `multiline`: the text may hold line breaks.
    """

    name: str
    make: Callable[[str], bytes] = attrs.field(repr=False)
    place: tuple[str, ...] = ()
    file: str = ""
    multiline: bool = False
    ascii_only: bool = False
    verbatim: bool = True
    """A text comes out as it went in; else only an address as it is may be planted."""
    escapes: bool = False
    """A backslash means something of its own here."""
    blanks: bool = True
    """A blank does not end what stands here."""

    def __str__(self) -> str:
        return self.name

    def takes(self, text: str) -> bool:
        """Whether the text may stand here at all, and would come out the same."""
        return not (
            ("\n" in text and not self.multiline)
            or ("\\" in text and self.escapes)
            or (" " in text and not self.blanks)
            or (self.ascii_only and not text.isascii())
        )


def named(spots: list[Spot]) -> dict[str, Spot]:
    """The spots by name; raises `ValueError` for a name that two of them have."""
    found = {spot.name: spot for spot in spots}
    if len(found) != len(spots):
        raise ValueError("two spots share a name")
    return found
