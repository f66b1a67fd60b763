"""Short questions to a reading of one file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from checks.linear import seconds
from safesend.checks.documents.files import read_file
from safesend.checks.piece import Note, Piece
from safesend.checks.reading import Reading

__all__ = ["ADA", "clauses", "grows", "notes", "pieces", "places", "seen", "texts"]

ADA = "ada@example.org"


def pieces(name: str, data: bytes) -> list[Piece]:
    """The pieces of a file."""
    return [one for one in read_file(name, data) if isinstance(one, Piece)]


def texts(name: str, data: bytes) -> list[str]:
    """Their texts."""
    return [one.text for one in pieces(name, data)]


def places(name: str, data: bytes, text: str = ADA) -> list[str]:
    """Where a text stands."""
    return [
        one.inside(one.text.index(text))
        for one in pieces(name, data)
        if text in one.text
    ]


def notes(name: str, data: bytes) -> list[Note]:
    """The notes on a file."""
    return [one for one in read_file(name, data) if isinstance(one, Note)]


def clauses(name: str, data: bytes) -> list[tuple[str, str]]:
    """The kinds of the notes on a file, and what they say."""
    return [(one.kind.value, one.what) for one in notes(name, data)]


def seen(name: str, data: bytes) -> set[str]:
    """Every address that may be meant somewhere in a file."""
    reading = Reading.of(read_file(name, data))
    return {spelling for one in reading.sightings for spelling in one.mention.spellings}


def grows(make: Callable[[int], bytes], name: str, size: int) -> float:
    """How many times longer eight times the octets take; 1 while both are quick."""
    return _seconds(name, make(8 * size)) / max(_seconds(name, make(size)), 0.005)


def _seconds(name: str, data: bytes) -> float:
    return seconds(lambda: deque(read_file(name, data), 0), 2)
