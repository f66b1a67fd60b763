"""Presentations (pptx): text, speaker notes and hidden slides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from safesend.checks.documents.package import Part
from safesend.checks.documents.passages import PASSAGES, said_by, spoken
from safesend.checks.documents.xml import local
from safesend.checks.piece import Found, Note, NoteKind

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["is_hidden", "read_notes", "read_slide", "slide_order"]

# What PowerPoint puts on a page of notes by itself: number, date, header, footer.
_FURNITURE = frozenset({"sldNum", "dt", "hdr", "ftr", "sldImg"})


def slide_order(part: Part) -> list[str]:
    """The relations that lead to the slides, in the order in which they are shown."""
    return [
        next((v for k, v in block.element.attrib.items() if k.endswith("}id")), "")
        for block in part.blocks(("sldId",))
        if block.name == "sldId"
    ]


def is_hidden(part: Part) -> bool:
    """Whether a slide is left out when the slides are shown (its root says so)."""
    for block in part.blocks(("cSld", "clrMapOvr")):
        if block.inside:
            return block.inside[0].get("show", "1") in ("0", "false")
    return False


def read_slide(part: Part, place: str, *, hidden: bool) -> Iterator[Found]:
    """Every paragraph of a slide; a hidden one is noted when it says anything."""
    seen: set[str] = set()
    noted = not hidden
    for block in part.blocks(PASSAGES):
        if not noted and spoken(block.element).strip():
            noted = True
            what = f"{place.removeprefix('hidden ')} is hidden"
            yield Note(place=place, kind=NoteKind.HIDDEN, what=what)
        yield from said_by(block, place, seen, hidden=hidden)


def read_notes(part: Part, place: str) -> Iterator[Found]:
    """What the speaker wrote for himself; an empty page of notes is none."""
    seen: set[str] = set()
    noted = False
    for block in part.blocks(PASSAGES):
        written = block.name == "p" and not _is_furniture(block.inside)
        if written and not noted and spoken(block.element).strip():
            noted = True
            what = "speaker notes are in it"
            yield Note(place=place, kind=NoteKind.HIDDEN, what=what)
        yield from said_by(block, place, seen, hidden=True)


def _is_furniture(inside: Sequence[Element]) -> bool:
    """Whether a paragraph stands in a shape that PowerPoint fills by itself."""
    for shape in inside:
        if local(shape.tag) == "sp":
            properties = [one for one in shape if local(one.tag) == "nvSpPr"]
            return any(
                one.get("type", "") in _FURNITURE
                for each in properties
                for one in each.iter()
                if local(one.tag) == "ph"
            )
    return False
