"""DKIM signatures over the messages of one layout (RFC 6376, 8301, 8463).

What never changes is in its canonical form, and hashed as far as it comes first, once.
For each message the values are put in, two digests made, and the keys asked.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from safesend.message.canonical import (
    body_end,
    relaxed_body,
    relaxed_field,
    relaxed_value,
)
from safesend.message.dkim import Dkim
from safesend.message.headers import date_seconds
from safesend.message.layout import DATE, FIRST, TO, Ink, Layout, Line

__all__ = ["SIGNED_ABSENT", "Signature", "Signing", "is_signed"]

SIGNED_ABSENT = (
    "From",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
"""Signed whether they are there or not, and once more: nobody can add another one
unseen (RFC 6376 sections 5.4.2 and 8.15; RFC 8058 section 4)."""

_ALWAYS = frozenset(name.lower() for name in SIGNED_ABSENT)
_REPEATABLE = frozenset({"auto-submitted", "feedback-id"})
_LINE = 72
_ADVISED = 76


def is_signed(name: str) -> bool:
    """Whether a header is one that signatures cover (RFC 6376 section 5.4.1)."""
    lower = name.lower()
    begins = lower.startswith(("list-", "content-"))
    return begins or lower in _ALWAYS or lower in _REPEATABLE


@attrs.frozen(eq=False)
class Signature:
    """The DKIM-Signature fields of one message, and what exactly they were made for."""

    fields: bytes = attrs.field(repr=False)
    values: tuple[bytes, ...] = attrs.field(repr=False)
    segments: tuple[bytes, ...] = attrs.field(repr=False)


@attrs.frozen(eq=False)
class _Filling:
    """A format of octets, and the places of the values that fill it."""

    form: bytes
    places: tuple[int, ...]

    @classmethod
    def of(cls, ink: Iterable[Ink]) -> _Filling:
        ink = list(ink)
        form = b"".join([b"%b" if isinstance(i, int) else _escaped(i) for i in ink])
        return cls(form, tuple(i for i in ink if isinstance(i, int)))

    def fill(self, values: Sequence[bytes]) -> bytes:
        return self.form % tuple([values[place] for place in self.places])


def _escaped(octets: bytes) -> bytes:
    return octets.replace(b"%", b"%%")


@attrs.frozen(eq=False)
class _Field:
    """One DKIM-Signature: formats for date, body hash and signature."""

    dkim: Dkim
    written: bytes
    canonical: bytes

    def over(self, block: bytes, date: bytes, body: bytes) -> bytes:
        """The field that signs these canonical headers (section 3.7)."""
        digest = hashlib.sha256(block)
        digest.update(self.canonical % (date, body))
        made = self.dkim.key.sign(digest.digest())
        text = binascii.b2a_base64(made, newline=False)
        lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
        return self.written % (date, body, b"\r\n ".join(lines))

    def pattern(self, number: int) -> bytes:
        """What exactly this field may look like; the first names date and body hash."""
        date, body = rb"(?P<date>[0-9]{1,12})", rb"(?P<body>[A-Za-z0-9+/]{43}=)"
        if number:
            date, body = rb"(?P=date)", rb"(?P=body)"
        full, rest = divmod((self.dkim.key.length + 2) // 3 * 4, _LINE)
        lines = [rb"[A-Za-z0-9+/=]{%d}" % _LINE] * full
        lines += [rb"[A-Za-z0-9+/=]{%d}" % rest] * (rest > 0)
        pieces = [*map(re.escape, self.written.replace(b"%%", b"%").split(b"%b"))]
        own = [date, body, rb"\r\n ".join(lines), b""]
        return b"".join([a + b for a, b in zip(pieces, own, strict=True)])


@attrs.frozen(eq=False)
class Signing:
    """How every message of one layout is signed. It may be used by several threads.

    `shape` matches the fields as they must look, all of them in their order, and
    nothing else.
    """

    shape: re.Pattern[bytes] = attrs.field(repr=False)
    _fields: tuple[_Field, ...] = attrs.field(repr=False)
    _block: _Filling = attrs.field(repr=False)
    _to_relax: tuple[int, ...] = attrs.field(repr=False)
    """Values of headers that may hold folds or runs of blanks."""
    _begun: Any = attrs.field(repr=False)
    """The SHA-256 of the body's unchanging beginning; a copy of it goes on."""
    _body: _Filling = attrs.field(repr=False)
    _body_from: int = attrs.field(repr=False)
    _constants: tuple[bytes, ...] = attrs.field(repr=False)
    _ending: tuple[bytes, ...] = attrs.field(repr=False)

    @classmethod
    def of(cls, layout: Layout, first_body: int, dkim: Sequence[Dkim]) -> Signing:
        """The signing of a layout; values from `first_body` on stand in bodies."""
        fields = tuple(_field(one, layout) for one in dkim)
        block = list(_block(layout))
        beginning, rest = _split(layout.body)
        if not layout.rest:
            # Empty lines at its end are none (section 3.4.4), and may reach back.
            # One octet more is left, so that they never make a whole body of their own.
            kept = beginning.rstrip(b"\r\n")[:-1]
            beginning, rest = kept, [beginning[len(kept) :], *rest]
        shape = b"".join([one.pattern(number) for number, one in enumerate(fields)])
        return cls(
            shape=re.compile(shape),
            fields=fields,
            block=_Filling.of(block),
            to_relax=tuple(
                place for place in block if isinstance(place, int) and _varies(place)
            ),
            begun=hashlib.sha256(beginning),
            body=_Filling.of(rest),
            body_from=first_body,
            constants=tuple(map(relaxed_body, layout.constants)),
            ending=tuple(map(relaxed_body, layout.ending)),
        )

    def sign(self, values: tuple[bytes, ...], segments: tuple[bytes, ...]) -> Signature:
        """The fields that stand before the headers; the same for the same message."""
        date = b"%d" % date_seconds(values[DATE])
        body = binascii.b2a_base64(self._body_digest(values, segments), newline=False)
        block = self._block.fill(self._relaxed(values))
        made = [one.over(block, date, body) for one in self._fields]
        return Signature(b"".join(made), values, segments)

    def _relaxed(self, values: tuple[bytes, ...]) -> Sequence[bytes]:
        relaxed = list(values)
        for place in self._to_relax:
            relaxed[place] = relaxed_value(relaxed[place])
        return relaxed

    def _body_digest(
        self, values: tuple[bytes, ...], segments: tuple[bytes, ...]
    ) -> bytes:
        text = self._body.fill(self._relaxed_body(values))
        alone = not self._constants and not self._ending
        digest = self._begun.copy()
        digest.update(body_end(text) if alone else text)
        for segment in self._constants:
            digest.update(segment)
        shared = 1 + len(self._constants)
        for segment in segments[shared : len(segments) - len(self._ending)]:
            _add_file(digest, segment)
        for segment in self._ending:
            digest.update(segment)
        return bytes(digest.digest())

    def _relaxed_body(self, values: tuple[bytes, ...]) -> Sequence[bytes]:
        """Each value stands on lines of its own: it is relaxed without the others."""
        joined = b"\n".join(values[self._body_from :])
        if relaxed_body(joined) is joined:
            return values
        return [
            *values[: self._body_from],
            *map(relaxed_body, values[self._body_from :]),
        ]


