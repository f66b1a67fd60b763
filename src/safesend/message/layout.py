"""The shape of a message: constant octets, places for values, and how it is re-read."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence

import attrs

__all__ = [
    "DATE",
    "FIRST",
    "IDEMPOTENCY",
    "MESSAGE_ID",
    "TO",
    "TOKEN",
    "Layout",
    "Line",
    "made_layout",
]

TO, DATE, MESSAGE_ID, TOKEN, IDEMPOTENCY, FIRST = range(6)
"""Places of the values that every message has; those of the template follow."""

Ink = bytes | int
"""Constant octets, or the place of a value."""

# A folded line begins with blanks and holds something else too: a line of blanks
# would end the header for some readers (RFC 5322 section 3.2.2). The lines are not
# taken possessively, `(?:x)*+`: that fails before Python 3.11.5 (gh-106052).
_FREE = rb"[ -~]{0,%d}+(?:\r\n ++[!-~][ -~]{0,900}+)*"
_KNOWN = {
    TO: rb"(?P<to>[^\r\n]{3,320})",
    DATE: rb"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} \+0000",
    MESSAGE_ID: rb"(?P<message_id><[a-z0-9]{20,64}@[a-z0-9.-]+>)",
    TOKEN: rb"(?P<token>[a-z0-9]{20,64}|v[0-9]\.[a-f0-9]{64,192}\.[a-f0-9]{8})",
    IDEMPOTENCY: rb"(?P<idempotency>[a-z0-9]{20,64})",
}


@attrs.frozen
class Line:
    """One header as it is meant: its name, and the ink after the colon and blank."""

    name: str
    ink: tuple[Ink, ...]

    def written(self) -> list[Ink]:
        """The ink of the whole line, its CRLF included."""
        return [f"{self.name}: ".encode(), *self.ink, b"\r\n"]

    def pattern(self) -> bytes:
        """What exactly this line may look like in finished octets."""
        free = _FREE % (990 - len(self.name))
        parts = [
            re.escape(ink) if isinstance(ink, bytes) else _KNOWN.get(ink, free)
            for ink in self.ink
        ]
        return b"".join([re.escape(f"{self.name}: ".encode()), *parts, rb"\r\n"])


@attrs.frozen(eq=False)
class Layout:
    """How the first segment is filled and re-read, and the segments that follow it.

    `block` matches a finished header block with its blank line, and no other: every
    constant header octet for octet, every other one by what it may hold, all of them
    once and in order. `boundary` is None when the message cannot carry files.
    """

    lines: tuple[Line, ...] = attrs.field(repr=False)
    body: tuple[Ink, ...] = attrs.field(repr=False)
    """The ink of the first segment after the blank line."""
    names: tuple[str, ...]
    block: re.Pattern[bytes] = attrs.field(repr=False)
    constants: tuple[bytes, ...] = attrs.field(repr=False)
    boundary: bytes | None
    ending: tuple[bytes, ...] = attrs.field(repr=False)
    rest: tuple[bytes, ...] = attrs.field(repr=False)
    """All segments after the first of a message without files of its own."""
    _form: bytes = attrs.field(repr=False)
    _pick: Callable[[Sequence[bytes]], tuple[bytes, ...]] = attrs.field(repr=False)

    def fill(self, values: Sequence[bytes]) -> bytes:
        """The first segment with these values in their places."""
        return self._form % self._pick(values)


def made_layout(
    lines: Sequence[Line],
    body: Iterable[Ink],
    *,
    constants: Sequence[bytes] = (),
    boundary: bytes | None = None,
    ending: Sequence[bytes] = (),
) -> Layout:
    """The layout of these headers, the ink of the texts, and constant segments."""
    # So that no value, whatever is in it, can end the header block: the last line must
    # still follow, octet for octet.
    assert all(isinstance(piece, bytes) for piece in lines[-1].ink)
    body = tuple(body)
    ink = [piece for line in lines for piece in line.written()]
    ink += [b"\r\n", *body]
    places = [piece for piece in ink if isinstance(piece, int)]
    block = b"".join([line.pattern() for line in lines]) + rb"\r\n"
    return Layout(
        lines=tuple(lines),
        body=body,
        names=tuple(line.name for line in lines),
        block=re.compile(block),
        constants=tuple(constants),
        boundary=boundary,
        ending=tuple(ending),
        rest=(*constants, *ending),
        form=b"".join([_formatted(piece) for piece in ink]),
        pick=operator.itemgetter(*places),
    )


def _formatted(ink: Ink) -> bytes:
    return b"%b" if isinstance(ink, int) else ink.replace(b"%", b"%%")
