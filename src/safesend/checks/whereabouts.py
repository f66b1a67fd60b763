"""Which finds are one find: what stands in the same place of the same part."""

from __future__ import annotations

from safesend.checks.piece import Piece

__all__ = ["whereabouts"]


def whereabouts(piece: Piece) -> tuple[str, str]:
    """The unit and the place of a piece, without its line.

    A header field as it stands and as it reads ("decoded") is one place.
    """
    return piece.unit, piece.place.removesuffix("decoded").rstrip(", ")
