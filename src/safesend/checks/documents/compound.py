"""Compound files (MS-CFB): old Office files, Outlook's messages, embedded objects."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import attrs

from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.files import File, read_inner
from safesend.checks.documents.macros import macro_source
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = ["read"]

_REFUSED = {
    "encryptedpackage": "it is encrypted",
    "worddocument": "it is an old Word file; save it as .docx or PDF",
    "workbook": "it is an old Excel file; save it as .xlsx or PDF",
    "book": "it is an old Excel file; save it as .xlsx or PDF",
    "powerpoint document": "it is an old PowerPoint file; save it as .pptx or PDF",
    "visiodocument": "it is an old Visio file; save it as PDF",
    "quill": "it is a Publisher file; save it as PDF",
    "__properties_version1.0": (
        "it is an Outlook message; attach its text or a PDF of it instead"
    ),
}
_MESSAGE = "__properties_version1.0"
_WHOLE_FILES = frozenset({"package", "contents", "embeddedodf"})
"""Streams that are one embedded file, as it is."""
_NATIVE = "\1ole10native"
_COMMON = frozenset({"\1ole", "\1compobj", "\3objinfo", "\3epgprint"})


def read(file: File) -> Iterator[Found]:
    """The streams of a compound file, their octets searched, embedded files read.

    Raises `Unreadable` for those whose texts safesend does not read.
    """
    import olefile  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

    with olefile.OleFileIO(io.BytesIO(file.data)) as container:
        paths = container.listdir(streams=True, storages=False)
        names = {path[0].lower() for path in paths}
        if _MESSAGE in names:
            yield Note(kind=NoteKind.MAIL, what="it is a mail that Outlook saved")
        for path in paths:
            yield Piece(place="name of a stream", text=path[-1], kind=Kind.NAME)
            yield from _stream(file, path[-1], _content(file, container, path))
    for name, reason in _REFUSED.items():
        if name in names:
            raise Unreadable(reason)
    if not _is_understood(paths):
        yield Note(kind=NoteKind.UNKNOWN, what="its format is not known")


def _content(file: File, container: Any, path: list[str]) -> bytes:
    file.budget.unpack(container.get_size(path))
    with container.openstream(path) as stream:
        data: bytes = stream.read()
    return data


def _is_understood(paths: list[list[str]]) -> bool:
    """Whether it is the wrapping of embedded files, or of macros, and nothing else."""
    names = {path[-1].lower() for path in paths} - _COMMON
    return names <= {*_WHOLE_FILES, _NATIVE} or any(
        "vba" in map(str.lower, path[:-1]) for path in paths
    )


def _stream(file: File, name: str, data: bytes) -> Iterator[Found]:
    place = f"stream '{name.strip()}'"
    if name.lower() in _WHOLE_FILES:
        yield from read_inner(file.inner("", data), place)
    elif name.lower() == _NATIVE:
        yield from _native(file, data)
    elif source := macro_source(data, file.budget):
        for number, line in enumerate(source.splitlines(), 1):
            yield Piece(place=f"macro '{name}'", text=line, line=number)
    else:
        for one in read_octets(data):
            yield attrs.evolve(one, place=place)


def _native(file: File, data: bytes) -> Iterator[Found]:
    """An embedded file of the Packager: its name, its paths, its size and octets."""
    parts = data[6:].split(b"\0", 2)
    if len(parts) < 3:  # noqa: PLR2004 - label, path, the rest
        yield from read_octets(data)
        return
    label, path, rest = parts
    names = [one.decode("cp1252", "replace") for one in (label, path)]
    for name in names:
        yield Piece(place="embedded file", text=name, kind=Kind.NAME)
    size = int.from_bytes(rest[4:8], "little")
    temporary, content = rest[8 : 8 + size], rest[8 + size :]
    length = int.from_bytes(content[:4], "little")
    text = temporary.rstrip(b"\0").decode("cp1252", "replace")
    yield Piece(place="embedded file", text=text, kind=Kind.NAME)
    inner = file.inner(names[0], content[4 : 4 + length])
    yield from read_inner(inner, f"embedded file '{names[0]}'")
    yield from read_octets(content[4 + length :])
