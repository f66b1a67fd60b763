"""The tree of a message's body: texts, the multiparts around them (RFC 2046)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import attrs

from safesend.message import mime
from safesend.message.encoding import SOFT_BREAK, quoted_printable
from safesend.message.layout import Ink, Line
from safesend.message.part import Part
from safesend.message.places import Places

__all__ = ["Entity", "alternative", "opened", "text_entity"]

_SUBTYPE = {"text": "plain", "html": "html"}


@attrs.frozen
class Entity:
    """A part of a message: its Content headers, and the ink after the blank line."""

    headers: tuple[Line, ...]
    ink: tuple[Ink, ...]

    @property
    def kind(self) -> str:
        """Its media type without parameters."""
        first = self.headers[0].ink[0]
        assert isinstance(first, bytes)
        return first.partition(b";")[0].decode()

    def written(self) -> list[Ink]:
        """Headers, blank line and ink, as they stand after a delimiter."""
        headers = itertools.chain.from_iterable(line.written() for line in self.headers)
        return [*headers, b"\r\n", *self.ink]


def text_entity(part: Part, places: Places) -> Entity:
    """A text or html part in quoted-printable, its slots between soft breaks.

    It ends in a CRLF of its own, which belongs to the delimiter that follows.
    """
    kind = f"text/{_SUBTYPE[part.name]}; charset=utf-8".encode()
    headers = (
        Line("Content-Type", (kind,)),
        Line("Content-Transfer-Encoding", (b"quoted-printable",)),
    )
    return Entity(headers, (*_body(part, places), b"\r\n"))


def _body(part: Part, places: Places) -> list[Ink]:
    if part.pieces is None:
        return [places.of_whole(part)]
    ink: list[Ink] = []
    fresh = True  # at the start of a line
    for piece in part.pieces:
        written = (
            quoted_printable(piece, part.name)
            if isinstance(piece, str)
            else places.of_slot(part, piece)
        )
        constant = written if isinstance(written, bytes) else b""
        # A value never re-wraps what stands around it, and the other way round.
        if not fresh and not constant.startswith(b"\r\n"):
            ink.append(SOFT_BREAK)
        ink.append(written)
        fresh = constant.endswith(b"\n")
    return ink


def alternative(entities: Sequence[Entity], boundary: bytes) -> Entity:
    """The same said twice, the plainest first; alone it stays as it is."""
    if len(entities) == 1:
        return entities[0]
    ink: list[Ink] = []
    for entity in entities:
        ink += [mime.delimiter(boundary), *entity.written()]
    header = mime.multipart("alternative", boundary)
    return Entity((Line("Content-Type", (header,)),), (*ink, mime.closing(boundary)))


def opened(kind: str, inner: Entity, boundary: bytes) -> Entity:
    """A multipart whose first part is `inner`; the others, and its end, follow."""
    header = mime.multipart(kind, boundary)
    if kind == "related":  # RFC 2387 section 3.1
        header += f'; type="{inner.kind}"'.encode()
    ink = (mime.delimiter(boundary), *inner.written())
    return Entity((Line("Content-Type", (header,)),), ink)
