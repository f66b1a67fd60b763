"""Everything that can be read in one message, or in what all messages share."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

import attrs

from safesend.checks.addresses import mentions
from safesend.checks.mention import Mention
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = ["Reading", "Sighting"]


@attrs.frozen
class Sighting:
    """A mention, and the piece in which it was seen."""

    piece: Piece
    mention: Mention

    def where(self) -> str:
        """The place for a person, and how the address was written there."""
        place = self.piece.where(self.mention.offset)
        disguise = self.mention.disguise
        return f"{place} ({disguise})" if disguise else place


@attrs.frozen(eq=False, slots=False)
class Reading:
    """Pieces and notes of a message; what several checks ask for is found once."""

    pieces: tuple[Piece, ...]
    notes: tuple[Note, ...] = ()

    @classmethod
    def of(cls, found: Iterable[Found]) -> Reading:
        """A reading of what was found, in its order."""
        pieces: list[Piece] = []
        notes: list[Note] = []
        for one in found:
            if isinstance(one, Piece):
                pieces.append(one)
            else:
                notes.append(one)
        return cls(tuple(pieces), tuple(notes))

    @functools.cached_property
    def sightings(self) -> tuple[Sighting, ...]:
        """Every place where an address may be meant."""
        return tuple(
            Sighting(piece, mention)
            for piece in self.pieces
            for mention in mentions(piece.text)
        )

    def of_kind(self, *kinds: Kind) -> Iterator[Piece]:
        """The pieces of these kinds."""
        return (piece for piece in self.pieces if piece.kind in kinds)

    def noted(self, kind: NoteKind) -> Iterator[Note]:
        """The notes of this kind."""
        return (note for note in self.notes if note.kind is kind)
