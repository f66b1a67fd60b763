"""Everything that can be read in a message, whoever made it and however broken."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import attrs

from safesend.checks.charsets import header_text, readings
from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.octets import read_octets
from safesend.checks.html import read_html
from safesend.checks.mail_headers import Field, decoded_field, read_headers
from safesend.checks.markup import looks_like_html
from safesend.checks.mime_tree import (
    MOST_PARTS,
    Entity,
    Multipart,
    read_entity,
    split_parts,
)
from safesend.checks.mime_types import Role, charset_of, name_of, role_of, unit_of
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece
from safesend.checks.plain_text import ReadFile, nothing, read_lines, read_text
from safesend.checks.spot import Spot, shown
from safesend.checks.transfer import decoded, from_quoted

__all__ = ["ReadFile", "nothing", "read_mail", "read_text"]

LONGEST = 60_000_000
"""Octets of a message that are read; servers take half of that."""

DEEPEST = 30
"""Parts in parts. Mail programs stop between 20 and 100."""

ALL_PARTS = 10_000

MOST_OCTETS = 4 * LONGEST
"""Of all parts together: what is nested is counted once for each level."""

_ENCODED = ("base64", "quoted-printable")
_SOFT_BREAK = re.compile(rb"=\r?\n")
_DER = b"0"
"""The octet that a sequence begins with (X.690 section 8.9)."""
_INSIDE = "mail inside"


def read_mail(
    octets: bytes, read_file: ReadFile, *, unit: str = "", place: str = ""
) -> Iterator[Found]:
    """Every readable piece of a message: headers, parts, files, mails inside.

    A field is given as it stands and, if that reads differently, "decoded". At the top
    of a message "header To", "text", "html" and "attachment 'a.pdf'" are units; with a
    unit or a place of its own they are places in that one. `read_file` says what
    stands in a file. Where readers may disagree about the structure, the octets
    themselves are a last unit, "source". Never raises; what is too large or too deep is
    a note.
    """
    spot = Spot(unit, place)
    try:
        if len(octets) > LONGEST:
            what = f"it is longer than {LONGEST // 1_000_000} million octets"
            yield _note(spot, NoteKind.UNREADABLE, what)
        yield from _Walk(read_file).message(octets[:LONGEST], spot, 0)
    except Exception as error:  # noqa: BLE001  whatever a reader of files raises
        what = str(error) if isinstance(error, Unreadable) else "it is damaged"
        yield _note(spot, NoteKind.UNREADABLE, what)
        yield from _source(octets[:LONGEST], spot, nothing)


@attrs.define
class _Walk:
    """One message with all that is in it; what it may cost is counted here."""

    _read_file: ReadFile
    _parts: int = 0
    _octets: int = 0
    _damaged: bool = False
    _known: set[bytes] = attrs.field(factory=set)
    """Digests of the files that were read, so that the source does not repeat them."""

    def message(self, octets: bytes, spot: Spot, depth: int) -> Iterator[Found]:
        """A message by itself: its tree, and its source if that is damaged."""
        before, self._damaged = self._damaged, False
        yield from self._tree(octets, spot, depth)
        if self._damaged:
            yield from _source(octets, spot, self._new_file)
        self._damaged = before

    def _tree(self, octets: bytes, spot: Spot, depth: int) -> Iterator[Found]:
        entity = read_entity(octets)
        yield from self._headers(entity, spot, spot.at("header"))
        yield from self._body(entity, spot, depth)

    def _headers(self, entity: Entity, top: Spot | None, part: Spot) -> Iterator[Found]:
        """The fields of a message (`top`), or those of a part: places in its unit."""
        self._damaged = self._damaged or entity.damaged
        for field in entity.headers.fields:
            what = f"header {shown(field.name)}".rstrip()
            yield from _field_pieces(field, top.at(what) if top else part.within(what))
        if entity.headers.more:
            yield _note(part, NoteKind.UNREADABLE, "it has too many headers")

    def _body(self, entity: Entity, top: Spot, depth: int) -> Iterator[Found]:
        """What stands under the headers of a message or a part at `top`."""
        if entity.type.startswith("multipart/"):
            found = self._split(entity)
            if found is not None:
                yield from self._multipart(entity, found, top, depth)
                return
            self._damaged = True
        yield from self._leaf(entity, top, depth)

    def _split(self, entity: Entity) -> Multipart | None:
        boundaries = entity.parameter("boundary")
        if entity.encoding in _ENCODED:  # which RFC 2045 section 6.4 forbids
            self._damaged = True
            plain = decoded(entity.body, entity.encoding).octets
            found = split_parts(plain, boundaries)
            if found is not None:
                return found
        return split_parts(entity.body, boundaries)

    def _multipart(
        self, entity: Entity, found: Multipart, top: Spot, depth: int
    ) -> Iterator[Found]:
        self._damaged = self._damaged or found.damaged
        for octets, name in (found.preamble, "preamble"), (found.epilogue, "epilogue"):
            if octets.strip():
                yield from self._text(octets, "", top.at(name), hidden=True)
        if entity.type == "multipart/encrypted":
            yield _note(top.at("text"), NoteKind.UNREADABLE, "it is encrypted")
        if len(found.parts) > MOST_PARTS:
            yield _note(top, NoteKind.UNREADABLE, "it has too many parts")
        digest = entity.type == "multipart/digest"
        default = "message/rfc822" if digest else "text/plain"
        for part in found.parts:
            yield from self._part(read_entity(part, default), top, depth + 1)

    def _part(self, entity: Entity, top: Spot, depth: int) -> Iterator[Found]:
        if self._too_much(entity, depth):
            self._damaged = True
            yield _note(top, NoteKind.UNREADABLE, "it has too many parts in parts")
            return
        yield from self._headers(entity, None, top.at(unit_of(entity)))
        yield from self._body(entity, top, depth)

    def _too_much(self, entity: Entity, depth: int) -> bool:
        self._parts += 1
        self._octets += len(entity.body)
        return depth > DEEPEST or self._parts > ALL_PARTS or self._octets > MOST_OCTETS

    def _leaf(self, entity: Entity, top: Spot, depth: int) -> Iterator[Found]:
        content = decoded(entity.body, entity.encoding)
        self._damaged = self._damaged or content.damaged
        spot = top.at(unit_of(entity))
        for name in entity.names():
            yield _piece(spot.within("file name"), name, Kind.NAME)
        yield from self._content(entity, content.octets, spot, depth)

    def _content(
        self, entity: Entity, octets: bytes, spot: Spot, depth: int
    ) -> Iterator[Found]:
        role = role_of(entity)
        if role is Role.TEXT:
            yield from self._declared_text(entity, octets, spot)
        elif role in (Role.HTML, Role.AMP):
            yield from self._html(octets, charset_of(entity), spot)
        elif role in (Role.MAIL, Role.FRAGMENT):
            yield from self._mail(entity, octets, spot, depth)
        elif role is Role.HEADERS:
            yield _note(spot, NoteKind.MAIL, "the headers of a mail are attached")
            yield from self._blocks(octets, spot.within(_INSIDE))
        elif role is Role.REPORT:
            yield from self._blocks(octets, spot)
        elif role is Role.SEALED:
            yield from self._sealed(octets, spot, depth)
        else:
            yield from self._file(entity, octets, spot)

    def _declared_text(
        self, entity: Entity, octets: bytes, spot: Spot
    ) -> Iterator[Found]:
        charset = charset_of(entity)
        yield from self._text(octets, charset, spot)
        if entity.parameter("delsp")[:1] == ["yes"]:  # RFC 3676 section 4.1
            joined = octets.replace(b" \r\n", b"").replace(b" \n", b"")
            if joined != octets:
                text = readings(joined, charset)[0]
                yield from read_lines(text, spot.within("joined lines"))

    def _text(
        self, octets: bytes, charset: str, spot: Spot, *, hidden: bool = False
    ) -> Iterator[Found]:
        texts = readings(octets, charset)
        for number, text in enumerate(texts):
            unseen = hidden or number > 0
            yield from self._lines(text, spot, hidden=unseen)
            if looks_like_html(text):
                yield from self._page(text, spot.within("as HTML"), hidden=unseen)
        if any("\0" in text for text in texts):
            yield from spot.around(self._new_file("", octets))

    def _html(self, octets: bytes, charset: str, spot: Spot) -> Iterator[Found]:
        for number, text in enumerate(readings(octets, charset)):
            yield from self._page(text, spot, hidden=number > 0)
            if not looks_like_html(text):
                yield from self._lines(text, spot.within("source"), hidden=True)
        if _SOFT_BREAK.search(octets):
            text = readings(from_quoted(octets), charset)[0]
            inside = spot.within("quoted-printable")
            yield from self._page(text, inside, hidden=True)

    def _lines(self, text: str, spot: Spot, *, hidden: bool) -> Iterator[Found]:
        yield from read_text(
            text,
            spot.unit,
            place=spot.place,
            hidden=hidden,
            read_file=self._new_file,
        )

    def _page(self, text: str, spot: Spot, *, hidden: bool) -> Iterator[Found]:
        yield from read_html(
            text,
            unit=spot.unit,
            place=spot.place,
            hidden=hidden,
            read_file=self._new_file,
        )

    def _mail(
        self, entity: Entity, octets: bytes, spot: Spot, depth: int
    ) -> Iterator[Found]:
        yield _note(spot, NoteKind.MAIL, "a mail is attached")
        if entity.type == "message/partial":
            what = "it is one piece of a longer mail"
            yield _note(spot, NoteKind.UNREADABLE, what)
        if self._too_much(entity, depth):
            self._damaged = True
            what = "it has too many mails in mails"
            yield _note(spot, NoteKind.UNREADABLE, what)
            return
        inside = spot.within(_INSIDE)
        # What stands in the message as it is, its own source has as well.
        read = self.message if entity.encoding in _ENCODED else self._tree
        yield from read(octets.lstrip(b"\r\n"), inside, depth + 1)

    def _blocks(self, octets: bytes, spot: Spot) -> Iterator[Found]:
        """Blocks of fields with empty lines between them (RFC 3464 section 2.1)."""
        for block in octets.replace(b"\r\n", b"\n").split(b"\n\n"):
            for field in read_headers(block).fields:
                what = f"header {shown(field.name)}".rstrip()
                yield from _field_pieces(field, spot.within(what))

    def _sealed(self, octets: bytes, spot: Spot, depth: int) -> Iterator[Found]:
        """S/MIME: encrypted, or a message in a signature (RFC 8551 section 3.5.2),
        whose octets stand in DER as they are.
        """
        self._damaged = self._damaged or not octets.startswith(_DER)
        yield from spot.around(read_octets(octets))
        begin = octets.lower().find(b"content-type:")
        if begin < 0:
            yield _note(spot, NoteKind.UNREADABLE, "it is encrypted")
            return
        what = "its text is wrapped in a signature, and cannot be read for certain"
        yield _note(spot, NoteKind.UNREADABLE, what)
        inner = read_entity(octets[begin:])
        yield from self._part(inner, spot.within("signed"), depth + 1)

    def _file(self, entity: Entity, octets: bytes, spot: Spot) -> Iterator[Found]:
        octets = _labelled(entity, octets)
        self._known.add(_digest(octets))
        name = next(iter(entity.names()), "") or name_of(entity.type)
        yield from spot.around(self._read_file(name, octets))

    def _new_file(self, name: str, content: bytes) -> Iterator[Found]:
        """A file that was found in a text; not one that was read already."""
        digest = _digest(content)
        if digest not in self._known:
            self._known.add(digest)
            yield from self._read_file(name, content)


def _field_pieces(field: Field, spot: Spot) -> Iterator[Piece]:
    """A field as it stands, and decoded if that reads differently."""
    text = field.text
    if not field.name or shown(field.name) != field.name:
        text = f"{field.name}: {text}" if field.name else text
    yield _piece(spot, text, Kind.HEADER)
    plain = decoded_field(text)
    if plain != text:
        yield _piece(spot.within("decoded"), plain, Kind.HEADER)


def _labelled(entity: Entity, octets: bytes) -> bytes:
    """A text file in UTF-8, for its charset stands in a header that it loses here."""
    label = charset_of(entity)
    if not (label and entity.type.startswith("text/")):
        return octets
    texts = readings(octets, label)
    if len(texts) > 1 or "\0" in texts[0]:
        return octets
    return texts[0].encode("utf-8", "replace")


def _source(octets: bytes, spot: Spot, read_file: ReadFile) -> Iterator[Found]:
    """The octets of a message as text, for what no tree of parts holds."""
    inside = spot.at("source")
    for found in read_text(
        header_text(octets),
        inside.unit,
        place=inside.place,
        hidden=True,
        read_file=read_file,
    ):
        if isinstance(found, Piece) and found.kind is Kind.TEXT:
            yield attrs.evolve(found, kind=Kind.MARKUP)
        else:
            yield found


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _piece(spot: Spot, text: str, kind: Kind) -> Piece:
    return Piece(unit=spot.unit, place=spot.place, text=text, kind=kind)


def _note(spot: Spot, kind: NoteKind, what: str) -> Note:
    return Note(unit=spot.unit, place=spot.place, kind=kind, what=what)
