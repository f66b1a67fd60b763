"""Packages: the zip file that every office document of today is."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, TypeVar

import attrs

from safesend.checks.documents.budget import Exhausted, Unreadable
from safesend.checks.documents.files import File, read_inner
from safesend.checks.documents.xml import DAMAGED, Block, Wanted, blocks, root_name
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = [
    "Package",
    "Part",
    "Relation",
    "carefully",
    "embedded",
    "or_else",
    "relations",
    "root_of",
]

_T = TypeVar("_T")
_CHUNK = 1 << 16
_HEAD = 1 << 12
_FREE = 1 << 20
_RATIO = 200
_ENCRYPTED = 0x1
"""Bit 0 of the general purpose flags (APPNOTE.TXT section 4.4.4)."""
# What zipfile is known to raise on damaged files.
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    IndexError,
    struct.error,
    NotImplementedError,
    OSError,
    RuntimeError,
    UnicodeError,
    ValueError,
)
_XML = frozenset({"xml", "rels", "vml", "rdf"})


@attrs.frozen(eq=False)
class Part:
    """One member of a package; of two with the same name each is its own."""

    package: Package = attrs.field(repr=False)
    info: zipfile.ZipInfo = attrs.field(repr=False)

    @property
    def name(self) -> str:
        """Its path in the package, with / between folders and none in front."""
        return self.info.filename.lstrip("/")

    @property
    def suffix(self) -> str:
        """The end of its name in lower case: "xml"."""
        return self.name.rpartition(".")[2].lower()

    def chunks(self) -> Iterator[bytes]:
        """Its octets, paid for as they are unpacked; raises Unreadable."""
        size = 0
        with self._open() as stream:
            while chunk := self._read(stream, _CHUNK):
                size += len(chunk)
                if size > _FREE and size > self.info.compress_size * _RATIO:
                    raise Unreadable("it swells without measure when unpacked")
                yield chunk

    def data(self) -> bytes:
        """All its octets."""
        return b"".join(self.chunks())

    def root(self) -> str | None:
        """The name of its root element ("" when it comes late); None: it is no XML."""
        if self.suffix not in _XML:
            return None
        with self._open() as stream:
            return root_name(self._read(stream, _HEAD))

    def blocks(
        self, names: Iterable[str] = (), wanted: Wanted | None = None
    ) -> Iterator[Block]:
        """Its elements of these names and its root, see `xml.blocks`."""
        return blocks(self.chunks(), frozenset(names), wanted)

    def _open(self) -> IO[bytes]:
        try:
            return self.package.archive.open(self.info)
        except _BROKEN as error:
            raise Unreadable(DAMAGED) from error

    def _read(self, stream: IO[bytes], size: int) -> bytes:
        try:
            chunk = stream.read(size)
        except _BROKEN as error:
            raise Unreadable(DAMAGED) from error
        self.package.file.budget.unpack(len(chunk))
        return chunk


@attrs.frozen(eq=False, slots=False)
class Package:
    """An open zip file, read without ever writing to disk."""

    file: File
    archive: zipfile.ZipFile = attrs.field(repr=False)

    @classmethod
    def of(cls, file: File) -> Package:
        """The package in a file; raises Unreadable when damaged or encrypted."""
        try:
            archive = zipfile.ZipFile(io.BytesIO(file.data))
        except _BROKEN as error:
            raise Unreadable(DAMAGED) from error
        if any(info.flag_bits & _ENCRYPTED for info in archive.infolist()):
            raise Unreadable("it is encrypted")
        return cls(file, archive)

    def parts(self) -> Iterator[Part]:
        """Its files, folders left out, each paid for."""
        for info in self.archive.infolist():
            self.file.budget.open(self.file.depth)
            if not info.is_dir():
                yield Part(self, info)

    def outside(self) -> Iterator[Found]:
        """The names of the members, and what the zip file says besides them."""
        names = "\n".join(info.filename for info in self.archive.infolist())
        yield Piece(place="names inside the file", text=names, kind=Kind.NAME)
        comments = [self.archive.comment]
        comments += [info.comment for info in self.archive.infolist()]
        said = b"\n".join(comment for comment in comments if comment)
        if said:
            text = said.decode("utf-8", "replace")
            yield Piece(place="comment of the zip file", text=text, hidden=True)


def carefully(
    part: Part, read: Callable[[Part], Iterable[Found]], place: str
) -> Iterator[Found]:
    """What a part yields; where it cannot be read, a note says so, and others go on.

    Raises Exhausted only.
    """
    try:
        yield from read(part)
    except Exhausted:
        raise
    except Unreadable as error:
        yield Note(place=place, kind=NoteKind.UNREADABLE, what=str(error))


def root_of(part: Part) -> str | None:
    """The same as `Part.root`; "" for a part that cannot be read."""
    unknown: str | None = ""
    return or_else(Part.root, part, unknown)


def or_else(read: Callable[[Part], _T], part: Part, other: _T) -> _T:
    """What is read before its turn; a part that cannot be read is noted in its turn."""
    try:
        return read(part)
    except Exhausted:
        raise
    except Unreadable:
        return other


def embedded(part: Part, place: str, *, hidden: bool = False) -> Iterator[Found]:
    """What stands in a file inside the package, of whatever format."""
    inner = part.package.file.inner(posixpath.basename(part.name), part.data())
    for found in read_inner(inner, place):
        if hidden and isinstance(found, Piece):
            yield attrs.evolve(found, hidden=True)
        else:
            yield found


@attrs.frozen
class Relation:
    """What a part of an OOXML package refers to (ECMA-376 part 2, section 9.3).

    `kind` is the last word of its type ("hyperlink", "worksheet"); `target` a member's
    name, or as it stands where it is `external`.
    """

    id: str
    kind: str
    target: str
    external: bool


def relations(part: Part) -> Iterator[Relation]:
    """The relations that a part "x/_rels/y.xml.rels" lists; raises Unreadable."""
    base = posixpath.dirname(posixpath.dirname(part.name))
    for block in part.blocks(("Relationship",)):
        said = block.element.attrib
        target = said.get("Target", "")
        external = said.get("TargetMode") == "External"
        if block.name == "Relationship":
            yield Relation(
                said.get("Id", ""),
                said.get("Type", "").rpartition("/")[2],
                target if external else _member(base, target),
                external,
            )


def _member(base: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", base, target)).lstrip("/")
