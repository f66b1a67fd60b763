"""Everything that can be read in one message, or in what all messages share."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

import attrs

from safesend.checks.addresses import mentions
from safesend.checks.mention import Mention
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = ["Reading", "Sighting"]

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_TELLING = 4
"""Characters of a local part that tell something, wherever they stand."""


@attrs.frozen
class Sighting:
    """A mention, and the piece in which it was seen."""

    piece: Piece
    mention: Mention

    def where(self) -> str:
        """The place for a person, and how the address was written there.

        A name in it that holds the address itself, in whatever disguise, is left out.
        """
        place = self.piece.where(self.mention.offset)
        if any(local in place.lower() for local in self._locals()):
            place = _QUOTED.sub("'…'", place)
        disguise = self.mention.disguise
        return f"{place} ({disguise})" if disguise else place

    def _locals(self) -> Iterator[str]:
        for spelling in self.mention.spellings:
            local = spelling.rpartition("@")[0]
            if len(local) >= _TELLING:
                yield local


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
