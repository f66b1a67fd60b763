"""Single files that are compressed: gzip (RFC 1952), bzip2, xz and lzma."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from safesend.checks.documents.appended import read_appended
from safesend.checks.documents.budget import Budget, Unreadable, drained
from safesend.checks.documents.files import File, read_inner
from safesend.checks.piece import Found, Kind, Piece

__all__ = ["read_bzip2", "read_gzip", "read_xz"]

_BLOCK = 1 << 14
_MEMORY = 128 << 20
"""What an xz file may ask for its dictionary; `xz -9` asks for 65 MB."""
_EXTRA, _NAME, _COMMENT = 4, 8, 16  # RFC 1952 section 2.3.1
_SHORT = {"tgz": "tar", "tbz": "tar", "tbz2": "tar", "txz": "tar", "svgz": "svg"}


class _Packer(Protocol):
    """The decompressor of one member, as those of bz2 and lzma are."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Deflated:
    """zlib's decompressor with the ways of the two others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class _Members:
    """The members of a compressed file, one after the other, as one stream.

    At its end `at` is the octet after the last member; `fault` says whether that was
    a fault, before which everything was given.
    """

    def __init__(
        self, data: bytes, make: Callable[[], _Packer], magic: bytes, budget: Budget
    ) -> None:
        self._data = data
        self._make = make
        self._magic = magic
        self._budget = budget
        self._packer = make()
        self.at = 0
        self.fault = False

    def read(self, size: int, /) -> bytes:
        """At most `size` octets; none at the end, or at a fault."""
        try:
            out = b""
            while not out and not self.fault and not self._at_end():
                out = self._step(size)
        except (OSError, EOFError, zlib.error, lzma.LZMAError, MemoryError):
            self.fault = True
            return b""
        return out

    def _step(self, size: int) -> bytes:
        fresh = b""
        if self._packer.needs_input:
            fresh = self._data[self.at : self.at + _BLOCK]
            self.at += len(fresh)
            self.fault = not fresh
        out = self._packer.decompress(fresh, size)
        if self._packer.eof:
            self.at -= len(self._packer.unused_data)
        return out

    def _at_end(self) -> bool:
        """Whether the last member is over; the next one is begun when there is one."""
        if not self._packer.eof:
            return False
        if not self._data.startswith(self._magic, self.at):
            return True
        self._budget.open(0)
        self._packer = self._make()
        return False


def read_gzip(file: File) -> Iterator[Found]:
    """A gzip file: the name and comment in its header, and its content."""
    names = list(_gzip_names(file.data))
    for name in names:
        yield Piece(place="name", text=name, kind=Kind.NAME)
    yield from _read(file, _Deflated, b"\x1f\x8b", names[0] if names else "")


def read_bzip2(file: File) -> Iterator[Found]:
    """A bzip2 file."""
    yield from _read(file, bz2.BZ2Decompressor, b"BZh")


def read_xz(file: File) -> Iterator[Found]:
    """An .xz file, or an .lzma one."""
    yield from _read(
        file, lambda: lzma.LZMADecompressor(memlimit=_MEMORY), b"\xfd7zXZ\0"
    )


def _read(
    file: File, make: Callable[[], _Packer], magic: bytes, name: str = ""
) -> Iterator[Found]:
    members = _Members(file.data, make, magic, file.budget)
    data = drained(members, len(file.data), file.budget)
    yield from read_inner(file.inner(name or _inner_name(file.name), data), "inside")
    if members.fault:
        raise Unreadable("it is damaged")
    yield from read_appended(file, members.at)


def _inner_name(name: str) -> str:
    stem, _, suffix = name.rpartition(".")
    short = _SHORT.get(suffix.lower())
    return f"{stem}.{short}" if short else stem


def _gzip_names(data: bytes) -> Iterator[str]:
    flags, at = data[3:4], 10
    if not flags:
        return
    if flags[0] & _EXTRA:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for flag in _NAME, _COMMENT:
        if flags[0] & flag:
            end = data.find(b"\0", at)
            if end < 0:
                return
            yield data[at:end].decode("utf-8", "replace")
            at = end + 1
