"""The text of the pages of a PDF, as somebody reads or copies it (ISO 32000, 9.4)."""

from __future__ import annotations

import codecs
import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from safesend.checks.documents.pdf_layout import Chunk, scattered
from safesend.checks.documents.tolerance import attempt
from safesend.checks.piece import Found, Note, NoteKind, Piece

__all__ = [
    "decoded",
    "drawn_together",
    "has_pictures",
    "joined",
    "page_lines",
    "read_pages",
    "shown",
]

_CODES = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Categories of characters that no text has, but wrongly decoded glyphs."""
_REST_OF_DOMAIN = re.compile(r"(?!www\.)[a-z0-9.-]{1,30}")
_START_OF_LOCAL = re.compile(r"[a-z0-9]{1,64}[._0-9-][a-z0-9._-]{0,64}")
_FEW = 16
_FEW_LETTERS = 5
_LIGATURE = 2
_WIDE_GAP = re.compile(r"\s\s+")
_LONGEST = 320
_RESOURCES_DEPTH = 4

_OPEN_END = re.compile(r"(?:@[\w-]{0,63}|[\w.+-]{1,64}[+_]|@[\w.-]{1,200}[.-])$")
"""An address that the end of the line has cut: "ann@", "ann@exam", "ann_",
"ann@example."."""
_OPEN_START = re.compile(r"^(?:@\w|\.[\w-]{1,63}\b)")


def read_pages(reader: Any, place: str = "") -> Iterator[Found]:
    """The text of every page, a piece for each line, and notes on what has none.

    `place` stands before "page 3". Text that is covered, white, outside the page or
    drawn invisibly is text like any other: it can be selected and searched.
    """
    before = f"{place}, " if place else ""
    for number, page in enumerate(reader.pages, 1):
        spot = f"{before}page {number}"
        drawn = attempt(functools.partial(_read_page, page))
        if drawn is None:  # one broken page does not hide the others
            yield _unreadable(spot)
            continue
        lines, others = drawn
        for line, text in enumerate(lines, 1):
            yield Piece(place=spot, text=text, line=line)
        for text in others:
            yield Piece(place=spot, text=text)
        for text in joined(lines):
            yield Piece(place=f"{spot}, over the end of a line", text=text)
        for text in drawn_together(lines):
            yield Piece(place=f"{spot}, letters with gaps", text=text)
        yield from _notes(page, lines, spot)


def page_lines(page: Any) -> list[str]:
    """The lines of a page, without empty ones, then the texts that stand for others.

    Raises what pypdf raises on damaged pages.
    """
    lines, others = _read_page(page)
    return lines + others


def _read_page(page: Any) -> tuple[list[str], list[str]]:
    """The lines; and what replaces them, or comes of the places of their letters."""
    spoken: list[str] = []
    chunks: list[Chunk] = []

    def place(text: str, space: Any, matrix: Any, _font: Any, size: Any) -> None:
        if text := text.strip("\r\n"):
            chunks.append(Chunk.of(text, space, matrix, float(size)))

    def before(operator: Any, operands: Any, _matrix: Any, _text: Any) -> None:
        if operator in {b"BDC", b"DP"}:
            spoken.extend(_spoken(operands))

    text: str = page.extract_text(visitor_operand_before=before, visitor_text=place)
    words = set(text.split())
    whole = (word for word in scattered(chunks) if word not in words)
    return shown(text), [line for part in (*spoken, *whole) for line in shown(part)]


def shown(text: str) -> list[str]:
    """The lines of a text that have something in them."""
    return [line for line in map(str.strip, text.splitlines()) if line]


def _spoken(operands: Any) -> Iterator[str]:
    """What replaces marked content when it is copied or read aloud (14.9)."""
    for operand in operands:
        if isinstance(operand, dict):
            for key in ("/ActualText", "/Alt", "/E"):
                value = operand.get(key)
                if isinstance(value, str | bytes):
                    yield decoded(value)


def decoded(text: str | bytes) -> str:
    """A text string (7.9.2.2); Latin-1 stands for PDFDocEncoding, near enough."""
    if isinstance(text, str):
        return text
    if text.startswith(codecs.BOM_UTF16_BE):
        return text[2:].decode("utf-16-be", "replace")
    if text.startswith(codecs.BOM_UTF8):
        return text[3:].decode("utf-8", "replace")
    return text.decode("latin-1")


def joined(lines: list[str]) -> Iterator[str]:
    """The words that the end of a line seems to have cut, made whole."""
    for line, following in itertools.pairwise(lines):
        last, first = line.rsplit(None, 1)[-1], following.split(None, 1)[0]
        if "@" not in last + first or len(last) + len(first) > _LONGEST:
            continue
        begins = not first[0].isupper()  # else it is the next sentence
        alone = last == line and first == following and _narrow(last, first)
        if _OPEN_START.match(first) or (begins and (alone or _OPEN_END.search(last))):
            yield last + first


def _narrow(last: str, first: str) -> bool:
    """Whether a word alone on its line goes on in the next, as in a narrow box."""
    if "@" in last:
        return _REST_OF_DOMAIN.fullmatch(first) is not None
    return _START_OF_LOCAL.fullmatch(last) is not None


def drawn_together(lines: list[str]) -> Iterator[str]:
    """Words with "@" whose letters stand so far apart that each seems to be a word.

    Then their words stand apart by more than one space.
    """
    for line in lines:
        if "@" in line and " " in line:
            for part in _WIDE_GAP.split(line):
                letters = part.split()
                short = sum(len(letter) <= _LIGATURE for letter in letters)
                if "@" in part and short >= _FEW_LETTERS and short == len(letters):
                    yield "".join(letters)


def _notes(page: Any, lines: list[str], spot: str) -> Iterator[Note]:
    text = "".join(lines)
    if not text and has_pictures(page):
        what = "it is a picture; the text in it was not read"
        yield Note(place=spot, kind=NoteKind.UNKNOWN, what=what)
    strange = sum(unicodedata.category(c) in _CODES or c == "\ufffd" for c in text)
    if strange > _FEW and strange * 5 > len(text):
        what = "its letters have codes of their own; its text was not read"
        yield Note(place=spot, kind=NoteKind.UNKNOWN, what=what)


def has_pictures(page: Any) -> bool:
    """Whether a page, or a form on it, may show a picture."""
    waiting = [(page.get("/Resources"), 0)]
    while waiting:
        resources, depth = waiting.pop()
        for one in _external_objects(resources):
            if one.get("/Subtype") == "/Image":
                return True
            if depth < _RESOURCES_DEPTH:
                waiting.append((one.get("/Resources"), depth + 1))
    return False


def _external_objects(resources: Any) -> Iterator[Any]:
    resources = resources.get_object() if resources is not None else None
    if not isinstance(resources, dict):
        return
    objects = resources.get("/XObject")
    objects = objects.get_object() if objects is not None else None
    if not isinstance(objects, dict):
        return
    for one in list(objects.values())[:1000]:
        found = one.get_object()
        if isinstance(found, dict):
            yield found


def _unreadable(spot: str) -> Note:
    what = "it is damaged; its text was not read"
    return Note(place=spot, kind=NoteKind.UNREADABLE, what=what)
