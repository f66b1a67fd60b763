"""What is said between safesend and the process that reads files for it.

Frames: four octets with the length (big-endian), then that many octets. A question is
a name and the file's octets; an answer is batches of what was found, as JSON, and an
empty batch at its end. The one who answers may have been taken over by a hostile file,
so nothing in an answer is believed before its shape, kinds and sizes are checked.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator

from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = [
    "END",
    "GREETING",
    "HEAD",
    "BadFrame",
    "as_batch",
    "as_frame",
    "as_head",
    "batches",
    "body_length",
    "from_batch",
]

GREETING = b"safesend reader 1"
"""What the process says first, so that no other program is taken for it."""

END = b"[]"
"""The batch that ends an answer."""

HEAD = 4
"""Octets before each frame."""

_LENGTH = struct.Struct(">I")
_BATCH_CHARACTERS = 1 << 17
_BATCH_ITEMS = 1000
_LINES = 1 << 40


class BadFrame(ValueError):
    """A frame is too long, or an answer is not what the reader's code would write."""


def as_frame(body: bytes) -> bytes:
    """A body with its length before it."""
    return as_head(len(body)) + body


def as_head(length: int) -> bytes:
    """What stands before a body of this length; BadFrame from 4 GB up."""
    try:
        return _LENGTH.pack(length)
    except struct.error as error:
        raise BadFrame("the frame is too long") from error


def body_length(head: bytes, limit: int) -> int:
    """How long the body after this head is; BadFrame above the limit."""
    (length,) = _LENGTH.unpack(head)
    if length > limit:
        raise BadFrame(f"a frame of {length} octets")
    return int(length)


def batches(found: Iterable[Found]) -> Iterator[bytes]:
    """The bodies of an answer, without its end; each as soon as it is full."""
    batch: list[Found] = []
    characters = 0
    for one in found:
        batch.append(one)
        characters += len(one.text) if isinstance(one, Piece) else 0
        if characters >= _BATCH_CHARACTERS or len(batch) >= _BATCH_ITEMS:
            yield as_batch(batch)
            batch.clear()
            characters = 0
    if batch:
        yield as_batch(batch)


def as_batch(found: Iterable[Found]) -> bytes:
    """A body with some of what was found. ASCII: lone surrogates pass as they are.

    A place and columns that are those of the piece before are left out (null), since
    the rows of a table repeat them a thousand times.
    """
    rows: list[list[object]] = []
    place: str | None = None
    columns: tuple[str, ...] | None = None
    for one in found:
        if isinstance(one, Note):
            rows.append(["note", one.unit, one.place, str(one.kind), one.what])
            continue
        rows.append(
            [
                "piece",
                one.unit,
                None if one.place == place else one.place,
                one.text,
                str(one.kind),
                one.hidden,
                one.line,
                None if one.columns == columns else list(one.columns),
            ]
        )
        place, columns = one.place, one.columns
    return json.dumps(rows, separators=(",", ":"), check_circular=False).encode()


def from_batch(body: bytes) -> list[Found]:
    """What a body holds; BadFrame when it is anything else."""
    try:
        return list(_found(json.loads(body)))
    except BadFrame:
        raise
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadFrame("no answer of a reader") from error


def _found(rows: object) -> Iterator[Found]:
    if not isinstance(rows, list):
        raise BadFrame("no list")
    place = ""
    columns: tuple[str, ...] = ()
    for row in rows:
        match row:
            case ["note", str(unit), str(spot), str(kind), str(what)]:
                yield Note(unit=unit, place=spot, kind=NoteKind(kind), what=what)
            case [
                "piece",
                str(unit),
                str() | None as spot,
                str(text),
                str(kind),
                bool(hidden),
                int(line),
                list() | None as names,
            ] if 0 <= line < _LINES:
                place = place if spot is None else spot
                columns = columns if names is None else _columns(names)
                yield Piece(
                    unit=unit,
                    place=place,
                    text=text,
                    kind=Kind(kind),
                    hidden=hidden,
                    line=line,
                    columns=columns,
                )
            case _:
                raise BadFrame("neither a piece nor a note")


def _columns(names: list[object]) -> tuple[str, ...]:
    columns = tuple(name for name in names if isinstance(name, str))
    if len(columns) != len(names):
        raise BadFrame("a column without a name")
    return columns
