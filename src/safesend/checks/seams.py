"""What differs from message to message, read without reading the whole message again.

A letter is read once, with marks where its merge fields go. What touches no mark is the
same in every message, and is checked once. What is left of each piece are its seams:
the words that a value stands in, with the text that it touches, since `{{ user }}` is
harmless and `{{ user }}@example.org` is an address. A row is read by filling seams.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping

import attrs

from safesend.checks.html import read_html
from safesend.checks.piece import Found, Kind, Piece
from safesend.checks.plain_text import read_text
from safesend.message.compile import CompiledMessage, header_name
from safesend.message.compose import Composed
from safesend.message.layout import FIRST
from safesend.message.part import Part, Slot, slot_text

__all__ = ["Seams", "find_seams"]

# Two noncharacters of Unicode, which no template may hold, and no value keeps.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARK = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
# "ada @ example.org" and "ada (at) example.org" are one word.
_WORDS = re.compile(r"(?:\S|\s(?=[@(\[])|(?<=[@)\]])\s)+")
# What an address can be made of, in every disguise of `disguises`: a value without any
# of it, in a seam without any of it, cannot be part of one.
_TELLING = re.compile(
    r"[@\uff20\ufe6b%&\\=<]|\bat\b|[A-Za-z0-9+/_-]{16}"
    r"|[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]{0,4000}>")
_URL = re.compile(r"(?:https?:|mailto:|//)[^\s\"'<>]{1,4000}", re.IGNORECASE)


@attrs.frozen
class _Seam:
    """A word of a piece with the marks in it: constants and names of fields in turn."""

    piece: Piece
    parts: tuple[str, ...]
    """At even places constants, at odd ones names of fields."""
    telling: bool
    """Whether what touches the values could make an address of them."""

    def filled(self, values: Mapping[str, str]) -> Piece:
        parts = list(self.parts)
        parts[1::2] = [values.get(name, "") for name in parts[1::2]]
        return attrs.evolve(self.piece, text="".join(parts))


@attrs.frozen(eq=False)
class Seams:
    """The seams of a letter. `shared` is what all its messages have in common."""

    shared: tuple[Found, ...]
    fields: tuple[str, ...]
    """The merge fields that are printed as they are."""
    _seams: tuple[_Seam, ...]
    _always: tuple[_Seam, ...]
    _wholes: tuple[tuple[int, str], ...]
    """Of the texts that have logic: the place of their value, and their unit."""

    @property
    def count(self) -> int:
        """How many pieces a message has at most."""
        return len(self._seams)

    def pieces(
        self, composed: Composed, values: Mapping[str, str] | None = None
    ) -> Iterator[Piece]:
        """What is to be looked at in one message; mostly nothing."""
        values = self.values(composed) if values is None else values
        if _TELLING.search("\n".join(values.values())):
            yield from self.all(composed, values)
            return
        for seam in self._always:
            yield seam.filled(values)
        yield from self._whole_texts(composed)

    def all(self, composed: Composed, values: Mapping[str, str]) -> Iterator[Piece]:
        """Everything in which a value of this message stands."""
        for seam in self._seams:
            yield seam.filled(values)
        yield from self._whole_texts(composed)

    def _whole_texts(self, composed: Composed) -> Iterator[Piece]:
        for place, unit in self._wholes:
            yield from _whole(composed.values[place], unit)

    def values(self, composed: Composed) -> dict[str, str]:
        """The printed fields of a row, as text."""
        fields = composed.recipient.fields
        return {
            name: value if type(value) is str else slot_text(value, name)
            for name in self.fields
            if (value := fields.get(name)) is not None
        }


def find_seams(compiled: CompiledMessage) -> Seams:
    """Read a letter once: what is shared, and where values go."""
    names = list(compiled.template.fields)
    shared: list[Found] = []
    seams: dict[tuple[str, str, Kind, tuple[str, ...]], _Seam] = {}
    for part in compiled.template.parts.values():
        for found in _read(part, names):
            if not isinstance(found, Piece) or _OPEN not in found.text:
                shared.append(found)
                continue
            shared.append(attrs.evolve(found, text=_MARK.sub(" ", found.text)))
            for seam in _seams_of(found, names):
                key = (seam.piece.unit, seam.piece.place, seam.piece.kind, seam.parts)
                seams.setdefault(key, seam)
    found_seams = tuple(seams.values())
    return Seams(
        shared=tuple(shared),
        fields=tuple({name: None for seam in found_seams for name in seam.parts[1::2]}),
        seams=found_seams,
        always=tuple(seam for seam in found_seams if seam.telling),
        wholes=tuple(_wholes(compiled)),
    )


def _read(part: Part, names: list[str]) -> Iterable[Found]:
    """A part with marks for its fields; of one with logic nothing is the same."""
    if part.pieces is None:
        return ()
    marked = "".join(
        f"{_OPEN}{names.index(piece.name)}{_CLOSE}"
        if isinstance(piece, Slot)
        else piece
        for piece in part.pieces
    )
    if part.name == "html":
        return read_html(marked)
    if part.name == "text":
        return read_text(marked)
    unit = f"header {header_name(part)}"
    return [Piece(unit=unit, text=marked, kind=Kind.HEADER)]


def _seams_of(piece: Piece, names: list[str]) -> Iterator[_Seam]:
    for word in _WORDS.finditer(piece.text):
        parts = _MARK.split(word[0])
        if len(parts) > 1:
            parts[1::2] = [names[int(number)] for number in parts[1::2]]
            # Between two fields without a blank, either may bring the at sign; so it
            # is looked at when a value is telling, like all the others.
            telling = any(_TELLING.search(constant) for constant in parts[::2])
            yield _Seam(piece, tuple(parts), telling)


def _wholes(compiled: CompiledMessage) -> Iterator[tuple[int, str]]:
    places = compiled.places
    for number, part in enumerate(places.headers):
        if part.pieces is None:
            yield FIRST + number, f"header {header_name(part)}"
    first = places.first_body + 2 * len(places.fields)
    for number, part in enumerate(places.whole):
        yield first + number, part.name


def _whole(value: bytes, unit: str) -> Iterator[Piece]:
    """A text that was rendered for one row: as it is, without its tags, and its links.

    It is not read like a page (that takes a millisecond): tags are taken away so that
    what they split is one again, and what stands in them is looked at as it is.
    """
    if unit.startswith("header "):
        yield Piece(unit=unit, text=value.decode(), kind=Kind.HEADER)
        return
    text = binascii.a2b_qp(value).decode(errors="replace")
    if unit == "html":
        yield Piece(unit=unit, text=_TAG.sub("", text), kind=Kind.TEXT)
        yield Piece(unit=unit, text=text, kind=Kind.MARKUP)
    else:
        yield Piece(unit=unit, text=text)
    for link in _URL.finditer(text):
        yield Piece(unit=unit, place="link", text=link[0], kind=Kind.LINK)
