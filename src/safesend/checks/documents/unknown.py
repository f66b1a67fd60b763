"""Files of which nothing is known but their octets."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.documents.files import File
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found, Note, NoteKind

__all__ = ["read", "read_quietly"]


def read(file: File) -> Iterator[Found]:
    """What looks like text in a file of an unknown format, and a note of it."""
    yield Note(kind=NoteKind.UNKNOWN, what="its format is not known")
    yield from read_octets(file.data)


def read_quietly(file: File) -> Iterator[Found]:
    """The octets without a note, where another one says why."""
    yield from read_octets(file.data)
