"""Workbooks (xlsx): cells row by row, and what of a sheet is not shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from safesend.checks.documents.budget import Budget, Unreadable
from safesend.checks.documents.cells import (
    Formats,
    column_number,
    whole,
)
from safesend.checks.documents.package import Part
from safesend.checks.documents.passages import said_by, spoken
from safesend.checks.documents.tally import Row, Sheet, Tally, counted
from safesend.checks.documents.xml import DAMAGED, lines, local
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["Workbook", "read_sheet", "read_workbook"]

_LAST_COLUMN = 16_384
_LONGEST_REFERENCE = 10
"""XFD1048576."""
_KNOWN = frozenset({"r", "s", "t", "cm", "vm", "ph"})
_TRUE = frozenset({"1", "true", "on"})
# Three sections; fields (page, date, file, ...); fonts, sizes, colours and effects.
_CODE = re.compile(
    r'&([&LCRPNDTZFAGBIUSEXYHO]|"[^"]{0,200}"|K[0-9A-Fa-f+-]{6}|\d{1,3})'
)
_FIELDS = frozenset("PNDTZFAG")
_PLACES = {
    "hyperlink": "link",
    "dataValidation": "list of allowed values",
    "conditionalFormatting": "conditional format",
    "autoFilter": "filter",
    "scenario": "scenario",
    "extLst": "extension",
}
# Excel hides these by itself: filters, functions of later versions, the solver's cells.
_OWN_NAMES = ("_xl", "solver_")


@attrs.define
class Workbook:
    """What the sheets of one workbook share."""

    budget: Budget = attrs.Factory(Budget)
    """Pays for strings as often as cells repeat them."""
    sheets: dict[str, Sheet] = attrs.Factory(dict)
    """By the relation that leads to each."""
    strings: list[str] = attrs.Factory(list)
    used: bytearray = attrs.Factory(bytearray)
    """Which of the strings a cell shows."""
    formats: Formats = attrs.Factory(Formats)
    since_1904: bool = False

    def share(self, strings: Iterable[str]) -> None:
        """Take over the strings that cells refer to by number."""
        self.strings.extend(strings)
        self.used = bytearray(len(self.strings))

    def string(self, value: str) -> str:
        """The shared string of this number; "" where there is none."""
        number = whole(value)
        if not 0 <= number < len(self.strings):
            return ""
        self.used[number] = 1
        text = self.strings[number]
        self.budget.unpack(len(text))
        return text

    def leftovers(self) -> Iterator[Found]:
        """Strings of cells that were deleted, and that the file still holds."""
        left = [
            string
            for string, used in zip(self.strings, self.used, strict=True)
            if not used and string.strip()
        ]
        if left:
            place = "text of deleted cells"
            what = f"{counted(len(left), 'text')} of deleted cells is still in it"
            if len(left) > 1:
                what = what.replace(" is ", " are ")
            yield Note(place=place, kind=NoteKind.HIDDEN, what=what)
            for text in left:
                yield Piece(place=place, text=text, hidden=True)


def read_workbook(part: Part, book: Workbook) -> Iterator[Found]:
    """Names of sheets and cells; what the sheets share is put into `book`."""
    seen: set[str] = set()
    for block in part.blocks(("sheet", "definedName", "workbookPr")):
        said = block.element.attrib
        if block.name == "sheet":
            sheet = Sheet(said.get("name", ""), said.get("state", "visible"))
            book.sheets[_relation(said)] = sheet
            place = "name of a sheet"
            yield Piece(
                place=place, text=sheet.name, kind=Kind.NAME, hidden=sheet.hidden
            )
        elif block.name == "definedName":
            yield from _defined_name(block.element)
        else:
            if block.name == "workbookPr":
                book.since_1904 = said.get("date1904", "") in _TRUE
            yield from said_by(block, "settings of the workbook", seen)


def _relation(said: Mapping[str, str]) -> str:
    return next((said[name] for name in said if local(name) == "id"), "")


def _defined_name(element: Element) -> Iterator[Found]:
    name = element.get("name", "")
    hidden = element.get("hidden", "") in _TRUE and not name.startswith(_OWN_NAMES)
    place = f"defined name '{name}'"
    if hidden:
        what = f"the defined name '{name}' is hidden"
        yield Note(place=place, kind=NoteKind.HIDDEN, what=what)
    text = f"{name}\n{lines(element)}"
    yield Piece(place=place, text=text, hidden=hidden)


def read_sheet(part: Part, sheet: Sheet, book: Workbook) -> Iterator[Found]:
    """All that one sheet says, and notes on what of it is hidden."""
    rows = _Rows(sheet, book)
    seen: set[str] = set()
    for block in part.blocks(("row", "cols", "headerFooter", *_PLACES)):
        if block.name == "row":
            yield from rows.row(block.element)
        elif block.name == "cols":
            rows.columns(block.element)
        elif block.name == "headerFooter":
            text = "\n".join(map(_printed, block.element.itertext()))
            place = f"page header or footer of {sheet.place}"
            if text.strip():
                yield Piece(place=place, text=text, hidden=sheet.hidden)
        else:
            what = _PLACES.get(block.name, "settings")
            yield from said_by(
                block, f"{what} of {sheet.place}", seen, hidden=sheet.hidden
            )
    yield from rows.tally.notes()


@attrs.define
class _Rows:
    """The rows of one sheet, one after another."""

    sheet: Sheet
    book: Workbook
    tally: Tally = attrs.field(
        default=attrs.Factory(lambda self: Tally(self.sheet), takes_self=True)
    )
    number: int = 0
    spread: int = 0
    """Hidden columns so far."""

    def columns(self, element: Element) -> None:
        """Which columns are hidden."""
        for one in element:
            said = one.attrib
            if said.get("hidden") in _TRUE or _is_zero(said.get("width")):
                first = max(whole(said.get("min")), 1)
                last = min(whole(said.get("max")), _LAST_COLUMN)
                self.spread += max(last + 1 - first, 0)
                if self.spread > _LAST_COLUMN:  # no column may stand there twice
                    raise Unreadable(DAMAGED)
                self.tally.columns.update(dict.fromkeys(range(first, last + 1), False))

    def row(self, element: Element) -> Iterator[Found]:
        """The pieces of a row: what is shown, what is hidden, and its formulas."""
        said = element.attrib
        number = whole(said.get("r"))
        self.number = number if number > 0 else self.number + 1
        hidden = said.get("hidden") in _TRUE or _is_zero(said.get("ht"))
        row = Row(self.number, hidden=hidden)
        column = 0
        for cell in element:
            column = _column(cell.get("r", "")) or column + 1
            text, formula = self._cell(cell)
            unseen = whole(cell.get("s")) in self.book.formats.unseen
            row.add(column, text, formula, unseen=unseen)
        yield from self.tally.pieces(row)

    def _cell(self, cell: Element) -> tuple[str, str]:
        """The text of a cell and its formula."""
        said = cell.attrib
        kind = said.get("t", "n")
        text = formula = ""
        odd = not said.keys() <= _KNOWN
        for child in cell:
            name = local(child.tag)
            value = child.text or ""
            if name == "v":
                text += self._value(value, kind, said.get("s", "0"))
            elif name == "f":
                formula += value
            elif name == "is":
                text += spoken(child)
            else:
                odd = True
        if odd:
            formula = f"{formula} {lines(cell)}".strip()
        return text, formula

    def _value(self, value: str, kind: str, style: str) -> str:
        if kind == "s":
            return self.book.string(value)
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        if kind != "n":
            return value
        return self.book.formats.shown(value, whole(style))


def _column(reference: str) -> int:
    """The number of a cell's column: 2 for B7."""
    return column_number(reference[:_LONGEST_REFERENCE].rstrip("0123456789"))


def _printed(text: str) -> str:
    """A page header without its codes (ECMA-376 part 1, section 18.3.1.46)."""
    return _CODE.sub(_decoded, text)


def _decoded(code: re.Match[str]) -> str:
    what = code[1]
    if what == "&":
        return "&"
    return "\n" if what in "LCR" else " " if what in _FIELDS else ""


def _is_zero(measure: str | None) -> bool:
    """A width or height of 0, however it is written."""
    return measure is not None and not measure.strip("0.") and "0" in measure
