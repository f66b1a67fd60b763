"""Passages: what the parts of an office document say, paragraph by paragraph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from safesend.checks.documents.package import Part
from safesend.checks.documents.xml import Block, lines, local
from safesend.checks.piece import Found, Kind, Piece

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "BREAKS",
    "PASSAGES",
    "RUNS",
    "passages",
    "read_passages",
    "said_by",
    "spoken",
]

PASSAGES = frozenset({"p", "textbox", "si"})
"""Elements whose text is read in one go, whatever runs it is cut into."""
RUNS = frozenset({"t"})
"""Elements that hold such a text."""
BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def spoken(element: Element) -> str:
    """The text of an element's runs as a reader sees it: runs joined, breaks kept.

    What a phonetic guide says (rPh) follows the text.
    """
    parts: list[str] = []
    guides: list[str] = []
    guide: set[Element] = set()
    for one in element.iter():
        name = local(one.tag)
        if name == "rPh":
            guide.update(one.iter())
        elif name == "t":
            (guides if one in guide else parts).append(one.text or "")
        elif name in BREAKS:
            parts.append(BREAKS[name])
        elif name == "p" and parts:
            parts.append("\n")
    text = "".join(parts)
    return f"{text} {''.join(guides)}" if guides else text


def said_by(
    block: Block,
    place: str,
    seen: set[str],
    *,
    hidden: bool = False,
    without: frozenset[str] | None = None,
) -> Iterator[Found]:
    """The pieces of one block: the text of its runs, then everything else in it.

    What attributes say and is in `seen` is not said again. `without`: elements whose
    text was read before; then the runs' text is left out.
    """
    element = block.element
    if block.name == "textbox":
        text, rest = "".join(element.itertext()), ""
    elif block.name.startswith("#"):
        text, rest = "", element.text or ""
    else:
        text = "" if without else spoken(element)
        rest = lines(element, seen, without or RUNS)
    if text.strip():
        yield Piece(place=place, text=text, hidden=hidden)
    if rest.strip():
        yield Piece(place=place, text=rest, kind=Kind.MARKUP, hidden=hidden)


def passages(
    found: Iterable[Block], place: str, *, hidden: bool = False
) -> Iterator[Found]:
    """The pieces of these blocks; what attributes say is said once."""
    seen: set[str] = set()
    for block in found:
        yield from said_by(block, place, seen, hidden=hidden)


def read_passages(part: Part, place: str, *, hidden: bool = False) -> Iterator[Found]:
    """Everything that an XML part of any kind says."""
    return passages(part.blocks(PASSAGES), place, hidden=hidden)
