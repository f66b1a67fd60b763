"""What is left in a PDF of older versions of it, and of objects that nothing uses.

A program that changes a PDF may append the change and leave the rest as it was
(incremental updates, ISO 32000, 7.5.6): what was deleted is still there.
"""

from __future__ import annotations

import functools
import html
import io
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

import attrs

from safesend.checks.addresses import mentions
from safesend.checks.documents.budget import Budget, Unreadable
from safesend.checks.documents.markup import read_xml
from safesend.checks.documents.octets import read_octets
from safesend.checks.documents.pdf_objects import Role, strings, word
from safesend.checks.documents.pdf_pages import page_lines, shown
from safesend.checks.documents.tolerance import attempt
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = ["TORN", "leftovers", "of_stream", "older_pages", "remarks"]

TORN = "it is damaged or too large; its text was not read"

_PLACE = "an earlier version or unused object"
_VERSIONS = 10
_PAGES = 500
_OBJECTS = 100_000
_NO_TEXT = frozenset({"/XRef", "/CMap"})
_LINE_ENDS = frozenset({b"\r", b"\n", b""})
_WHITE = re.compile(rb"[\0\t\n\f\r ]*")
_REMARK = re.compile(rb"%([ -~\t]{6,2000})")
_DRAWS = re.compile(rb"[)>\]][\0\t\n\f\r ]{0,8}T[jJ]\b")
_STREAM = re.compile(rb"stream\r?\n")
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,100}<(?:\?x|x:xmpmeta|rdf:RDF|xdp:)")
_TEXT_OPERATORS = frozenset({b"Tj", b"TJ", b"'", b'"'})
_NEW_LINE = frozenset({b"T*", b"Td", b"TD", b"Tm", b"ET"})

_HEADER = re.compile(
    rb"(?<![0-9])([0-9]{1,10})[\0\t\n\f\r ]{1,8}([0-9]{1,5})[\0\t\n\f\r ]{1,8}obj\b"
)


def older_pages(data: bytes, opened: Callable[[bytes], Any]) -> Iterator[Piece]:
    """The lines of the pages of older versions, the youngest first.

    `opened` gives a reader of a whole file or raises `Unreadable`.
    """
    left = _PAGES
    for end in _ends(data):
        pages = _pages(data[:end], opened)
        for number, page in enumerate(pages[:left], 1):
            for line in attempt(functools.partial(page_lines, page)) or ():
                place = f"an earlier version, page {number}"
                yield Piece(place=place, text=line, hidden=True)
        left = max(0, left - len(pages))


def _ends(data: bytes) -> list[int]:
    """Where older versions end, the youngest first.

    The first mark of a file made for the web (linearized, annex F) is within the
    newest version.
    """
    ends = [mark.end() for mark in re.finditer(rb"%%EOF", data)]
    older = ends[1:-1] if b"/Linearized" in data[:1024] else ends[:-1]
    return older[::-1][:_VERSIONS]


def _pages(data: bytes, opened: Callable[[bytes], Any]) -> list[Any]:
    """None when no version of its own was complete here."""
    try:
        return attempt(lambda: list(opened(data).pages)) or []
    except Unreadable:
        return []


def leftovers(data: bytes, reader: Any, budget: Budget) -> Iterator[Found]:
    """Strings and texts of objects that the newest cross-reference does not name.

    Of an encrypted file nothing: only what is named can be decrypted.
    """
    if reader.is_encrypted:
        return
    named = {start for table in reader.xref.values() for start in table.values()}
    role = Role(_PLACE, hidden=True)
    for count, header in enumerate(_HEADER.finditer(data)):
        if count >= _OBJECTS:
            return
        if _is_named(data, header.start(), named):
            continue
        one = _parsed(data, header.end(), reader)
        if one is None:
            continue
        yield from strings(one, role)
        if hasattr(one, "get_data"):
            yield from of_stream(one, reader, role, budget)


def _is_named(data: bytes, start: int, named: set[int]) -> bool:
    """Entries may point at white space before the object."""
    if start in named:
        return True
    while start > 0 and data[start - 1] in b"\0\t\n\f\r ":
        start -= 1
        if start in named:
            return True
    return False


def _parsed(data: bytes, start: int, reader: Any) -> Any:
    from pypdf.generic import read_object  # noqa: PLC0415

    stream = io.BytesIO(data)
    white = _WHITE.match(data, start)
    stream.seek(white.end() if white else start)
    return attempt(lambda: read_object(stream, reader))


