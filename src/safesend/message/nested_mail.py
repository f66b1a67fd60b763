"""Mails inside a mail: their recipient fields are taken out as well (L20).

Whoever forwards a mail as an attachment sends along whom it was for. The octets round
such a field stay as they are; nothing is parsed into objects and written anew.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator

import attrs

from safesend.errors import Leak, UnsafeMessage
from safesend.message.recipient_fields import (
    Field,
    addresses_in,
    fields_of,
    may_tell,
    names_in,
    names_people,
    split_head,
)

__all__ = ["may_be_mail", "may_hold_mail", "without_recipients"]

# RFC 2046 section 5.2.1, RFC 6532 section 3.7; "news" is obsolete (RFC 5537).
_MAIL = frozenset({b"message/rfc822", b"message/global", b"message/news"})
# RFC 6522 section 4: the header block of a mail that came back.
_HEADS = frozenset({b"text/rfc822-headers", b"message/global-headers"})
# Of a mail inside. A media type is one word (RFC 2045 section 5.1); this begins with an
# octet that is found at once.
_KINDS = re.compile(rb"/(?:(?<=message/)|digest|rfc822)", re.IGNORECASE)

_TYPE = re.compile(rb"[ \t]*([!#-'*+.0-9A-Z^-~-]+/[!#-'*+.0-9A-Z^-~-]+)", re.IGNORECASE)
_BOUNDARY = re.compile(
    rb"boundary(?:\*[0-9]*\*?)?[ \t]*=[ \t]*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;\"()]+))",
    re.IGNORECASE,
)
_REST_OF_DELIMITER = re.compile(rb"(?:--)?[ \t]*(?:\r\n|\Z)")
_DEEPEST = 40
_TIMES, _ENOUGH, _STEP = 3 * _DEEPEST, 1 << 20, 100
"""How often a message may be gone over: every level once, and more than once."""


@attrs.define
class _Walk:
    """The way through the parts: what was met, and how far it may still go.

    Whoever names several boundaries can have each part read as often as they like.
    """

    _left: int
    """Octets."""
    named: list[str] = attrs.field(factory=list)

    def over(self, octets: bytes) -> None:
        """Go over these octets once more. Raises `UnsafeMessage` at the end."""
        self._left -= len(octets) + _STEP
        if self._left < 0:
            reason = "has parts that can be read in too many ways"
            raise UnsafeMessage([Leak("L20", "the message", reason)])


def may_hold_mail(octets: bytes) -> bool:
    """A quick look: whether it is worth going through the parts at all.

    Where it is not, nothing would be found in them. Asked of every message: 4 us.
    """
    return may_be_mail(octets) or any(map(may_tell, names_in(octets)))


def may_be_mail(block: bytes) -> bool:
    """Whether a header block may say that what follows is a mail, or holds some."""
    return _KINDS.search(block) is not None


def without_recipients(entity: bytes) -> tuple[bytes, list[str]]:
    """The entity without recipient fields in what is inside it, and whom they named.

    `entity` is header block and body with CRLF line ends; its own block is not
    changed. The same octets come back where there was nothing to take out. Raises
    `UnsafeMessage` for what cannot be changed: a mail inside of something signed.
    """
    walk = _Walk(_TIMES * len(entity) + _ENOUGH)
    return _entity(entity, walk, 0), walk.named


def _entity(entity: bytes, walk: _Walk, depth: int, *, digest: bool = False) -> bytes:
    block, body = split_head(entity)
    if depth > _DEEPEST:
        reason = f"has parts inside of parts, more than {_DEEPEST} deep"
        raise UnsafeMessage([Leak("L20", "the message", reason)])
    fields = list(fields_of(block))
    types = [found[1].lower() for found in _types(fields)]
    if any(kind in _MAIL for kind in types) or (digest and not types):
        changed = _coded(fields, body, walk, depth, whole=True)
    elif any(kind in _HEADS for kind in types):
        changed = _coded(fields, body, walk, depth, whole=False)
    else:
        changed = _multipart(fields, types, body, walk, depth)
    if changed is body:
        return entity
    if b"multipart/signed" in types:
        reason = "names other people, and cannot be changed: it is signed"
        advice = "Attach a PDF of it, or sign after its recipients are taken out."
        raise UnsafeMessage([Leak("L20", "an attached mail", reason, advice=advice)])
    return block + changed


def _types(fields: list[Field]) -> Iterator[re.Match[bytes]]:
    for field in fields:
        if field.name == b"content-type" and (found := _TYPE.match(field.value)):
            yield found


def _multipart(
    fields: list[Field], types: list[bytes], body: bytes, walk: _Walk, depth: int
) -> bytes:
    if not any(kind.startswith(b"multipart/") for kind in types):
        return body
    digest = b"multipart/digest" in types
    marks = {mark for field in fields for mark in _boundaries(field)}
    for mark in marks:
        walk.over(body)
        body = _parts(mark, body, walk, depth, digest=digest)
    return body


def _boundaries(field: Field) -> Iterator[bytes]:
    if field.name == b"content-type":
        for quoted, bare in _BOUNDARY.findall(field.value):
            mark = re.sub(rb"\\(.)", rb"\1", quoted) or bare
            if mark:
                yield mark


def _parts(mark: bytes, body: bytes, walk: _Walk, depth: int, *, digest: bool) -> bytes:
    places = list(_delimiters(b"--" + mark, body))
    if not places:
        return body
    pieces: list[bytes] = []
    at, changed = 0, False
    for (_, begin), (end, _) in zip(places, [*places[1:], (len(body), 0)], strict=True):
        part = body[begin:end]
        new = _mail(part, walk, depth, digest=digest)
        changed |= new is not part
        pieces += [body[at:begin], new]
        at = end
    return b"".join([*pieces, body[at:]]) if changed else body


def _delimiters(line: bytes, body: bytes) -> Iterator[tuple[int, int]]:
    """RFC 2046 section 5.1.1: each begins a line, and blanks may follow it."""
    at = body.find(line)
    while at >= 0:
        found = _REST_OF_DELIMITER.match(body, at + len(line))
        if found and (at == 0 or body[at - 2 : at] == b"\r\n"):
            yield at, found.end()
        at = body.find(line, at + len(line))


def _coded(
    fields: list[Field], body: bytes, walk: _Walk, depth: int, *, whole: bool
) -> bytes:
    """The body of a part that is a mail, also where it is encoded."""
    coding = next(
        (
            field.value.lower()
            for field in fields
            if field.name == b"content-transfer-encoding"
        ),
        b"",
    )
    lead = b"\r\n" if body.startswith(b"\r\n") else b""
    mail = body[len(lead) :]
    plain = _decoded(coding, mail)
    inner = _mail(plain, walk, depth) if whole else _head(plain, walk)
    if inner is plain:
        return body
    return lead + _encoded(coding, inner)


def _decoded(coding: bytes, octets: bytes) -> bytes:
    if coding == b"base64":
        try:
            octets = binascii.a2b_base64(octets)
        except binascii.Error:
            return octets
    elif coding == b"quoted-printable":
        octets = quopri.decodestring(octets)
    else:
        return octets
    return re.sub(rb"\r\n|\r|\n", b"\r\n", octets)


def _encoded(coding: bytes, octets: bytes) -> bytes:
    if coding == b"base64":
        return base64.encodebytes(octets).replace(b"\n", b"\r\n")
    if coding == b"quoted-printable":
        lines = quopri.encodestring(octets.replace(b"\r\n", b"\n"))
        return lines.replace(b"\n", b"\r\n")
    return octets


def _mail(mail: bytes, walk: _Walk, depth: int, *, digest: bool = False) -> bytes:
    """A mail, or a part, without recipient fields of its own and in what it holds."""
    bare = _head(mail, walk)
    return _entity(bare, walk, depth + 1, digest=digest)


def _head(mail: bytes, walk: _Walk) -> bytes:
    block, body = split_head(mail)
    kept = []
    went = False
    for field in fields_of(block):
        went = names_people(field.name) or (went and not field.name)
        if went:
            walk.named += addresses_in(field.value if field.name else field.octets)
        else:
            kept.append(field.octets)
    own = b"".join(kept)
    return mail if own == block else own + body
