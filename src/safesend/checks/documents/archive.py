"""Archives of files: zip (APPNOTE 6.3) and tar (POSIX.1-2001, pax)."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from safesend.checks.documents.budget import Exhausted, Unreadable, drained
from safesend.checks.documents.files import File, read_inner
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = ["member_place", "read_tar", "read_zip"]

_ENCRYPTED = 0x1
_UTF_8 = 0x800
_BROKEN = (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile)


def member_place(name: str) -> str:
    """Where the content of a member stands."""
    return f"member '{name}'"


def read_zip(file: File) -> Iterator[Found]:
    """The names, the comments and the members of a zip archive.

    Members of one name are all read. What the directory does not list is read by
    `zip_strays`.
    """
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        if archive.comment:
            yield from _comment(archive.comment)
        for member in archive.infolist():
            yield from _zip_member(file, archive, member)


def _comment(octets: bytes, place: str = "comment") -> Iterator[Found]:
    text = octets.decode("utf-8", "replace")
    yield Piece(place=place, text=text, kind=Kind.NAME)


def _zip_member(
    file: File, archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> Iterator[Found]:
    name = _name(member)
    place = member_place(name)
    yield Piece(place="name of a member", text=name, kind=Kind.NAME)
    if member.comment:
        yield from _comment(member.comment, f"{place}, comment")
    try:
        if member.flag_bits & _ENCRYPTED:
            raise Unreadable("it is encrypted")  # noqa: TRY301 - one note for all
        with archive.open(member) as stream:
            data = drained(stream, member.compress_size, file.budget)
    except Exhausted:
        raise
    except Unreadable as reason:
        yield _unreadable(place, str(reason))
    except NotImplementedError:
        yield _unreadable(place, "it is packed in a way that safesend cannot open")
    except _BROKEN:
        yield _unreadable(place, "it is damaged")
    else:
        yield from read_inner(file.inner(name, data), place)


def _name(member: zipfile.ZipInfo) -> str:
    """The name; many programs write UTF-8 and do not say so (APPNOTE 4.4.4)."""
    if member.flag_bits & _UTF_8:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _unreadable(place: str, reason: str) -> Note:
    return Note(place=place, kind=NoteKind.UNREADABLE, what=reason)


def read_tar(file: File) -> Iterator[Found]:
    """The names, owners, links and members of a tar archive; and what is around them.

    A member that cannot be read ends the archive: where the next begins is not known.
    """
    with tarfile.open(fileobj=io.BytesIO(file.data), mode="r:") as archive:
        for member in archive:
            yield from _tar_member(file, archive, member)
        end = archive.offset
    yield from read_octets(file.data[end:])


def _tar_member(
    file: File, archive: tarfile.TarFile, member: tarfile.TarInfo
) -> Iterator[Found]:
    names = [member.name, member.linkname, member.uname, member.gname]
    names += [f"{key}={value}" for key, value in member.pax_headers.items()]
    for name in filter(None, names):
        yield Piece(place="name of a member", text=name, kind=Kind.NAME)
    if stream := archive.extractfile(member) if member.isreg() else None:
        data = drained(stream, member.size, file.budget)
        yield from read_inner(file.inner(member.name, data), member_place(member.name))