def of_stream(stream: Any, reader: Any, role: Role, budget: Budget) -> Iterator[Found]:
    """The text of a stream that no page draws; nothing of pictures and the like."""
    if word(stream, "/Subtype") == "/Image" or word(stream, "/Type") in _NO_TEXT:
        return
    data = attempt(stream.get_data)
    if not data:
        return
    budget.unpack(len(data))
    if word(stream, "/Type") == "/ObjStm":
        yield from _packed(stream, data, reader, role)
    elif _XML.match(data):
        yield from _of_xml(data, role)
    elif _DRAWS.search(data):
        yield from _drawn(stream, data, reader, role)
    elif _is_text(data):
        yield from _text_lines(data, role)


def _of_xml(data: bytes, role: Role) -> Iterator[Piece]:
    """XMP (14.3.2) or a part of XFA (12.7.8), as far as it is well-formed; else lines.

    The parts of XFA are pieces of one document, each by itself seldom well-formed.
    """
    try:
        for piece in read_xml(data.strip(b"\0\t\n\f\r ")):
            place = f"{role.place}, {piece.place}" if piece.place else role.place
            yield attrs.evolve(piece, place=place, kind=role.kind, hidden=role.hidden)
    except (expat.ExpatError, Unreadable):
        yield from _text_lines(data, role)


def _text_lines(data: bytes, role: Role) -> Iterator[Piece]:
    text = html.unescape(data.decode("utf-8", "replace"))
    for number, line in enumerate(shown(text), 1):
        yield role.piece(line, number)


def _is_text(data: bytes) -> bool:
    """Whether it is rather a script or XML than the lines of a drawing, or octets."""
    if b"\0" in data[:4096]:
        return False
    signs = data[:4096].translate(None, b"\t\n\f\r ")
    letters = sum(chr(sign).isalpha() for sign in signs)
    return b"@" in data or letters * 2 > len(signs)


def _packed(stream: Any, data: bytes, reader: Any, role: Role) -> Iterator[Piece]:
    """The objects of an object stream, after their numbers and offsets (7.5.7)."""
    first = stream.get("/First")
    first = first if isinstance(first, int) and 0 <= first <= len(data) else 0
    offsets = [int(word) for word in data[:first].split()[1::2] if word.isdigit()]
    for offset in offsets[:_OBJECTS]:
        one = _parsed(data, first + offset, reader)
        if one is not None:
            yield from strings(one, role)


def _drawn(stream: Any, data: bytes, reader: Any, role: Role) -> Iterator[Found]:
    """The strings that a content stream draws, as their codes stand there.

    Of one that is torn or too large for pypdf, whatever looks like an address; and a
    note, if it is not a leftover.
    """
    from pypdf.generic import ContentStream  # noqa: PLC0415

    operations = attempt(lambda: list(ContentStream(stream, reader).operations))
    if operations is None:
        for piece in read_octets(data):
            yield attrs.evolve(piece, place=role.place, hidden=role.hidden)
        if not role.hidden:
            yield Note(place=role.place, kind=NoteKind.UNREADABLE, what=TORN)
        return
    line: list[str] = []
    for operands, operator in operations:
        if operator in _TEXT_OPERATORS:
            line.extend(_plain(operands))
        elif operator in _NEW_LINE:
            yield from _whole(line, role)
            line = []
    yield from _whole(line, role)


def _plain(operands: Any) -> Iterator[str]:
    for operand in operands:
        for one in operand if isinstance(operand, list) else (operand,):
            if isinstance(one, bytes):
                yield one.decode("latin-1")
            elif isinstance(one, str):
                yield one


def _whole(line: list[str], role: Role) -> Iterator[Piece]:
    for text in shown("".join(line)):
        yield role.piece(text)


def remarks(data: bytes) -> Iterator[Piece]:
    """Comments between the objects (7.2.4) that name a mailbox."""
    for start, end in _between_streams(data):
        for remark in _REMARK.finditer(data, start, end):
            if data[remark.end() : remark.end() + 1] in _LINE_ENDS:
                text = remark[1].decode("ascii")
                if any(True for _ in mentions(text)):
                    yield Piece(place="remark", text=text, kind=Kind.OCTETS)


def _between_streams(data: bytes) -> Iterator[tuple[int, int]]:
    """What is no content of a stream: there a percent sign is data (ASCII85 has it)."""
    start = 0
    while begin := _STREAM.search(data, start):
        end = data.find(b"endstream", begin.end())
        if end < 0:
            break
        yield start, begin.end()
        start = end + len(b"endstream")
    yield start, len(data)
