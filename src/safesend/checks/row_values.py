"""A value of somebody else's row stands in the message (L17).

Danger: An account number, a case number, a token or a full name of another person: the
columns of the list have slipped, a file went to the wrong row, or the letter to one
person became the template for all. No address need be in it.

Real case: In 2021 a utility of the Cayman Islands merged its mailing from a spreadsheet
in which the column of contacts had been joined to the wrong rows of accounts: 123
people were concerned.

What safesend does: It remembers which values of the list belong to one row only
(identifiers, tokens, addresses, full names, and every column that is declared), and
looks for them in all messages of the other rows, written with other spaces, hyphens or
capitals too. A name among the properties of a document, where its author stands, is
only a warning.

Way out: Look at the two rows and at what joins them: a column that was sorted by itself
is the usual reason. If the value is common knowledge, as the name of a speaker is,
declare it: public=["Ada Lovelace"].
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from safesend.checks.base import Check
from safesend.checks.canaries import Catch, compact
from safesend.checks.circle import Circle, Reader
from safesend.checks.piece import Kind, Piece
from safesend.checks.reading import Reading
from safesend.checks.whereabouts import whereabouts
from safesend.errors import Leak, Severity

__all__ = ["CHECK"]

# Letters and what stands between names, without a digit up to where they end.
_name_like = re.compile(r"(?>(?:[^\W\d_]|[ ,.'\u2019-]){1,80})(?!\d)").match


@attrs.define
class _Caught:
    """What one place holds of other rows: the first, and all of them."""

    piece: Piece
    first: Catch
    values: set[tuple[int, str]] = attrs.field(factory=set)
    severity: Severity = Severity.WARN


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:
    """One leak for each unit and place that holds values of other rows."""
    found: dict[tuple[str, str], _Caught] = {}
    for piece in reading.pieces:
        for catch in circle.canaries.find(piece.text, reader.ordinal):
            if _is_own_address(catch, reader):
                continue
            caught = found.setdefault(whereabouts(piece), _Caught(piece, catch))
            caught.values.add((catch.owner, catch.column))
            if _severity(piece, catch) is Severity.REFUSE:
                caught.severity = Severity.REFUSE
    for caught in found.values():
        where = caught.piece.where(caught.first.offset)
        yield CHECK.leak(where, _reason(caught, circle), reader, caught.severity)


def _is_own_address(catch: Catch, reader: Reader) -> bool:
    """Another row may hold the reader's address; that does not make it that row's."""
    own = reader.recipient
    return own is not None and catch.value == compact(own.address.wire)


def _severity(piece: Piece, catch: Catch) -> Severity:
    """Programs write into every document who made it, and that may be anybody."""
    maker = piece.kind is Kind.METADATA and _name_like(piece.text, catch.offset)
    return Severity.WARN if maker else Severity.REFUSE


def _reason(caught: _Caught, circle: Circle) -> str:
    first = caught.first
    shown = f"column {first.column!r}, {circle.people.row(first.owner)}"
    if len(caught.values) == 1:
        return f"holds a value that belongs to one other row only ({shown})"
    count = f"{len(caught.values):,}"
    return f"holds {count} values that belong to other rows only (first: {shown})"


CHECK = Check.of(__doc__, id="L17", examine=examine, allowable=True)
