"""One file -> everything that can be read in it, whatever its format and its name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator

import attrs

from safesend.checks.documents.budget import Budget, Exhausted, Unreadable
from safesend.checks.documents.charsets import decoded, looks_like_text
from safesend.checks.documents.formats import recognised
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found, Note, NoteKind, Piece
from safesend.checks.plain_text import read_text

__all__ = ["File", "read_file", "read_inner"]


@attrs.frozen
class File:
    """One file; `depth` counts the files around it, which share its budget."""

    name: str
    data: bytes = attrs.field(repr=False)
    budget: Budget = attrs.field(factory=Budget, repr=False)
    depth: int = 0

    def inner(self, name: str, data: bytes) -> File:
        """A file that stands inside this one."""
        return File(name, data, self.budget, self.depth + 1)


Reader = Callable[[File], Iterator[Found]]


def read_file(name: str, data: bytes) -> Iterator[Found]:
    """All that stands in a file and in the files inside it; units are empty.

    Never raises for what the file is. What cannot be read is a note UNREADABLE (its
    octets are searched), what nobody knows a note UNKNOWN. Of what costs too much a
    part is read, with a note UNREADABLE.
    """
    file = File(name, data)
    try:
        for found in read_inner(file):
            if isinstance(found, Piece):
                file.budget.say(len(found.text))
            yield found
    except Exhausted as reason:
        yield Note(kind=NoteKind.UNREADABLE, what=str(reason))
        yield from read_octets(data)


def read_inner(file: File, place: str = "") -> Iterator[Found]:
    """What stands in a nested file, its places prefixed with this one.

    Raises `Exhausted` when the budget ends, and nothing else: for `read_file`.
    """
    try:
        file.budget.open(file.depth)
    except Exhausted:
        raise
    except Unreadable as reason:
        yield Note(place=place, kind=NoteKind.UNREADABLE, what=str(reason))
        yield from _placed(_searched(file.data), place)
        return
    yield from _placed(_read(file), place)


def _placed(found: Iterator[Found], place: str) -> Iterator[Found]:
    if not place:
        yield from found
        return
    for one in found:
        inside = f"{place}, {one.place}" if one.place else place
        yield attrs.evolve(one, place=inside)


def _read(file: File) -> Iterator[Found]:
    if not file.data:
        return
    sight = recognised(file.name, file.data)
    if sight.doubt:
        yield Note(kind=NoteKind.UNREADABLE, what=sight.doubt)
    for reader in sight.readers:
        yield from _read_with(reader, file)


def _read_with(name: str, file: File) -> Iterator[Found]:
    """What one reader finds; its failure is a note, and the octets are searched."""
    try:
        yield from _reader(name)(file)
    except Exhausted:
        raise
    except Unreadable as reason:
        what = str(reason)
    except ImportError:
        what = (
            "it takes the extra packages to open it: pip install 'safesend[documents]'"
        )
    except Exception:  # noqa: BLE001 - a hostile file may make any library fail
        what = "it is damaged"
    else:
        return
    yield Note(kind=NoteKind.UNREADABLE, what=what)
    yield from _searched(file.data)


def _searched(data: bytes) -> Iterator[Found]:
    """What can be seen without knowing the format."""
    if looks_like_text(data):
        yield from read_text(decoded(data), unit="")
    else:
        yield from read_octets(data)


def _reader(name: str) -> Reader:
    module, _, function = name.partition(":")
    reader: Reader = getattr(importlib.import_module(module), function)
    return reader
