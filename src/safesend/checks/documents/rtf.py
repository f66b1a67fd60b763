"""Rich Text Format (RTF 1.9.1): the text, what is hidden in it, embedded objects."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import attrs

from safesend.checks.documents.files import File, read_inner
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece

__all__ = ["read"]

_TOKEN = re.compile(
    rb"""
      \\(?P<word>[A-Za-z]{1,32})(?P<number>-?[0-9]{1,10})?[ ]?
    | \\'(?P<hex>[0-9A-Fa-f]{2})
    | \\(?P<sign>.?)
    | (?P<brace>[{}])
    | (?P<blank>[\r\n\0]+)
    | (?P<text>[^\\{}\r\n\0]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_NOT_HEX = bytes({*range(256)} - {*b"0123456789abcdefABCDEF"})
_BREAKS = frozenset(b"par sect page line row nestrow column softline".split())
_SIGNS = {
    b"tab": "\t",
    b"cell": "\t",
    b"nestcell": "\t",
    b"emdash": "\N{EM DASH}",
    b"endash": "\N{EN DASH}",
    b"bullet": "\N{BULLET}",
    b"lquote": "\N{LEFT SINGLE QUOTATION MARK}",
    b"rquote": "\N{RIGHT SINGLE QUOTATION MARK}",
    b"ldblquote": "\N{LEFT DOUBLE QUOTATION MARK}",
    b"rdblquote": "\N{RIGHT DOUBLE QUOTATION MARK}",
}
_ESCAPES = {b"~": "\N{NO-BREAK SPACE}", b"_": "-", b"-": ""}
_METADATA = frozenset(
    b"info title subject author manager company operator category keywords comment"
    b" doccomm hlinkbase userprops propname staticval".split()
)
_ASIDE = frozenset(
    b"fonttbl colortbl stylesheet listtable listoverridetable rsidtbl generator"
    b" xmlnstbl colorschememapping latentstyles fldinst bkmkstart bkmkend"
    b" revtbl filetbl template mailmerge atnid atnauthor annotation"
    b" sn sv shptxt".split()  # names and values of a drawing, the text in it
)
_OCTETS = frozenset(b"pict objdata datastore themedata".split())
_PLACES = _METADATA | _ASIDE | _OCTETS
_HIDDEN = {
    b"v": "hidden text is in it",
    b"deleted": "tracked changes are still in it, with text that was deleted",
    b"annotation": "comments are in it",
    b"mailmerge": "it names the source of a mail merge",
}
_EMBEDDED = re.compile(
    rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|PK\x03\x04|%PDF-|\{\\rtf|\x89PNG\r\n|\xff\xd8\xff"
)
_DEEPEST = 5000
"""Groups that may stand open; what is nested deeper counts as their text."""


@attrs.define
class _Group:
    """What holds between two braces."""

    place: bytes = b""
    """The destination; "" for the text of the document."""
    is_place: bool = False
    """Whether the destination begins with this group."""
    hidden: bytes = b""
    skip: int = 1
    """Characters after a Unicode one that stand for it in old readers (\\uc)."""


@attrs.define
class _Flow:
    """A stretch of text that is not yet complete; octets wait to be decoded."""

    parts: list[bytes | str] = attrs.field(factory=list)

    def taken(self, charset: str) -> str:
        """All of it; nothing is left."""
        text: list[str] = []
        for kind, run in itertools.groupby(self.parts, key=type):
            whole = [*run]
            if kind is bytes:
                octets = b"".join(part for part in whole if isinstance(part, bytes))
                text.append(octets.decode(charset, "replace"))
            else:
                text += (part for part in whole if isinstance(part, str))
        self.parts.clear()
        # A character beyond the first plane is written as two surrogates.
        joined = "".join(text)
        return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Reader:
    """Reads token by token; `found` keeps what is complete."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._groups = [_Group()]
        self._shown, self._unshown, self._aside = _Flow(), _Flow(), _Flow()
        self._charset = "cp1252"
        self._skip = 0
        self._starred = False
        """Whether a destination follows that not all programs know."""
        self._hides: dict[bytes, None] = {}
        self._found: list[Found] = []

    def read(self) -> Iterator[Found]:
        data, at = self._file.data, 0
        while token := _TOKEN.match(data, at):
            at = self._take(token, token.end())
            if self._found:
                yield from self._fetched()
        self._end_place()
        self._end_paragraph()
        yield from self._fetched()
        for name in self._hides:
            yield Note(kind=NoteKind.HIDDEN, what=_HIDDEN[name])

    def _fetched(self) -> Iterator[Found]:
        """What is complete; octets are read as the file that they are."""
        found, self._found = self._found, []
        for one in found:
            if isinstance(one, Piece) and one.kind is Kind.OCTETS:
                yield from _embedded(self._file, one)
            else:
                yield one

    def _take(self, token: re.Match[bytes], at: int) -> int:
        """Takes one token; gives where the next one begins."""
        if word := token["word"]:
            number = token["number"]
            return self._word(word, None if number is None else int(number), at)
        if token["text"]:
            self._add(token["text"])
        elif token["hex"]:
            self._add(bytes.fromhex(token["hex"].decode()))
        elif token["brace"] == b"{":
            self._open()
        elif token["brace"]:
            self._close()
        elif sign := token["sign"]:
            self._sign(sign)
        return at

    def _open(self) -> None:
        self._skip = 0
        if len(self._groups) < _DEEPEST:
            self._groups.append(attrs.evolve(self._groups[-1], is_place=False))

    def _close(self) -> None:
        self._skip = 0
        if self._groups[-1].is_place:
            self._end_place()
        if len(self._groups) > 1:
            self._groups.pop()

    def _sign(self, sign: bytes) -> None:
        if sign in b"\r\n":
            self._end_paragraph()
        elif sign == b"*":
            self._starred = True
        else:
            self._add(_ESCAPES.get(sign, sign))

    def _word(self, word: bytes, number: int | None, at: int) -> int:
        group, starred = self._groups[-1], self._starred
        self._starred = False
        if word == b"bin":
            end = at + max(number or 0, 0)
            self._add(self._file.data[at:end].hex().encode())
            return end
        if word == b"u" and number is not None:
            self._add(chr(number & 0xFFFF))
            self._skip = group.skip
        elif word == b"uc":
            group.skip = max(number or 0, 0)
        elif word in {b"v", b"deleted"}:
            group.hidden = b"" if number == 0 else word
        elif word == b"plain":
            group.hidden = b""
        elif word == b"ansicpg":
            self._charset = _charset(number)
        elif word in _BREAKS:
            self._end_paragraph()
        elif word in _SIGNS:
            self._add(_SIGNS[word])
        elif starred or word in _PLACES:
            self._begin_place(word)
        return at

    def _begin_place(self, word: bytes) -> None:
        if self._groups[-1].place:
            self._end_place()
        self._groups[-1].place = word
        self._groups[-1].is_place = True
        if word in _HIDDEN:
            self._hides[word] = None

    def _add(self, text: bytes | str) -> None:
        if self._skip and isinstance(text, bytes):
            text, self._skip = text[self._skip :], max(self._skip - len(text), 0)
        group = self._groups[-1]
        if group.place:
            self._aside.parts.append(text)
        elif group.hidden:
            self._unshown.parts.append(text)
            if text.strip():
                self._hides[group.hidden] = None
        else:
            self._shown.parts.append(text)

    def _end_paragraph(self) -> None:
        if self._groups[-1].place:
            self._aside.parts.append("\n")
            return
        self._say(self._shown.taken(self._charset), "", Kind.TEXT)
        text = self._unshown.taken(self._charset)
        self._say(text, "hidden text", Kind.TEXT, hidden=True)

    def _end_place(self) -> None:
        place = self._groups[-1].place
        text = self._aside.taken(self._charset)
        name = place.decode()
        if place in _OCTETS:
            self._say(text, name, Kind.OCTETS)
        elif place in _METADATA:
            self._say(text, name, Kind.METADATA)
        elif place == b"shptxt":
            self._say(text, "text box", Kind.TEXT)
        else:
            self._say(text, name, Kind.MARKUP, hidden=place in _HIDDEN)

    def _say(self, text: str, place: str, kind: Kind, *, hidden: bool = False) -> None:
        if text and not text.isspace():
            self._found.append(Piece(place=place, text=text, kind=kind, hidden=hidden))


def read(file: File) -> Iterator[Found]:
    """The paragraphs of an RTF text, its metadata and what stands aside of it."""
    yield from _Reader(file).read()


def _charset(number: int | None) -> str:
    return f"cp{number}" if number in _CODE_PAGES else "cp1252"


_CODE_PAGES = frozenset(
    [437, 850, 852, 866, 874, 932, 936, 949, 950, *range(1250, 1259), 65001]
)


def _embedded(file: File, piece: Piece) -> Iterator[Found]:
    """Octets that are written as hexadecimal digits: a picture, an OLE object."""
    digits = piece.text.encode("ascii", "replace").translate(None, _NOT_HEX)
    data = bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
    place = "embedded object" if piece.place == "objdata" else "picture"
    if magic := _EMBEDDED.search(data):
        yield from read_inner(file.inner("", data[magic.start() :]), place)
    for one in read_octets(data):
        yield attrs.evolve(one, place=place)
