"""Comments of office documents, old style and new, and who wrote them."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.documents.package import Part
from safesend.checks.documents.passages import said_by
from safesend.checks.documents.tally import comments_note
from safesend.checks.documents.xml import local
from safesend.checks.piece import Found, Kind, Piece

__all__ = ["read_authors", "read_comments"]

_COMMENTS = frozenset({"comment", "threadedComment", "cm"})
_NAMES = frozenset({"author", "displayName", "userId", "name", "initials"})


def read_comments(part: Part) -> Iterator[Found]:
    """Each comment with its place, and a note that there are some."""
    seen: set[str] = set()
    count = 0
    for block in part.blocks((*_COMMENTS, "author")):
        if block.name == "author":
            yield from _author(block.element.text or "")
            continue
        place = "comment"
        if block.name in _COMMENTS:
            count += 1
            ref = block.element.get("ref", "")
            place = f"comment at cell {ref}" if ref else "comment"
            for name, value in block.element.attrib.items():
                if local(name) == "author" and value not in seen:
                    seen.add(value)
                    yield from _author(value)
            for child in block.element:
                text = child.text or ""
                if local(child.tag) == "text" and text.strip():
                    yield Piece(place=place, text=text, hidden=True)
                    child.text = None
        yield from said_by(block, place, seen, hidden=True)
    if count:
        yield comments_note(count)


def read_authors(part: Part) -> Iterator[Found]:
    """The people who wrote comments: names, and often their logins."""
    seen: set[str] = set()
    for block in part.blocks(("person", "cmAuthor", "author")):
        for name, value in block.element.attrib.items():
            if local(name) in _NAMES and value not in seen:
                seen.add(value)
                yield from _author(value)
        yield from said_by(block, "author of a comment", seen, hidden=True)


def _author(name: str) -> Iterator[Piece]:
    if name.strip():
        yield Piece(
            place="author of a comment", text=name, kind=Kind.METADATA, hidden=True
        )
