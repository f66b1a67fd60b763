"""Text documents (docx): paragraphs, and what of them is not shown."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from safesend.checks.documents.package import Part
from safesend.checks.documents.passages import BREAKS, said_by
from safesend.checks.documents.xml import local
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["hidden_styles", "read_settings", "read_text"]

_OFF = frozenset({"0", "false", "off"})
_TEXTS = frozenset({"t", "delText", "instrText", "delInstrText"})
_FIELDS = frozenset({"instrText", "delInstrText"})
_CHANGES = {
    "ins": "inserted",
    "moveTo": "inserted",
    "del": "deleted",
    "moveFrom": "deleted",
}
_FORMATTING = frozenset(
    {
        "rPrChange",
        "pPrChange",
        "tblPrChange",
        "trPrChange",
        "tcPrChange",
        "sectPrChange",
        "cellIns",
        "cellDel",
        "cellMerge",
        "numberingChange",
    }
)
_UNSEEN = {"hidden": "hidden text", "deleted": "deleted text", "field": "field"}
_SHOWN = frozenset({"", "inserted"})
_BEFORE = frozenset({"", "deleted", "hidden"})


@attrs.frozen
class _Run:
    """A stretch of text: "" is shown, "inserted" too; the rest is not."""

    text: str
    state: str


def hidden_styles(part: Part) -> frozenset[str]:
    """The styles of a document whose text is hidden (w:vanish), by their ids."""
    hidden: set[str] = set()
    based: dict[str, str] = {}
    for block in part.blocks(("style",)):
        if block.name != "style":
            continue
        name = _said(block.element, "styleId")
        for child in block.element:
            if local(child.tag) == "basedOn":
                based[name] = _said(child, "val")
            elif local(child.tag) == "rPr" and _vanishes(child, frozenset()):
                hidden.add(name)
    shown: set[str] = set()
    for name in based:
        path: set[str] = set()
        style = name
        while style in based and not (
            style in path or style in hidden or style in shown
        ):
            path.add(style)
            style = based[style]
        (hidden if style in hidden else shown).update(path)
    return frozenset(hidden)


def _said(element: Element, name: str) -> str:
    return next((v for k, v in element.attrib.items() if local(k) == name), "")


def _vanishes(properties: Element, styles: frozenset[str]) -> bool:
    """Whether the text under these properties (rPr, pPr) is hidden."""
    for one in properties:
        name = local(one.tag)
        if name == "vanish":
            return _said(one, "val") not in _OFF
        if name in ("rStyle", "pStyle") and _said(one, "val") in styles:
            return True
    return False


def read_text(part: Part, place: str, styles: frozenset[str]) -> Iterator[Found]:
    """Every paragraph of a part: what is shown, and apart from it what is not.

    Joined over all runs, since Word cuts them anywhere. `styles` are those of hidden
    text.
    """
    seen: set[str] = set()
    count: Counter[str] = Counter()
    for block in part.blocks(("p",)):
        yield from _changes(block.element, count, seen)
        here = place
        if block.name == "p":
            count["p"] += 1
            here = f"{place}, paragraph {count['p']}"
            runs = list(_runs(block.element, styles))
            count["hidden"] += any(r.state == "hidden" and r.text.strip() for r in runs)
            yield from _pieces(runs, here)
        yield from said_by(block, here, seen, without=_TEXTS)
    yield from _notes(place, count)


def _runs(paragraph: Element, styles: frozenset[str]) -> Iterator[_Run]:
    """The texts of a paragraph in their order, and why they may not be shown."""
    waiting: list[tuple[Element, str]] = [(paragraph, "")]
    while waiting:
        element, state = waiting.pop()
        name = local(element.tag)
        if name in _TEXTS:
            if element.text:
                field = name in _FIELDS
                yield _Run(element.text, "field" if field else state)
        elif name in BREAKS:
            yield _Run(BREAKS[name], state)
        elif name != "pPr":
            state = _CHANGES.get(name, state)
            children = list(element)
            if children and local(children[0].tag) in ("rPr", "pPr"):
                hidden = _vanishes(children[0], styles)
                state = "hidden" if hidden and state != "deleted" else state
            waiting.extend((child, state) for child in reversed(children))


def _pieces(runs: list[_Run], place: str) -> Iterator[Piece]:
    """What a reader sees, each hidden stretch alone, and all as it was before."""
    shown = "".join(run.text for run in runs if run.state in _SHOWN)
    if shown.strip():
        yield Piece(place=place, text=shown)
    for state, group in itertools.groupby(runs, lambda run: run.state):
        text = "".join(run.text for run in group)
        if state in _UNSEEN and text.strip():
            kind = Kind.MARKUP if state == "field" else Kind.TEXT
            yield Piece(
                place=f"{_UNSEEN[state]} in {place}",
                text=text,
                kind=kind,
                hidden=state != "field",
            )
    before = "".join(run.text for run in runs if run.state in _BEFORE)
    if before not in ("", shown) and before.strip():
        yield Piece(place=f"earlier text of {place}", text=before, hidden=True)


def _changes(element: Element, count: Counter[str], seen: set[str]) -> Iterator[Found]:
    """Counts the tracked changes in a paragraph, and tells who made them, once."""
    for one in element.iter():
        name = local(one.tag)
        if name in _CHANGES or name in _FORMATTING:
            count[_CHANGES.get(name, "changed")] += 1
            author = _said(one, "author")
            if author and author not in seen:
                seen.add(author)
                yield Piece(
                    place="author of a tracked change",
                    text=author,
                    kind=Kind.METADATA,
                    hidden=True,
                )


def _notes(place: str, count: Counter[str]) -> Iterator[Note]:
    changes = [
        f"{count[state]:,} {state}"
        for state in ("deleted", "inserted", "changed")
        if count[state]
    ]
    if changes:
        what = f"tracked changes are still in it ({', '.join(changes)})"
        yield Note(place=place, kind=NoteKind.HIDDEN, what=what)
    if count["hidden"]:
        many = (
            "a paragraph" if count["hidden"] == 1 else f"{count['hidden']} paragraphs"
        )
        what = f"{many} of it holds hidden text"
        if count["hidden"] > 1:
            what = what.replace("holds", "hold")
        yield Note(place=place, kind=NoteKind.HIDDEN, what=what)


def read_settings(part: Part) -> Iterator[Found]:
    """The settings of a document; they may name the list of a mail merge."""
    seen: set[str] = set()
    for block in part.blocks(("mailMerge", "docVar", "rsids")):
        if block.name == "mailMerge":
            place = "mail merge settings"
            what = "it is still tied to the list of a mail merge"
            yield Note(place=place, kind=NoteKind.HIDDEN, what=what)
            yield from said_by(block, place, seen, hidden=True)
        elif block.name == "docVar":
            yield from said_by(block, "document variable", seen)
        elif block.name != "rsids":
            yield from said_by(block, "document settings", seen)
