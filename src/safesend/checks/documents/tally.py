"""What a sheet shows and what it hides, of every kind of spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from safesend.checks.documents.cells import column_name, one_line
from safesend.checks.piece import Kind, Note, NoteKind, Piece

__all__ = ["Row", "Sheet", "Tally", "comments_note", "counted"]

_NAMED = 20
"""Hidden columns that are named one by one."""


def counted(number: int, what: str) -> str:
    """1 row; 18,714 rows."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def comments_note(count: int) -> Note:
    """That there are comments; they show in a margin, or when pointed at."""
    what = "a comment is in it" if count == 1 else f"{count:,} comments are in it"
    return Note(place="comments", kind=NoteKind.HIDDEN, what=what)


@attrs.frozen
class Sheet:
    """A sheet of a workbook; `state` is "visible", "hidden" or "veryHidden"."""

    name: str
    state: str = "visible"

    @property
    def hidden(self) -> bool:
        """Whether nobody sees it without asking for it."""
        return self.state != "visible"

    @property
    def place(self) -> str:
        """As a person looks for it."""
        states = {"visible": "sheet", "veryHidden": "very hidden sheet"}
        return f"{states.get(self.state, 'hidden sheet')} '{self.name}'"

    def note(self, rows: int) -> Note:
        """That it is hidden, and how much it holds."""
        how = " so that Excel does not offer to show it"
        hidden = f"hidden{how if self.state == 'veryHidden' else ''}"
        what = f"the sheet '{self.name}' is {hidden} ({counted(rows, 'row')})"
        return Note(place=self.place, kind=NoteKind.HIDDEN, what=what)


@attrs.define
class Row:
    """One row while its cells are read; `hidden`: nobody sees it."""

    number: int
    hidden: bool = False
    cells: list[tuple[int, str, bool]] = attrs.Factory(list)
    formulas: list[tuple[int, str]] = attrs.Factory(list)

    def add(self, column: int, text: str, formula: str, *, unseen: bool) -> None:
        """One cell: what it shows, unless its format shows nothing, and from what."""
        if text:
            self.cells.append((column, one_line(text), unseen))
        if formula:
            self.formulas.append((column, one_line(formula)))


@attrs.define
class Tally:
    """Counts what is hidden on one sheet, as far as something stands in it."""

    sheet: Sheet
    columns: dict[int, bool] = attrs.Factory(dict)
    """Columns that are hidden, and whether something stands in them."""
    filled: int = 0
    hidden_rows: int = 0
    unseen: int = 0
    names: tuple[str, ...] = ()

    def pieces(self, row: Row) -> Iterator[Piece]:
        """The pieces of a row: what is shown, what is hidden, and its formulas."""
        groups: dict[str, list[tuple[int, str]]] = {}
        for column, text, unseen in row.cells:
            group = self._group(column, row, unseen=unseen)
            groups.setdefault(group, []).append((column, text))
        if row.formulas:
            groups["formulas"] = row.formulas
        self.filled += bool(groups)
        self.hidden_rows += row.hidden and bool(groups)
        for group, cells in groups.items():
            yield self._piece(group, cells, row.number)

    def _group(self, column: int, row: Row, *, unseen: bool) -> str:
        if column in self.columns:
            self.columns[column] = True
            if not row.hidden:
                return "hidden columns"
        if row.hidden:
            return "hidden rows"
        self.unseen += unseen
        return "invisible cells" if unseen else ""

    def _piece(self, group: str, cells: list[tuple[int, str]], row: int) -> Piece:
        names = tuple([column_name(column) for column, _ in cells])
        if names == self.names:
            names = self.names  # one tuple for all rows that are alike
        self.names = names
        formulas = group == "formulas"
        return Piece(
            place=f"{group} of {self.sheet.place}" if group else self.sheet.place,
            text="\t".join([text for _, text in cells]),
            kind=Kind.MARKUP if formulas else Kind.TEXT,
            hidden=self.sheet.hidden or (bool(group) and not formulas),
            line=row,
            columns=names,
        )

    def notes(self) -> Iterator[Note]:
        """What of the sheet is hidden."""
        if self.sheet.hidden and self.filled:
            yield self.sheet.note(self.filled)
        if self.hidden_rows:
            yield self._note(counted(self.hidden_rows, "row"), "is", "are")
        filled = [number for number, full in self.columns.items() if full]
        for number in filled[:_NAMED]:
            yield self._note(f"column {column_name(number)}", "is", "")
        if len(filled) > _NAMED:
            yield self._note(counted(len(filled) - _NAMED, "more column"), "is", "are")
        if self.unseen:
            yield self._note(
                counted(self.unseen, "cell"), "is", "are", "made invisible"
            )

    def _note(self, what: str, one: str, many: str, done: str = "hidden") -> Note:
        verb = many if many and not what.startswith("1 ") else one
        text = f"{what} of {self.sheet.place} {verb} {done}"
        return Note(place=self.sheet.place, kind=NoteKind.HIDDEN, what=text)
