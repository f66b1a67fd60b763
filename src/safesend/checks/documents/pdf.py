"""What stands in a PDF: on its pages, beside them, and in what is left of older ones.

Read with pypdf, which nobody should let loose on a stranger's file outside a process
with limits (`safesend.scanner`).
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from safesend.checks.documents.appended import read_appended
from safesend.checks.documents.budget import Exhausted, Unreadable
from safesend.checks.documents.files import File, read_inner
from safesend.checks.documents.octets import read_octets
from safesend.checks.documents.pdf_left import (
    TORN,
    leftovers,
    of_stream,
    older_pages,
    remarks,
)
from safesend.checks.documents.pdf_objects import Role, dictionaries, strings, word
from safesend.checks.documents.pdf_pages import page_lines, read_pages, shown
from safesend.checks.documents.tolerance import attempt
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = ["read"]

_DAMAGED = "it is damaged"
_ENCRYPTED = "it is encrypted"

_FONT_KEYS = frozenset({"/FontFile", "/FontFile2", "/FontFile3", "/ToUnicode"})
_START = re.compile(rb"startxref[\r\n\t ]{1,8}([0-9]{1,12})")
_ENCRYPTION = re.compile(rb"/Encrypt[\r\n\t ]{0,8}(?:[0-9]|<<)")
_TAIL = 1 << 16
_ELSEWHERE = Role("elsewhere in the file")


def read(file: File) -> Iterator[Found]:
    """All text of a PDF; ImportError without pypdf.

    Raises `Unreadable` when it has a password or is too damaged to open, `Exhausted`
    when the budget ends.
    """
    reader = _opened(file.data)
    document = _Document(file, reader)
    yield from document.pages()
    yield from document.objects()
    yield from document.damages()
    yield from document.layers()
    yield from document.remains()


def _opened(data: bytes) -> Any:
    """A pypdf reader of a whole file that can be read without a password."""
    try:
        return _reader(data)
    except Unreadable as reason:
        if str(reason) == _ENCRYPTED:
            raise
    return _reader(data + _ending(data))


def _ending(data: bytes) -> bytes:
    """An end like the last one in the file, or one that makes pypdf search for all."""
    starts = _START.findall(data[-_TAIL:])
    return b"\nstartxref\n%s\n%%%%EOF\n" % (starts[-1] if starts else b"0")


def _reader(data: bytes) -> Any:
    from pypdf import PdfReader  # noqa: PLC0415
    from pypdf.errors import DependencyError  # noqa: PLC0415

    try:
        reader = PdfReader(io.BytesIO(data))
        locked = reader.is_encrypted and not reader.decrypt("")
        _ = reader.trailer["/Root"]
    except MemoryError:
        raise
    except DependencyError as error:
        raise Unreadable(_ENCRYPTED) from error
    except Exception as error:
        locked = _ENCRYPTION.search(data) is not None
        raise Unreadable(_ENCRYPTED if locked else _DAMAGED) from error
    if locked:
        raise Unreadable(_ENCRYPTED)
    return reader


@attrs.define
class _Document:
    file: File
    reader: Any
    seen: set[str] = attrs.field(factory=set)
    """Lines that were yielded: what repeats them elsewhere says nothing new."""
    roles: dict[int, Role] = attrs.field(factory=dict)
    """What the pages and the trailer say of objects, by number."""
    silent: set[int] = attrs.field(factory=set)
    """Objects whose streams are no text: fonts, pictures, content of pages."""
    opened: set[int] = attrs.field(factory=set)
    """Streams of attached files that were read."""
    written: set[str] = attrs.field(factory=set)
    """Places of pages with text."""
    paged: set[int] = attrs.field(factory=set)
    """Objects that are pages of the newest version."""
    torn: list[tuple[int, int]] = attrs.field(factory=list)
    """Objects that pypdf cannot read, by number and generation."""

    def pages(self) -> Iterator[Found]:
        """The text of the pages; then it is known what hangs on which."""
        try:
            for found in read_pages(self.reader):
                if isinstance(found, Piece):
                    self.seen.add(found.text)
                    self.written.add(found.place)
                yield found
            self._look_at_pages()
        except (Exhausted, Unreadable, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - the page tree is damaged
            what = "its pages are damaged; not all text was read"
            yield Note(kind=NoteKind.UNREADABLE, what=what)

    def _look_at_pages(self) -> None:
        info = _number(_raw(self.reader.trailer, "/Info"))
        if info is not None:
            self.roles[info] = Role("document properties", Kind.METADATA)
        self.silent.add(_number(_raw(self.reader.trailer, "/Encrypt")) or -1)
        for number, page in enumerate(self.reader.pages, 1):
            role = Role(f"page {number}")
            self.paged.add(_number(page.indirect_reference) or -1)
            for value in _each(page.get("/Annots")):
                if (annotation := _number(value)) is not None:
                    self.roles[annotation] = role
            contents = _raw(page, "/Contents")
            if (
                role.place not in self.written
            ):  # no font, no text: its strings are looked at
                continue
            self.silent.update(
                found
                for found in (_number(contents), *map(_number, _each(contents)))
                if found is not None
            )

    def objects(self) -> Iterator[Found]:
        """Strings of all objects that the newest cross-reference table names."""
        streams = []
        for number, one in self._objects():
            if number in self.silent:
                continue
            role = self.roles.get(number, _ELSEWHERE)
            yield from self._new(strings(one, role))
            if number not in self.paged:
                yield from self._lost_page(number, one)
            for dictionary in dictionaries(one):
                self._learn(dictionary)
                yield from self._attached(dictionary)
            if hasattr(one, "get_data"):
                streams.append((number, one))
        for number, stream in streams:
            if number not in self.silent and number not in self.opened:
                yield from self._stream(number, stream)

    def _objects(self) -> Iterator[tuple[int, Any]]:
        named = {n: g for g, table in self.reader.xref.items() for n in table}
        named.update(dict.fromkeys(self.reader.xref_objStm, 0))
        for number in sorted(named):
            one = self._object(number, named[number])
            if one is None:
                self.torn.append((number, named[number]))
            else:
                yield number, one

    def _object(self, number: int, generation: int) -> Any:
        from pypdf.generic import IndirectObject  # noqa: PLC0415

        reference = IndirectObject(number, generation, self.reader)
        return attempt(reference.get_object)

    def _lost_page(self, number: int, one: Any) -> Iterator[Found]:
        """The text of a page that was taken out of the page tree, and not away."""
        from pypdf import PageObject  # noqa: PLC0415
        from pypdf.generic import IndirectObject  # noqa: PLC0415

        if not isinstance(one, dict) or word(one, "/Type") != "/Page":
            return
        page = PageObject(self.reader, IndirectObject(number, 0, self.reader))
        page.update(one)
        lines = attempt(lambda: page_lines(page)) or ()
        new = [line for line in lines if line not in self.seen]
        if new:
            yield Note(kind=NoteKind.HIDDEN, what="a page in it is not shown")
        for line in new:
            self.seen.add(line)
            yield Piece(place="a page that is not shown", text=line, hidden=True)

    def _new(self, found: Iterable[Found]) -> Iterator[Found]:
        for one in found:
            if not isinstance(one, Piece):
                yield one
            elif one.text not in self.seen:
                self.seen.add(one.text)
                yield one

    def _learn(self, one: Any) -> None:
        for key in _FONT_KEYS.intersection(one):
            self.silent.add(_number(_raw(one, key)) or -1)

    def _attached(self, one: Any) -> Iterator[Found]:
        if "/EF" not in one:
            return
        name = word(one, "/UF") or word(one, "/F") or "unnamed"
        files: Any = attempt(lambda: one["/EF"])
        for key in list(files) if isinstance(files, dict) else ():
            number = _number(_raw(files, key))
            if number is None or number in self.opened:
                continue
            self.opened.add(number)
            what = "a file is attached inside the PDF"
            place = f"attached file '{name}'"
            yield Note(place=place, kind=NoteKind.HIDDEN, what=what)
            data = self._data(attempt(functools.partial(files.__getitem__, key)))
            if data is None:
                yield Note(place=place, kind=NoteKind.UNREADABLE, what=_DAMAGED)
            else:
                yield from read_inner(self.file.inner(name, data), place)

    def _data(self, stream: Any) -> bytes | None:
        data: bytes | None = attempt(functools.partial(_octets, stream))
        self.file.budget.unpack(len(data or b""))
        return data

    def _stream(self, number: int, stream: Any) -> Iterator[Found]:
        """The text of a stream that is no page's: a form, XMP, XFA, a script."""
        kind, subtype = word(stream, "/Type"), word(stream, "/Subtype")
        if kind == "/ObjStm":  # its objects were read one by one
            return
        if kind == "/EmbeddedFile":
            self.opened.add(number)
            data = self._data(stream) or b""
            yield from read_inner(self.file.inner("", data), "attached file")
        elif subtype == "/Form":
            yield from self._form(stream)
        else:
            role = self.roles.get(number, _ELSEWHERE)
            if kind == "/Metadata":
                role = Role("properties (XMP)", Kind.METADATA)
            budget = self.file.budget
            yield from self._new(of_stream(stream, self.reader, role, budget))

    def _form(self, form: Any) -> Iterator[Found]:
        role = Role("drawing")
        text = attempt(lambda: self.reader.pages[0].extract_xform_text(form))
        lines = shown(text or "")
        yield from self._new(role.piece(line) for line in lines)
        if attempt(functools.partial(_octets, form)) is None:
            yield Note(place=role.place, kind=NoteKind.UNREADABLE, what=TORN)
        elif not lines:  # pypdf may have left it out silently, of its page as well
            yield from self._new(of_stream(form, self.reader, role, self.file.budget))

    def damages(self) -> Iterator[Found]:
        """The octets of objects that pypdf cannot read, and other programs may."""
        packed = {
            self.reader.xref_objStm.get(number, (0,))[0] for number, _ in self.torn
        }
        for number in packed - {0}:
            yield from self._new(
                read_octets(self._data(self._object(number, 0)) or b"")
            )
        for number, generation in self.torn:
            start = self.reader.xref.get(generation, {}).get(number, -1)
            head = re.compile(rb"\s{0,8}%d\s{1,8}%d\s{1,8}obj\b" % (number, generation))
            if start >= 0 and head.match(self.file.data, start):
                end = self.file.data.find(b"endobj", start)
                torn = self.file.data[start : end if end > 0 else None]
                self.file.budget.unpack(len(torn))
                yield from self._new(read_octets(torn))

    def layers(self) -> Iterator[Note]:
        """Layers that are off when the file is opened (optional content, 8.11)."""
        try:
            properties = self.reader.trailer["/Root"]["/OCProperties"]
            default = properties["/D"]
            off = {_number(one) for one in _each(default.get("/OFF"))}
            if default.get("/BaseState") == "/OFF":
                on = {_number(one) for one in _each(default.get("/ON"))}
                off |= {_number(one) for one in _each(properties["/OCGs"])} - on
        except (KeyError, TypeError, AttributeError):
            return
        if off:
            what = "a layer of the PDF is switched off"
            yield Note(kind=NoteKind.HIDDEN, what=what)

    def remains(self) -> Iterator[Found]:
        """What older versions and unused objects say that the newest does not."""
        yield from self._new(remarks(self.file.data))
        noted = False
        for piece in older_pages(self.file.data, _opened):
            if piece.text in self.seen:
                continue
            self.seen.add(piece.text)
            if not noted:
                noted = True
                what = "an earlier version of the PDF is in it, with other text"
                yield Note(kind=NoteKind.HIDDEN, what=what)
            yield piece
        yield from self._new(leftovers(self.file.data, self.reader, self.file.budget))
        if (end := self.file.data.rfind(b"%%EOF")) >= 0:
            yield from read_appended(self.file, end + len(b"%%EOF"))


def _octets(stream: Any) -> Any:
    return stream.get_data()


def _raw(holder: Any, key: str) -> Any:
    """What stands under a key, a reference as it is; None when it is not there."""
    return holder.raw_get(key) if key in holder else None


def _number(one: Any) -> int | None:
    number = getattr(one, "idnum", None)
    return number if isinstance(number, int) else None


def _each(one: Any) -> list[Any]:
    """The items of an array, which may be an object of its own; none of anything else.

    References are not followed.
    """
    if one is not None:
        one = one.get_object()
    return list(one)[:100_000] if isinstance(one, list) else []
