"""The header fields of a message, and who is named in which of them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from safesend.checks.circle import Circle, Reader, Standing
from safesend.checks.piece import Kind, Piece
from safesend.checks.reading import Reading, Sighting

__all__ = ["fields", "is_body", "named_in", "others"]

_UNIT = "header "
_OF_THE_MESSAGE = ("", "decoded")
"""Places of a field as it stands, and as it reads. Others are parts' or mails'."""
_BODIES = ("text", "html", "amp")


def fields(reading: Reading) -> Iterator[tuple[str, Piece]]:
    """Each field of the message itself, under its name in lower case.

    A field that reads differently when it is decoded is given twice, the second time
    with the place "decoded". Headers of parts and of attached mails are left out.
    """
    for piece in reading.pieces:
        if piece.kind is Kind.HEADER:
            name = _name(piece)
            if name:
                yield name, piece


def named_in(
    reading: Reading, names: Container[str]
) -> Iterator[tuple[str, list[Sighting]]]:
    """Who is named in the fields of these names: one list for each field's name."""
    found: dict[str, list[Sighting]] = {}
    for sighting in reading.sightings:
        if sighting.piece.kind is Kind.HEADER:
            name = _name(sighting.piece)
            if name in names:
                found.setdefault(name, []).append(sighting)
    yield from found.items()


def others(
    sightings: Iterable[Sighting], reader: Reader, circle: Circle
) -> dict[str, tuple[Sighting, Standing]]:
    """Who is meant besides the reader, each under the likeliest spelling, once."""
    found: dict[str, tuple[Sighting, Standing]] = {}
    for sighting in sightings:
        standing = circle.standing(sighting.mention, reader)
        if standing is not Standing.OWN:
            found.setdefault(sighting.mention.spellings[0], (sighting, standing))
    return found


def is_body(piece: Piece) -> bool:
    """Whether it stands in the letter itself, and not in a header or a file."""
    return piece.unit.startswith(_BODIES)


def _name(piece: Piece) -> str:
    if piece.place in _OF_THE_MESSAGE and piece.unit.startswith(_UNIT):
        return piece.unit[len(_UNIT) :].strip().lower()
    return ""
