"""Paragraphs of OpenDocument: what a reader sees of them, and what not."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

import attrs

from safesend.checks.documents.cells import whole
from safesend.checks.documents.xml import local
from safesend.checks.piece import Piece

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["attribute", "links", "paragraph", "spoken_odf"]

_MOST_SPACES = 100
_ALONE = frozenset({"note-citation", "title", "desc"})


@attrs.frozen
class _Run:
    text: str
    hidden: bool = False


def attribute(element: Element, name: str) -> str:
    """An attribute by its local name; "" where there is none."""
    return next((v for k, v in element.attrib.items() if local(k) == name), "")


def spoken_odf(element: Element) -> str:
    """All text of a paragraph, hidden or not; spaces, tabs and line breaks kept."""
    return "".join(run.text for run in _runs(element, frozenset()))


def paragraph(
    element: Element, hidden_styles: Container[str], place: str, *, hidden: bool
) -> Iterator[Piece]:
    """What is shown of a paragraph, and each hidden stretch of it alone."""
    runs = list(_runs(element, hidden_styles, hidden=hidden))
    for unseen, group in itertools.groupby(runs, lambda run: run.hidden):
        text = "".join(run.text for run in group)
        if unseen and text.strip():
            where = place if hidden else f"hidden text in {place}"
            yield Piece(place=where, text=text, hidden=True)
    shown = "".join(run.text for run in runs if not run.hidden)
    if shown.strip():
        yield Piece(place=place, text=shown)


def _runs(
    element: Element, styles: Container[str], *, hidden: bool = False
) -> Iterator[_Run]:
    """The texts of a paragraph in their order."""
    waiting: list[tuple[Element, bool] | _Run] = [(element, hidden)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, _Run):
            yield one
            continue
        node, unseen = one
        name = local(node.tag)
        unseen = unseen or _is_hidden(node, name, styles)
        yield _Run(_own_text(node, name), unseen)
        for child in reversed(node):
            if child.tail:
                waiting.append(_Run(child.tail, unseen))
            waiting.append((child, unseen))


def _is_hidden(node: Element, name: str, styles: Container[str]) -> bool:
    if name in ("hidden-text", "hidden-paragraph"):
        return True
    return attribute(node, "style-name") in styles


def _own_text(node: Element, name: str) -> str:
    if name == "s":
        return " " * min(max(whole(attribute(node, "c") or "1"), 1), _MOST_SPACES)
    if name == "tab":
        return "\t"
    if name == "line-break":
        return "\n"
    if name == "hidden-text":
        return f"{node.text or ''} {attribute(node, 'string-value')}"
    return f" {node.text or ''} " if name in _ALONE else node.text or ""


def links(element: Element) -> Iterator[str]:
    """Where the links in an element lead, those inside the document left out."""
    for one in element.iter():
        target = attribute(one, "href")
        if ":" in target and not target.startswith("#"):
            yield target
