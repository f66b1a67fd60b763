"""A file cannot be looked into (L38).

Danger: what no program can read, nobody has checked. An encrypted or damaged file may
hold the whole list, and whoever has the password sees it.

Real case: in 2017 a university sent a table about the troubles of 42 students to 298
people. Nothing in the mail itself was wrong; the data sat in the file, where nobody
looked.

What safesend does: a file whose format is known and that cannot be read (encrypted,
damaged, too large to unpack) is refused; one of an unknown format is searched octet
by octet, and reported.

Way out: attach a version without a password, or save the file again in a usual format
such as PDF. If you know what is in it, allow L38 and say why.
"""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.base import Check, Severity
from safesend.checks.circle import Circle, Reader
from safesend.checks.piece import NoteKind
from safesend.checks.reading import Reading
from safesend.errors import Leak
from safesend.redaction import mask_text

__all__ = ["CHECK"]

_SAID = {
    NoteKind.UNREADABLE: (
        Severity.REFUSE,
        "cannot be read: {}; nobody knows what is in it",
    ),
    NoteKind.UNKNOWN: (
        Severity.WARN,
        "was only searched octet by octet: {}",
    ),
}


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:  # noqa: ARG001
    """What could not be read: each reason once for a file, or a part of the message."""
    found: dict[tuple[str, str, NoteKind], dict[str, None]] = {}
    for note in reading.notes:
        if note.kind in _SAID:
            unit = note.unit or note.place
            found.setdefault((unit, note.what, note.kind), {})[note.place] = None
    for (unit, what, kind), places in found.items():
        severity, reason = _SAID[kind]
        yield CHECK.leak(
            mask_text(_where(unit, list(places))),
            reason.format(mask_text(what)),
            reader,
            severity,
        )


def _where(unit: str, places: list[str]) -> str:
    first = places[0]
    where = unit if first in {"", unit} else f"{unit}, {first}"
    more = len(places) - 1
    return (f"{where} and {more} more" if more else where) or "the message"


CHECK = Check.of(__doc__, id="L38", examine=examine, allowable=True)
