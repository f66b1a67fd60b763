"""What a reading yields: readable pieces, each with its place, and notes on files."""

from __future__ import annotations

import enum

import attrs

__all__ = ["Found", "Kind", "Note", "NoteKind", "Piece"]


class Kind(enum.StrEnum):
    """How a reader comes to see a piece."""

    HEADER = "header"
    TEXT = "text"
    MARKUP = "markup"
    """In the source only: an attribute, a comment, a style, a script, a field name."""
    LINK = "link"
    """A whole URL, as it stands."""
    NAME = "name"
    """Of a file, an archive's member, a sheet."""
    METADATA = "metadata"
    """Of a document: its author, title, keywords; of a picture: EXIF, XMP."""
    OCTETS = "octets"
    """Found in the raw octets of an unknown format."""


@attrs.frozen(kw_only=True)
class Piece:
    """A text that somebody can read in a message.

    `unit` is what holds it: "header Subject", "text", "html", "attachment
    'prices.xlsx'" (empty while a file is read by itself). `place` is where in the
    unit, as a person would look for it ("hidden sheet 'raw'", "comment", "member
    'a/b.csv'"). `line` is a line, or with `columns` the row of a table whose cells
    stand in `text` with tabs between them, under the columns of these names.
    `hidden`: a program shows it only when asked.
    """

    unit: str = ""
    place: str = ""
    text: str = attrs.field(repr=False)
    kind: Kind = Kind.TEXT
    hidden: bool = False
    line: int = 0
    columns: tuple[str, ...] = ()

    def where(self, offset: int = 0) -> str:
        """The place of a character, for a person: "attachment 'a.xlsx', cell B7"."""
        return ", ".join(part for part in (self.unit, self.inside(offset)) if part)

    def inside(self, offset: int = 0) -> str:
        """The same without the unit: "hidden sheet 'raw', cell B7"."""
        return ", ".join(part for part in (self.place, self._spot(offset)) if part)

    def _spot(self, offset: int) -> str:
        if self.columns:
            column = self.columns[min(self._cell(offset), len(self.columns) - 1)]
            return f"cell {column}{self.line}"
        return f"line {self.line}" if self.line else ""

    def _cell(self, offset: int) -> int:
        return self.text.count("\t", 0, offset)


class NoteKind(enum.StrEnum):
    """What there is to say of a file besides its text."""

    HIDDEN = "hidden"
    """Something in it is not shown, and travels with it."""
    UNREADABLE = "unreadable"
    """Its format is known, and it cannot be read: nobody knows what is in it."""
    UNKNOWN = "unknown"
    """Its format is not known; its raw octets were searched."""
    MAIL = "mail"
    """A mail stands in it, with recipients of its own."""


@attrs.frozen(kw_only=True)
class Note:
    """Something about a file or a part of it. `what` is a plain clause for a person.

    HIDDEN: "the sheet 'raw' is hidden", UNREADABLE: "it is encrypted", UNKNOWN: "its
    format is not known", MAIL: "a mail is attached".
    """

    unit: str = ""
    place: str = ""
    kind: NoteKind
    what: str

    def where(self) -> str:
        """The place, for a person."""
        return ", ".join(part for part in (self.unit, self.place) if part)


Found = Piece | Note
