"""A placeholder was not filled in (L37).

Danger: a letter to "Dear {{ name }}" or "Dear None" shows that the row and the letter
do not fit together. Where one value is missing, the others may be in the wrong
place, or belong to another row.

Real case: in 2021 a utility joined the wrong column to its table before a mail merge,
and 123 people got the data of others. Names that are empty or shifted are what a
reader sees of it first.

What safesend does: marks of mail merge programs that are left in a finished message,
and greetings of nobody ("Dear None,"), are refused; greetings without a name ("Dear
,") and marks in attached files are reported.

Way out: fill in the field, give it a default in the template, or correct the list. If
the text is about such marks, put a space into them, or allow L37 and say why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from safesend.checks.base import Check, Severity
from safesend.checks.circle import Circle, Reader
from safesend.checks.fields import is_body
from safesend.checks.merge_marks import blank_greeting, nobody_greeted, unfilled_mark
from safesend.checks.piece import Kind, Piece
from safesend.checks.reading import Reading
from safesend.errors import Leak
from safesend.redaction import mask_text

__all__ = ["CHECK"]

_ATTRIBUTES = ("attribute alt", "attribute title", "attribute value")

_BEGINNING, _LINES = 4_000, 20

_Fault = tuple[Severity, str]


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:  # noqa: ARG001
    """Marks and greetings in headers, bodies and files; each once for a unit."""
    seen: set[tuple[str, str]] = set()
    for piece in reading.pieces:
        if is_body(piece) or piece.unit.startswith("header "):
            fault = _fault(piece, reader) if _is_read(piece) else None
        elif piece.kind is Kind.NAME:
            fault = _mark(piece.text, Severity.REFUSE)
        elif piece.kind is Kind.TEXT:
            fault = _mark(piece.text, Severity.WARN)
        else:
            continue
        if fault is not None and (piece.unit, fault[1]) not in seen:
            seen.add((piece.unit, fault[1]))
            severity, reason = fault
            place = mask_text(piece.where().removesuffix(", decoded"))
            yield CHECK.leak(place, reason, reader, severity)


def _is_read(piece: Piece) -> bool:
    """Whether a reader sees it; scripts and styles are full of braces."""
    return piece.kind is not Kind.MARKUP or piece.place.startswith(_ATTRIBUTES)


def _fault(piece: Piece, reader: Reader) -> _Fault | None:
    if piece.kind in (Kind.TEXT, Kind.HEADER):
        for line in _first_lines(piece.text):
            if nobody_greeted(line):
                reason = "greets nobody: a value was missing (None, null)"
                return Severity.REFUSE, reason
            # What all messages share has blanks where the values go.
            if blank_greeting(line) and reader.recipient is not None:
                return Severity.WARN, "greets without a name: a value was empty"
    return _mark(piece.text, Severity.REFUSE)


def _first_lines(text: str) -> Sequence[str]:
    """A line as it is; of a whole text the lines where it may greet."""
    return text[:_BEGINNING].splitlines()[:_LINES] if "\n" in text else (text,)


def _mark(text: str, severity: Severity) -> _Fault | None:
    form = unfilled_mark(text)
    return (severity, f"holds a placeholder like {form}") if form else None


CHECK = Check.of(__doc__, id="L37", examine=examine, allowable=True)
