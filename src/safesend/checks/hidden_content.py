"""Hidden content travels with a file (L23).

Danger: a hidden sheet, row, column, comment or tracked change is not gone. Everybody
who gets the file can show it again with two clicks.

Real case: in 2022 a table that seemed to hold 150 rows held 18,714 people at risk on a
hidden tab; the cost was about 850 million pounds. In 2023 a police force deleted the
visible sheets of a table and published one hidden sheet that named 9,483 of its people;
the file had passed a quality check.

What safesend does: it opens every attached document and refuses what is hidden in it,
naming the file and the place.

Way out: show the hidden part in the program that made the file, look at it, delete
it, and save; or send a PDF or a CSV of what should be seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.base import Check
from safesend.checks.circle import Circle, Reader
from safesend.checks.piece import NoteKind
from safesend.checks.reading import Reading
from safesend.errors import Leak
from safesend.redaction import mask_text

__all__ = ["CHECK"]


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:  # noqa: ARG001
    """What is hidden, each thing of each unit once."""
    seen: set[tuple[str, str]] = set()
    for note in reading.noted(NoteKind.HIDDEN):
        if (note.unit, note.what) not in seen:
            seen.add((note.unit, note.what))
            reason = mask_text(f"{note.what}, and travels with the file")
            yield CHECK.leak(mask_text(note.where()), reason, reader)


CHECK = Check.of(__doc__, id="L23", examine=examine, allowable=True)
