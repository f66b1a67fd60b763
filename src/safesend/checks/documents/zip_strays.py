"""What a zip archive holds besides the members that its directory lists.

A directory stands at the end of an archive and points to members (APPNOTE 4.3). An
archive that was changed in place keeps old members to which nothing points; programs
that read from the front (and those that mend) bring them back.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator

import attrs

from safesend.checks.documents.budget import Budget, Exhausted, Unreadable, drained
from safesend.checks.documents.files import File, read_inner
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = ["read"]

_MARK = b"PK\3\4"
_HEADER = struct.Struct("<4s5H3L2H")  # APPNOTE 4.3.7
_ENCRYPTED, _SIZES_FOLLOW = 0x1, 0x8
_STORED, _DEFLATED = 0, 8
_NEWEST = 100
"""Version of the format, tenfold, beyond which it is no header: 6.3 is 63."""


@attrs.frozen
class _Local:
    """A member as its own header, in front of its octets, describes it."""

    name: bytes
    flags: int
    method: int
    start: int
    """Where its octets begin."""
    size: int
    """How many they are, packed; 0 when they are followed by their size."""

    @classmethod
    def at(cls, data: bytes, offset: int) -> _Local | None:
        """The header at this offset; None where there is none."""
        if len(data) < offset + _HEADER.size or data[offset : offset + 4] != _MARK:
            return None
        fields = _HEADER.unpack_from(data, offset)
        _, version, flags, method, _, _, _, size, _, name_size, extra_size = fields
        begin = offset + _HEADER.size
        name = data[begin : begin + name_size]
        if version > _NEWEST or min(name, default=0) < ord(" "):
            return None
        if flags & _SIZES_FOLLOW:
            size = 0
        return cls(name, flags, method, begin + name_size + extra_size, size)


def read(file: File) -> Iterator[Found]:
    """Members that the directory leaves out or describes otherwise than they do
    themselves; and the octets that belong to no member: headers, comments, gaps.
    """
    listed = _listed(file.data)
    taken: list[tuple[int, int]] = []
    for member in listed:
        local = _Local.at(file.data, member.header_offset)
        if local is None:
            continue
        taken.append((local.start, local.start + member.compress_size))
        if _differs(local, member):
            yield from _stray(file, local)
    gaps = list(_gaps(taken, len(file.data)))
    for begin, end in gaps:
        yield from _strays(file, begin, end, {m.header_offset for m in listed})
    yield from read_octets(b"\0\0".join(file.data[a:b] for a, b in gaps))


def _listed(data: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []


def _differs(local: _Local, member: zipfile.ZipInfo) -> bool:
    """Whether one who reads from the front gets something else."""
    return (
        local.method != member.compress_type
        or (local.size not in {0, member.compress_size, 0xFFFFFFFF})
        or (
            _text(local.name) not in {member.orig_filename, member.filename}
            and local.name.decode("cp437") != member.orig_filename
        )
    )


def _gaps(taken: list[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    at = 0
    for begin, end in sorted(taken):
        if begin > at:
            yield at, begin
        at = max(at, end)
    if size > at:
        yield at, size


def _strays(file: File, begin: int, end: int, known: set[int]) -> Iterator[Found]:
    at = begin
    while (at := file.data.find(_MARK, at, end)) >= 0:
        local = None if at in known else _Local.at(file.data, at)
        at = (yield from _stray(file, local)) if local else at + len(_MARK)


def _stray(file: File, local: _Local) -> Generator[Found, None, int]:
    """What one member holds; gives where its octets end."""
    file.budget.open(0)
    name = _text(local.name)
    place = f"left-over member '{name}'"
    yield Piece(place="name of a left-over member", text=name, kind=Kind.NAME)
    try:
        data, end = _content(file.data, local, file.budget)
    except Exhausted:
        raise
    except (Unreadable, zlib.error) as reason:
        what = str(reason) if isinstance(reason, Unreadable) else "it is damaged"
        yield Note(place=place, kind=NoteKind.UNREADABLE, what=what)
        return local.start
    yield from read_inner(file.inner(name, data), place)
    return end


def _content(data: bytes, local: _Local, budget: Budget) -> tuple[bytes, int]:
    """The octets of a member, unpacked, and where those in the archive end."""
    if local.flags & _ENCRYPTED:
        raise Unreadable("it is encrypted")
    if local.method == _STORED:
        end = local.start + local.size if local.size else data.find(b"PK", local.start)
        end = min(end, len(data)) if end >= 0 else len(data)
        budget.unpack(end - local.start)
        return data[local.start : end], max(end, local.start)
    if local.method != _DEFLATED:
        raise Unreadable("it is packed in a way that safesend cannot open")
    stream = _Inflating(data, local.start)
    unpacked = drained(stream, len(data) - local.start, budget)
    return unpacked, stream.end


class _Inflating:
    """A raw stream of deflate that ends where it says itself (RFC 1951)."""

    def __init__(self, data: bytes, start: int) -> None:
        self._packer = zlib.decompressobj(-zlib.MAX_WBITS)
        self._data = memoryview(data)
        self._at = start

    @property
    def end(self) -> int:
        """The octet behind what was read."""
        return self._at - len(self._packer.unused_data)

    def read(self, size: int, /) -> bytes:
        """At most `size` octets; none at the end, nor when the data break off."""
        out = b""
        while not out and not self._packer.eof:
            packed: bytes | memoryview = self._packer.unconsumed_tail
            if not packed:
                packed = self._data[self._at : self._at + size]
                self._at += len(packed)
            out = self._packer.decompress(packed, size)
            if not packed and not out:
                break
        return out


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
