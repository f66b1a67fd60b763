"""Parts of a workbook beside its sheets: pivot caches, links, logs of changes."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.documents.package import Part
from safesend.checks.documents.passages import read_passages, said_by
from safesend.checks.documents.xml import Block, local
from safesend.checks.piece import Found, Note, NoteKind, Piece

__all__ = ["read_external_link", "read_pivot_cache", "read_revisions"]

_PIVOT = "copy of the data of a pivot table"
_ITEMS = frozenset({"s", "n", "d", "e"})
_LINK = "copy of cells of another workbook"
_LOG = "log of changes"


def read_pivot_cache(part: Part) -> Iterator[Found]:
    """Definition or records: the values of every row that the pivot table counts."""
    seen: set[str] = set()
    noted = False
    for block in part.blocks(("cacheField", "r")):
        values = _values(block)
        if values and not noted:
            noted = True
            what = "a pivot table keeps a copy of its source data"
            yield Note(place=_PIVOT, kind=NoteKind.HIDDEN, what=what)
        if values:
            yield Piece(place=_PIVOT, text="\t".join(values), hidden=True)
        if block.name != "r":
            yield from said_by(block, _PIVOT, seen, hidden=True)


def _values(block: Block) -> list[str]:
    """Items stand in attribute v; an index into them (x) says nothing new."""
    return [
        value
        for one in block.element.iter()
        if local(one.tag) in _ITEMS
        if (value := one.get("v", "").replace("\t", " "))
    ]


def read_external_link(part: Part) -> Iterator[Found]:
    """The cells of another workbook that this one has copied to count with them."""
    seen: set[str] = set()
    noted = False
    for block in part.blocks(("row",)):
        values = [v.text for v in block.element.iter() if v.text and v.text.strip()]
        if block.name == "row" and values:
            if not noted:
                noted = True
                what = "it keeps copies of cells of another workbook"
                yield Note(place=_LINK, kind=NoteKind.HIDDEN, what=what)
            text = "\t".join(value.replace("\t", " ") for value in values)
            yield Piece(place=_LINK, text=text, hidden=True)
        else:
            yield from said_by(block, "link to another workbook", seen)


def read_revisions(part: Part) -> Iterator[Found]:
    """What a shared workbook wrote down of its changes."""
    what = "it keeps a log of its changes"
    yield Note(place=_LOG, kind=NoteKind.HIDDEN, what=what)
    yield from read_passages(part, _LOG, hidden=True)
