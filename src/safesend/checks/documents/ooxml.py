"""Office Open XML (ECMA-376): docx, xlsx, pptx and their kin.

Parts are told apart by their root elements, not by their names or content types: what
stands in the package is read, whether the package owns up to it or not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import attrs

from safesend.checks.documents import sheet_parts, sheets, slides, word
from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.cells import read_formats, shared_strings
from safesend.checks.documents.comments import read_authors, read_comments
from safesend.checks.documents.files import File
from safesend.checks.documents.package import (
    Package,
    Part,
    Relation,
    carefully,
    embedded,
    or_else,
    relations,
    root_of,
)
from safesend.checks.documents.passages import read_passages, said_by
from safesend.checks.documents.tally import Sheet
from safesend.checks.documents.xml import lines, local
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = ["read"]

_PLACES = {
    "document": "text",
    "hdr": "page header",
    "ftr": "page footer",
    "footnotes": "footnotes",
    "endnotes": "endnotes",
    "glossaryDocument": "building blocks",
    "sldLayout": "slide layout",
    "sldMaster": "slide master",
    "notesMaster": "notes master",
    "handoutMaster": "handout master",
    "presentation": "presentation settings",
    "chartSpace": "chart",
    "dataModel": "diagram",
    "wsDr": "drawing on a sheet",
    "userShapes": "drawing on a chart",
    "table": "table",
    "connections": "data connection",
    "queryTable": "query table",
    "styleSheet": "cell styles",
    "styles": "styles",
    "theme": "theme",
    "recipients": "recipients of a mail merge",
    "tagLst": "tags",
}
_BORING = ("printersettings", ".fntdata", ".odttf")
"""Binary parts of every other document, in which nobody has ever written anything."""
_SHEETS = frozenset({"worksheet", "chartsheet", "dialogsheet", "macrosheet"})
_TEXTS = frozenset(
    {"document", "hdr", "ftr", "footnotes", "endnotes", "glossaryDocument"}
)


def read(file: File) -> Iterator[Found]:
    """All that an office document says; raises Unreadable when nothing can be read."""
    package = Package.of(file)
    office = _Office.of(package)
    yield from package.outside()
    for part in office.parts:
        if part.name.lower().endswith("workbook.bin"):
            raise Unreadable("it is a binary workbook (.xlsb); save it as .xlsx")
    yield from office.read()


@attrs.define
class _Office:
    """A document: its parts, what they refer to, and what they share."""

    parts: list[Part]
    roots: dict[Part, str | None]
    links: dict[str, list[Relation]] = attrs.Factory(dict)
    """By the name of the part that refers."""
    book: sheets.Workbook = attrs.Factory(sheets.Workbook)
    sheet_of: dict[str, Sheet] = attrs.Factory(dict)
    place_of: dict[str, str] = attrs.Factory(dict)
    styles: frozenset[str] = frozenset()

    @classmethod
    def of(cls, package: Package) -> _Office:
        parts = list(package.parts())
        book = sheets.Workbook(package.file.budget)
        office = cls(parts, book=book, roots={part: root_of(part) for part in parts})
        for part in office.rooted("Relationships"):
            source = part.name.replace("_rels/", "").removesuffix(".rels")
            office.links.setdefault(source, []).extend(_relations(part))
        return office

    def rooted(self, *names: str) -> list[Part]:
        """The parts with such a root element."""
        return [part for part in self.parts if self.roots[part] in names]

    def read(self) -> Iterator[Found]:
        """Each part, those first that others need."""
        yield from self._prepare_sheets()
        self._prepare_slides()
        for part in self.rooted("styles"):
            self.styles |= or_else(word.hidden_styles, part, self.styles)
        for part in self.parts:
            yield from carefully(part, self._read, f"part '{part.name}'")
        if self.rooted("worksheet"):
            yield from self.book.leftovers()
        for source, found in self.links.items():
            place = self.place_of.get(source, "")
            yield from _links(found, f"link in {place}" if place else "link")

    def _prepare_sheets(self) -> Iterator[Found]:
        for part in self.rooted("workbook"):
            read = functools.partial(sheets.read_workbook, book=self.book)
            yield from carefully(part, read, f"part '{part.name}'")
            for link in self.links.get(part.name, ()):
                if link.id in self.book.sheets:
                    self.sheet_of[link.target] = self.book.sheets[link.id]
        for name, sheet in self.sheet_of.items():
            self.place_of[name] = sheet.place
        for part in self.rooted("sst"):
            self.book.share(or_else(lambda p: list(shared_strings(p)), part, []))
        for part in self.rooted("styleSheet"):
            since_1904 = self.book.since_1904
            formats = functools.partial(read_formats, since_1904=since_1904)
            self.book.formats = or_else(formats, part, self.book.formats)

    def _prepare_slides(self) -> None:
        targets = {
            link.id: link.target
            for part in self.rooted("presentation")
            for link in self.links.get(part.name, ())
        }
        none: list[str] = []
        order = [
            targets.get(id_, "")
            for part in self.rooted("presentation")
            for id_ in or_else(slides.slide_order, part, none)
        ]
        hidden = {
            p.name
            for p in self.rooted("sld")
            if or_else(slides.is_hidden, p, other=False)
        }
        for number, name in enumerate(order, 1):
            self.place_of[name] = f"{'hidden ' * (name in hidden)}slide {number}"
            for link in self.links.get(name, ()):
                if link.kind == "notesSlide":
                    self.place_of[link.target] = f"speaker notes of slide {number}"

    def _read(self, part: Part) -> Iterator[Found]:
        root = self.roots[part]
        if root is None:
            yield from _binary(part)
        elif root in _SHEETS:
            sheet = self.sheet_of.get(part.name) or Sheet(part.name)
            yield from sheets.read_sheet(part, sheet, self.book)
        elif root in _TEXTS:
            yield from word.read_text(part, _PLACES[root], self.styles)
        elif root == "sld":
            place = self.place_of.get(part.name, "slide")
            hidden = place.startswith("hidden")
            yield from slides.read_slide(part, place, hidden=hidden)
        elif root == "notes":
            place = self.place_of.get(part.name, "speaker notes")
            yield from slides.read_notes(part, place)
        elif root not in _DONE:
            reader = _READERS.get(root)
            place = _PLACES.get(root) or f"part '{part.name}'"
            yield from reader(part) if reader else read_passages(part, place)


def _relations(part: Part) -> list[Relation]:
    return or_else(lambda rels: list(relations(rels)), part, [])


def _links(found: list[Relation], place: str) -> Iterator[Found]:
    for link in found:
        if link.external and link.target:
            yield Piece(place=place, text=link.target, kind=Kind.LINK)


def _core(part: Part) -> Iterator[Found]:
    """Properties of the document: its author, title, and those added by hand."""
    for block in part.blocks():
        for child in block.element:
            name = child.get("name", "") or local(child.tag)
            text = lines(child)
            if text.strip():
                place = f"document property '{name}'"
                yield Piece(place=place, text=text, kind=Kind.METADATA)


def _shared(part: Part) -> Iterator[Found]:
    """Of the shared strings all but the strings, which are read with their cells."""
    seen: set[str] = set()
    for block in part.blocks(("si",)):
        if block.name != "si":
            yield from said_by(block, "texts of cells", seen)


def _relationships(part: Part) -> Iterator[Found]:
    """Nothing: links were followed before; this says whether the part is damaged."""
    for _ in relations(part):
        pass
    yield from ()


def _binary(part: Part) -> Iterator[Found]:
    """Pictures, embedded files, macros; what every document has raises no doubt."""
    name = part.name.lower()
    place = f"embedded file '{part.name}'"
    boring = any(word_ in name for word_ in _BORING)
    if name.endswith("vbaproject.bin"):
        boring = True
        yield Note(place=place, kind=NoteKind.HIDDEN, what="macros are in it")
    elif name.endswith("model/item.data"):
        what = "it holds a data model, which is a copy of its source data"
        yield Note(place=place, kind=NoteKind.HIDDEN, what=what)
    for found in embedded(part, place):
        if not (boring and isinstance(found, Note)):
            yield found


_READERS: dict[str, Callable[[Part], Iterator[Found]]] = {
    "comments": read_comments,
    "ThreadedComments": read_comments,
    "cmLst": read_comments,
    "people": read_authors,
    "personList": read_authors,
    "cmAuthorLst": read_authors,
    "authorLst": read_authors,
    "pivotCacheDefinition": sheet_parts.read_pivot_cache,
    "pivotCacheRecords": sheet_parts.read_pivot_cache,
    "externalLink": sheet_parts.read_external_link,
    "headers": sheet_parts.read_revisions,
    "revisions": sheet_parts.read_revisions,
    "settings": word.read_settings,
    "coreProperties": _core,
    "Properties": _core,
    "sst": _shared,
    "Relationships": _relationships,
}
_DONE = frozenset({"workbook", "Types"})
