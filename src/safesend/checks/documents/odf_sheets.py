"""Tables of an OpenDocument spreadsheet, row by row."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING

import attrs

from safesend.checks.documents.cells import whole
from safesend.checks.documents.odf_runs import attribute, spoken_odf
from safesend.checks.documents.tally import Row, Sheet, Tally
from safesend.checks.documents.xml import attributes, local
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["Table"]

_LAST_COLUMN = 16_384
_UNSEEN = frozenset({"collapse", "filter"})
_VALUES = ("value", "date-value", "time-value", "string-value", "boolean-value")
_READ = frozenset({*_VALUES, "formula", "style-name", "name", "value-type"})
_COPY = "ta_extref"
"""The style of tables in which LibreOffice keeps cells of other files."""


@attrs.define
class Table:
    """One sheet, row after row."""

    sheet: Sheet
    tally: Tally
    copied: bool = False
    row_number: int = 0
    column_number: int = 0

    @classmethod
    def of(cls, element: Element, hidden_styles: Container[str]) -> Table:
        """The sheet that begins with this element."""
        style = attribute(element, "style-name")
        hidden = style in hidden_styles or attribute(element, "display") == "false"
        sheet = Sheet(attribute(element, "name"), "hidden" if hidden else "visible")
        return cls(sheet, Tally(sheet), copied=style == _COPY)

    def column(self, element: Element, inside: Sequence[Element]) -> None:
        """A column, or several that are alike; only whether they are hidden counts."""
        number = max(whole(attribute(element, "number-columns-repeated")), 1)
        first = self.column_number + 1
        self.column_number += number
        if _is_hidden(element, inside):
            last = min(self.column_number, _LAST_COLUMN)
            for column in range(first, last + 1):
                self.tally.columns[column] = False

    def row(
        self, element: Element, inside: Sequence[Element], seen: set[str]
    ) -> Iterator[Found]:
        """The pieces of a row; of rows that are alike, those of the first."""
        row = Row(self.row_number + 1, hidden=_is_hidden(element, inside))
        self.row_number += max(whole(attribute(element, "number-rows-repeated")), 1)
        column = 1
        for cell in element:
            text = "\n".join(
                spoken_odf(child) for child in cell if local(child.tag) == "p"
            )
            row.add(column, text, _behind(cell, text), unseen=False)
            column += max(whole(attribute(cell, "number-columns-repeated")), 1)
        yield from self.tally.pieces(row)
        rest = attributes(element, seen, _READ)
        if rest:
            place = f"cells of {self.sheet.place}"
            yield Piece(place=place, text=rest, kind=Kind.MARKUP)

    def notes(self) -> Iterator[Note]:
        """What of the sheet is hidden."""
        if self.copied and self.tally.filled:
            what = "it keeps copies of cells of another file"
            yield Note(place=self.sheet.place, kind=NoteKind.HIDDEN, what=what)
        else:
            yield from self.tally.notes()


def _behind(cell: Element, text: str) -> str:
    """The formula and the value of a cell, as far as they are not what it shows."""
    said = [attribute(cell, "formula")]
    if cell.attrib:
        said += [attribute(cell, name) for name in _VALUES]
    return " ".join(one for one in said if one and one != text)


def _is_hidden(element: Element, inside: Sequence[Element]) -> bool:
    """A row or column, by itself or as part of a group that is folded up."""
    if attribute(element, "visibility") in _UNSEEN:
        return True
    return any(
        attribute(one, "display") == "false"
        for one in inside
        if local(one.tag) in ("table-row-group", "table-column-group")
    )
