"""The line of a message that a leak is about, shown as in a diff, addresses masked."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from safesend.checks.addresses import mentions
from safesend.checks.mail import nothing, read_mail
from safesend.checks.piece import Kind, Piece
from safesend.redaction import mask_text

__all__ = ["excerpt", "veiled"]

_WIDTH = 100
_DISGUISE = re.compile(r" \([^()]*\)$")
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_IN_DISGUISE = "(not shown: an address in disguise stands here)"


def excerpt(content: bytes, place: str, own: str) -> list[str]:
    """What stands at the place of a leak ("- ...") and what should ("+ ...").

    Empty where it is no line that could be shown, as inside of a document. `own` is
    the reader, masked.
    """
    where = _DISGUISE.sub("", place)
    for piece in _pieces(content):
        if piece.where() == where or piece.where() == place:
            return _shown(piece, own)
    return []


def veiled(text: str) -> str:
    """One short line of a text, with every address masked, also those in disguise."""
    line = mask_text(_UNSHOWN.sub(" ", text)).strip()
    if any(mentions(line)):
        return _IN_DISGUISE
    return textwrap.shorten(line, _WIDTH, placeholder=" …") or line[:_WIDTH]


def _pieces(content: bytes) -> Iterator[Piece]:
    return (one for one in read_mail(content, nothing) if isinstance(one, Piece))


def _shown(piece: Piece, own: str) -> list[str]:
    line = veiled(piece.text)
    name = piece.unit.removeprefix("header ")
    if piece.kind is not Kind.HEADER or name == piece.unit:
        return [f"- {line}"]
    better = [own] if name.lower() == "to" and own != line else []
    return [f"- {name}: {line}", *(f"+ {name}: {one}" for one in better)]
