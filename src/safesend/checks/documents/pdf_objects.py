"""Every string in the objects of a PDF, wherever they hang, and who can see it.

The objects are taken one by one, not by following the tree from the root: what no
page uses any more still travels with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs

from safesend.checks.documents.pdf_pages import shown
from safesend.checks.piece import Kind, Piece

__all__ = ["Role", "dictionaries", "role_of", "strings", "word"]

_DEEP = 1000
_MANY = 1_000_000

_DATE = re.compile(r"D:\d{4}")
_PRINTABLE = re.compile(rb"[ -~]{6,2000}")

_SILENT_TYPES = frozenset(
    {"/Font", "/FontDescriptor", "/Encoding", "/CMap", "/XRef", "/ObjStm", "/SigRef"}
)
_SILENT_KEYS = frozenset(
    {"/ID", "/DA", "/DS", "/Lang", "/CIDSystemInfo", "/ByteRange", "/CheckSum"}
)


@attrs.frozen
class Role:
    """What an object is to a person: where it is, and how its strings are seen."""

    place: str
    kind: Kind = Kind.MARKUP
    hidden: bool = False

    def piece(self, text: str, line: int = 0) -> Piece:
        """A line that is seen in this way."""
        return Piece(
            place=self.place, text=text, kind=self.kind, hidden=self.hidden, line=line
        )


_HIDDEN_FLAGS = 0b100010
"""Bits 2 (Hidden) and 6 (NoView) of /F of an annotation (12.5.3)."""

_OF_TYPE = {
    "/Annot": Role("annotation", Kind.TEXT),
    "/Catalog": Role("catalogue"),
    "/EmbeddedFile": Role("attached file"),
    "/F": Role("name of a file", Kind.NAME),
    "/Filespec": Role("name of a file", Kind.NAME),
    "/Metadata": Role("properties (XMP)", Kind.METADATA),
    "/OCG": Role("layer", Kind.NAME),
    "/Page": Role("page"),
    "/Sig": Role("signature", Kind.METADATA),
    "/StructElem": Role("text for screen readers", Kind.TEXT),
}
_OF_ACTION = {
    "/JavaScript": Role("script"),
    "/Launch": Role("link to a file", Kind.NAME),
    "/GoToR": Role("link to a file", Kind.NAME),
    "/URI": Role("link", Kind.LINK),
}
_OF_KEY = {
    "/JS": Role("script"),
    "/URI": Role("link", Kind.LINK),
    "/UF": Role("name of a file", Kind.NAME),
}


def role_of(object_: Any, otherwise: Role) -> Role:
    """The role of a dictionary by what it says of itself; or the one of its parent."""
    if "/FT" in object_ or ("/T" in object_ and "/Kids" in object_):
        return Role(_of("form field", otherwise), Kind.TEXT)
    if "/Title" in object_ and "/Parent" in object_:
        return Role("bookmark", Kind.TEXT)
    if role := _OF_ACTION.get(word(object_, "/S")):
        return attrs.evolve(role, place=_of(role.place, otherwise))
    if "/Rect" in object_ and "/Subtype" in object_:
        flags = object_.get("/F", 0)
        hidden = isinstance(flags, int) and bool(flags & _HIDDEN_FLAGS)
        return Role(_of("annotation", otherwise), Kind.TEXT, hidden)
    if role := _OF_TYPE.get(word(object_, "/Type")):
        return attrs.evolve(role, place=_of(role.place, otherwise))
    return otherwise


def word(one: Any, key: str) -> str:
    """The name or text under a key; "" when there is none."""
    value = one.get(key)
    return value if isinstance(value, str) else ""


def _of(what: str, parent: Role) -> str:
    """Keeps "page 3" and the like before what is on it."""
    page, _, _ = parent.place.partition(", ")
    return f"{page}, {what}" if page.startswith(("page ", "an earlier")) else what


def dictionaries(top: Any) -> Iterator[Any]:
    """The dictionaries in one object, itself too; references are not followed."""
    waiting = [(top, 0)]
    taken = 0
    while waiting and taken < _MANY:
        one, depth = waiting.pop()
        taken += 1
        if isinstance(one, dict):
            yield one
        if isinstance(one, dict | list) and depth < _DEEP:
            items = one.values() if isinstance(one, dict) else one
            waiting.extend((item, depth + 1) for item in items)


def strings(top: Any, role: Role) -> Iterator[Piece]:
    """Every string in one object, deep down; other objects are not followed."""
    waiting = [(top, role, 0)]
    taken = 0
    while waiting and taken < _MANY:
        one, role, depth = waiting.pop()
        taken += 1
        if isinstance(one, dict) and depth < _DEEP:
            waiting.extend(_entries(one, role_of(one, role), depth + 1))
        elif isinstance(one, list) and depth < _DEEP:
            waiting.extend((item, role, depth + 1) for item in reversed(one))
        elif isinstance(one, str | bytes):
            yield from _lines(one, role)


def _entries(one: Any, role: Role, depth: int) -> list[tuple[Any, Role, int]]:
    if word(one, "/Type") in _SILENT_TYPES:
        return []
    found = []
    for key, value in reversed(one.items()):
        if key in _SILENT_KEYS:
            continue
        if "@" in key:
            found.append((str(key)[1:], role, depth))
        of_key = _OF_KEY.get(key)
        own = attrs.evolve(of_key, place=_of(of_key.place, role)) if of_key else role
        found.append((value, own, depth))
    return found


def _lines(text: str | bytes, role: Role) -> Iterator[Piece]:
    kind = role.kind
    if isinstance(text, bytes):
        kind = Kind.OCTETS
        lines = [run.decode("ascii") for run in _PRINTABLE.findall(text)]
    elif text.startswith("/") and "@" not in text:  # a name: a word of the format
        return
    else:
        lines = shown(text)
    for number, line in enumerate(lines, 1):
        if not _DATE.match(line):
            piece = role.piece(line, number if len(lines) > 1 else 0)
            yield attrs.evolve(piece, kind=kind)