def _add_file(digest: Any, segment: bytes) -> None:
    """A personal file: lines of headers, then base64, which has no blanks."""
    end = segment.index(b"\r\n\r\n")
    digest.update(relaxed_body(segment[:end]))
    digest.update(memoryview(segment)[end:])


def _varies(place: int) -> bool:
    """Whether a header's value may hold what is relaxed: those that we make do not."""
    return place == TO or place >= FIRST


def _split(body: Sequence[Ink]) -> tuple[bytes, list[Ink]]:
    """The canonical beginning that has no value in it, and the rest."""
    ink: list[Ink] = []
    for piece in body:
        last = ink[-1] if ink else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            ink[-1] = last + piece
        else:
            ink.append(piece)
    relaxed = [relaxed_body(one) if isinstance(one, bytes) else one for one in ink]
    first = relaxed[0]
    return (first, relaxed[1:]) if isinstance(first, bytes) else (b"", relaxed)


def _block(layout: Layout) -> Iterable[Ink]:
    """The canonical fields in the order of h=; what is not there is nothing."""
    lines = {line.name.lower(): line for line in layout.lines}
    for name in _signed_once(layout):
        if name in lines:
            yield relaxed_field(name, b"").removesuffix(b"\r\n")
            yield from _relaxed_ink(lines[name])
            yield b"\r\n"


def _relaxed_ink(line: Line) -> Iterable[Ink]:
    if len(line.ink) == 1:
        [ink] = line.ink
        yield relaxed_value(ink) if isinstance(ink, bytes) else ink
        return
    for ink in line.ink:  # a link with a token in it
        assert isinstance(ink, int) or relaxed_value(ink) == ink
        yield ink


def _signed_once(layout: Layout) -> list[str]:
    """The names of all fields that are signed, those of the message first."""
    there = [name.lower() for name in layout.names if is_signed(name)]
    assert len(set(there)) == len(there)
    return [*there, *(n.lower() for n in SIGNED_ABSENT if n.lower() not in there)]


def _signed_names(layout: Layout) -> list[str]:
    """The tag h=: over-signed, so that a second one of a kind breaks the signature."""
    there = {name.lower() for name in layout.names}
    names = []
    for name in _signed_once(layout):
        names += [name] * (1 + (name in there and name not in _REPEATABLE))
    return names


def _field(dkim: Dkim, layout: Layout) -> _Field:
    lines = [""]
    for name in _signed_names(layout):
        if lines[-1] and len(lines[-1]) + len(name) > _ADVISED - len(" h=;"):
            lines.append("")
        lines[-1] += f"{name}:"
    names = "\r\n  ".join(lines).removesuffix(":")
    head = (
        f"v=1; a={dkim.algorithm}; c=relaxed/relaxed; d={dkim.domain};\r\n"
        f" s={dkim.selector}; t=%b;\r\n h={names};\r\n bh=%b;\r\n b="
    ).encode()
    # Section 3.7: signed with an empty b=, and without the CRLF at its end.
    canonical = b"dkim-signature:" + relaxed_value(head)
    return _Field(dkim, b"DKIM-Signature: " + head + b"%b\r\n", canonical)
