"""The body of an OpenDocument file: paragraphs, sheets, slides, comments, changes."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import attrs

from safesend.checks.documents.odf_blocks import HIDES, Styles, body, in_spreadsheet
from safesend.checks.documents.odf_runs import (
    attribute,
    links,
    paragraph,
    spoken_odf,
)
from safesend.checks.documents.odf_sheets import Table
from safesend.checks.documents.tally import comments_note
from safesend.checks.documents.xml import Block, attributes, lines, local
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["Content", "read_meta"]

_PLACES = {
    "footnote": "footnote",
    "endnote": "endnote",
    "header": "page header",
    "header-left": "page header",
    "header-first": "page header",
    "footer": "page footer",
    "footer-left": "page footer",
    "footer-first": "page footer",
    "content-validations": "list of allowed values",
    "named-expressions": "defined name",
    "database-ranges": "filter or sort of a range",
    "data-pilot-tables": "pivot table",
    "deletion": "deleted text",
    "tracked-changes": "deleted text",
    "help-message": "help on a cell",
    "error-message": "help on a cell",
    "master-page": "master page",
    "shapes": "drawing",
}
_FURNITURE = frozenset({"page-number", "date-time", "header", "footer", "page"})
_LIST_OF_A_MERGE = frozenset({"CurrentDatabaseDataSource", "CurrentDatabaseCommand"})
_LINK = frozenset({"href"})


Inner = Callable[[bytes, str], Iterator[Found]]
"""Reads a file that stands inside, at a place."""


@attrs.define
class Content:
    """Reads the blocks of one document; `place` is in front of every place."""

    place: str = ""
    styles: Styles = attrs.Factory(Styles)
    inner: Inner | None = None
    seen: set[str] = attrs.Factory(set)
    tables: dict[int, Table] = attrs.Factory(dict)
    """The sheets that are open, by the identity of their elements."""
    pages: dict[int, str] = attrs.Factory(dict)
    count: Counter[str] = attrs.Factory(Counter)
    noted: set[str] = attrs.Factory(set)
    settings: list[str] = attrs.Factory(list)

    def read(self, found: Iterable[Block]) -> Iterator[Found]:
        """The pieces and notes of all blocks."""
        for block in found:
            for one in self._block(block):
                yield self._placed(one)
        for one in self._end():
            yield self._placed(one)

    def _placed(self, one: Found) -> Found:
        place = f"{self.place}, {one.place}" if one.place else self.place
        return attrs.evolve(one, place=place) if self.place else one

    def _block(self, block: Block) -> Iterator[Found]:
        element, inside = block.element, block.inside
        table = self._table(inside)
        if block.name == "table-row" and table:
            yield from table.row(element, inside, self.seen)
            yield from _links(element, table.sheet.place)
        elif block.name == "table-column" and table:
            table.column(element, inside)
        elif reader := _READERS.get(block.name):
            yield from reader(self, element, inside)
        else:
            where, hidden = self._where(inside)
            place = where if inside else "document"
            yield from self._rest(element, place, hidden=hidden)

    def _where(self, inside: Sequence[Element]) -> tuple[str, bool]:
        """Where something stands, for a person, and whether it is hidden there."""
        page, note, hidden = "", "", False
        for one in inside:
            name = local(one.tag)
            if name == "page":
                page = self._page(one, inside)
                hidden = hidden or page.startswith("hidden")
            elif name == "notes":
                note, hidden = "speaker notes", True
            elif name == "section" and attribute(one, "display") in HIDES:
                note, hidden = f"hidden section '{attribute(one, 'name')}'", True
            elif (name := attribute(one, "note-class") or name) in _PLACES:
                note = _PLACES[name]
                hidden = hidden or note == "deleted text"
        table = self._table(inside)
        if table:
            page, hidden = table.sheet.place, hidden or table.sheet.hidden
        return " of ".join(one for one in (note, page) if one) or "text", hidden

    def _page(self, page: Element, inside: Sequence[Element]) -> str:
        if id(page) not in self.pages:
            self.count["page"] += 1
            kind = "slide" if body(inside) == "presentation" else "page"
            style = attribute(page, "style-name")
            hidden = "hidden " * (style in self.styles.of("drawing-page"))
            self.pages[id(page)] = f"{hidden}{kind} {self.count['page']}"
        return self.pages[id(page)]

    def _table(self, inside: Sequence[Element]) -> Table | None:
        """The sheet around an element of a spreadsheet."""
        if len(inside) < 4 or not in_spreadsheet(inside):  # noqa: PLR2004
            return None
        element = inside[3]
        if local(element.tag) != "table":
            return None
        if id(element) not in self.tables:
            self.tables[id(element)] = Table.of(element, self.styles.of("table"))
        return self.tables[id(element)]

    def paragraph(self, element: Element, inside: Sequence[Element]) -> Iterator[Found]:
        """A paragraph or a heading."""
        where, hidden = self._where(inside)
        styles = self.styles.of("text")
        self.count["p"] += where == "text"
        place = f"text, paragraph {self.count['p']}" if where == "text" else where
        pieces = list(paragraph(element, styles, place, hidden=hidden))
        yield from pieces
        if any(piece.hidden for piece in pieces):
            yield from self._hidden(where, inside, within=not hidden)
        yield from _links(element, place)
        rest = attributes(element, self.seen, _LINK)
        yield from _said(rest, place, kind=Kind.MARKUP, hidden=hidden)

    def _hidden(
        self, where: str, inside: Sequence[Element], *, within: bool
    ) -> Iterator[Note]:
        """What hides a paragraph, once for each thing that does."""
        what = f"the {where.removeprefix('hidden ')} is hidden"
        what = what.replace("the slide", "slide").replace("the page", "page")
        if within:
            what = "hidden text is in it"
        elif "notes" in where:
            what = "" if _is_furniture(inside) else "speaker notes are in it"
        elif where.startswith(("deleted text", "hidden sheet")):
            what = ""  # noted with the changes, with the sheet
        if what and what not in self.noted:
            self.noted.add(what)
            yield Note(place=where, kind=NoteKind.HIDDEN, what=what)

    def annotation(
        self, element: Element, inside: Sequence[Element]
    ) -> Iterator[Found]:
        """A comment, with the name of who wrote it."""
        self.count["comment"] += 1
        where, _ = self._where(inside)
        for one in element:
            kind = Kind.TEXT if local(one.tag) in ("p", "list") else Kind.METADATA
            place = f"comment in {where}"
            yield from _said(spoken_odf(one), place, kind=kind, hidden=True)
        yield from _links(element, f"comment in {where}")

    def style(self, element: Element, inside: Sequence[Element]) -> Iterator[Found]:
        """A style: it may hide what has it."""
        del inside
        self.styles.add(element)
        yield from self._rest(element, "styles")

    def table(self, element: Element, inside: Sequence[Element]) -> Iterator[Found]:
        """The end of a sheet."""
        table = self._table([*inside, element])
        self.tables.pop(id(element), None)
        if table:
            name = table.sheet.name
            place = "name of a sheet"
            hidden = table.sheet.hidden
            yield Piece(place=place, text=name, kind=Kind.NAME, hidden=hidden)
            yield from table.notes()
            yield from self._rest(element, table.sheet.place, hidden=hidden)
        else:
            where, hidden = self._where(inside)
            yield from self._rest(element, where, hidden=hidden)

    def page(self, element: Element, inside: Sequence[Element]) -> Iterator[Found]:
        """The end of a slide or page."""
        place = self._page(element, inside)
        del self.pages[id(element)]
        yield from self._rest(element, place, hidden=place.startswith("hidden"))

    def change(self, element: Element, inside: Sequence[Element]) -> Iterator[Found]:
        """Who changed something when."""
        del inside
        self.count["change"] += 1
        text = lines(element, self.seen)
        place = "author of a tracked change"
        yield from _said(text, place, kind=Kind.METADATA, hidden=True)

    def setting(self, element: Element, inside: Sequence[Element]) -> Iterator[Found]:
        """A setting; one names the list of a mail merge."""
        del inside
        text = element.text or ""
        self.settings.append(text)
        if attribute(element, "name") in _LIST_OF_A_MERGE and text.strip():
            yield from self._once("it is still tied to the list of a mail merge")

    def scripts(self, element: Element, inside: Sequence[Element]) -> Iterator[Found]:
        """Macros of a flat document, and what calls them."""
        del inside
        if "".join(element.itertext()).strip():
            yield from self._once("macros are in it")
        yield from self._rest(element, "macros", hidden=True)

    def binary(self, element: Element, inside: Sequence[Element]) -> Iterator[Found]:
        """A picture or an object of a flat document, in base64."""
        text = element.text or ""
        where, _ = self._where(inside)
        if self.inner is None:
            yield from _said(text, where, kind=Kind.MARKUP)
            return
        try:
            data = base64.b64decode(text)
        except ValueError:
            yield from _said(text, where, kind=Kind.MARKUP)
        else:
            yield from self.inner(data, f"embedded file in {where}")

    def _once(self, what: str) -> Iterator[Note]:
        if what not in self.noted:
            self.noted.add(what)
            yield Note(kind=NoteKind.HIDDEN, what=what)

    def _rest(
        self, element: Element, place: str, *, hidden: bool = False
    ) -> Iterator[Found]:
        yield from _links(element, place)
        rest = lines(element, self.seen)
        yield from _said(rest, place, kind=Kind.MARKUP, hidden=hidden)

    def _end(self) -> Iterator[Found]:
        settings = "\n".join(text for text in self.settings if len(text) > 3)  # noqa: PLR2004
        yield from _said(settings, "settings", kind=Kind.MARKUP)
        if self.count["change"]:
            what = f"tracked changes are still in it ({self.count['change']:,})"
            yield from self._once(what)
        if self.count["comment"]:
            yield comments_note(self.count["comment"])


def read_meta(element: Element) -> Iterator[Found]:
    """Properties of the document: its author, title, and those added by hand."""
    for one in element:
        name = attribute(one, "name") or local(one.tag)
        place = f"document property '{name}'"
        yield from _said(lines(one), place, kind=Kind.METADATA)


def _meta(
    content: Content, element: Element, inside: Sequence[Element]
) -> Iterator[Found]:
    del content, inside
    return read_meta(element)


def _links(element: Element, place: str) -> Iterator[Found]:
    for target in links(element):
        yield Piece(place=f"link in {place}", text=target, kind=Kind.LINK)


def _said(
    text: str, place: str, *, kind: Kind = Kind.TEXT, hidden: bool = False
) -> Iterator[Piece]:
    if text.strip():
        yield Piece(place=place, text=text, kind=kind, hidden=hidden)


def _alt_text(
    content: Content, element: Element, inside: Sequence[Element]
) -> Iterator[Found]:
    where, hidden = content._where(inside)  # noqa: SLF001 - of this file
    return _said(spoken_odf(element), f"alt text in {where}", hidden=hidden)


def _is_furniture(inside: Sequence[Element]) -> bool:
    """Whether a paragraph stands in a frame that the program fills by itself."""
    return any(
        attribute(one, "class") in _FURNITURE or attribute(one, "placeholder") == "true"
        for one in inside
        if local(one.tag) == "frame"
    )


_READERS: dict[
    str, Callable[[Content, Element, Sequence[Element]], Iterator[Found]]
] = {
    "p": Content.paragraph,
    "h": Content.paragraph,
    "title": _alt_text,
    "desc": _alt_text,
    "annotation": Content.annotation,
    "style": Content.style,
    "table": Content.table,
    "page": Content.page,
    "change-info": Content.change,
    "config-item": Content.setting,
    "scripts": Content.scripts,
    "binary-data": Content.binary,
    "meta": _meta,
}
