"""A plain text, line by line, and what is folded up in it: files, blocks, armour."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator

import attrs

from safesend.checks.charsets import readings
from safesend.checks.documents.charsets import looks_like_text
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found, Kind, Note, NoteKind, Piece
from safesend.checks.spot import Spot, shown
from safesend.checks.transfer import from_base64, from_quoted, from_uu

__all__ = [
    "ReadFile",
    "nothing",
    "read_blocks",
    "read_lines",
    "read_text",
    "rejoined",
]

ReadFile = Callable[[str, bytes], Iterable[Found]]
"""Name and content of a file -> what stands in it, with empty units."""

_MANY = 20_000
_TOGETHER = 100

_BREAK = re.compile(r"\r\n|\r|\n")
# Lines of base64, as encoders break them, the first perhaps after other words.
_BLOCK = re.compile(
    r"(?<!\S)(?:[A-Za-z0-9+/]{16,1000}[ \t]{0,20}\n)+"
    r"[A-Za-z0-9+/]{0,1000}={0,2}(?=\s|\Z)",
    re.MULTILINE,
)
_LEAST_BLOCK = 40
_MOST_ARMOUR = 100
_SOFT_BREAK = re.compile(r"=[ \t]{0,20}\n")
_ESCAPE = re.compile(r"=[0-9A-Fa-f]{2}|=[ \t]{0,20}\n")
# An address that was broken over two lines at its sign, a dot or a hyphen.
_BROKEN = re.compile(r"[^\s@]@\s*$|[^\s@]@[^\s@<>]{0,255}[.-]$")
_GOES_ON = re.compile(r"\s{0,40}@[^\s@]")
_FAR = 300
"""Characters of a line that an address may have; RFC 5321 allows 254."""
_BEGIN = re.compile(
    r"^begin(?: [0-7]{3,4}[ \t][^\n]{1,400}\n[ -`]{2,100}$"
    r"|-base64 [0-7]{3,4}[ \t][^\n]{1,400}\n[A-Za-z0-9+/=]{2,1000}$)",
    re.MULTILINE,
)
_END = re.compile(r"^(?:end|====)[ \t]{0,20}$", re.MULTILINE)
_ARMOUR = re.compile(
    r"^-----BEGIN (PGP MESSAGE|PGP PUBLIC KEY BLOCK|PKCS7|CMS|SMIME[A-Z ]{0,20}"
    r"|CERTIFICATE|AGE ENCRYPTED FILE)(?:, PART [\d/X]{1,20})?-----",
    re.MULTILINE,
)
_ENCRYPTED = ("PGP MESSAGE", "PKCS7", "CMS", "SMIME", "AGE")
_YENC = re.compile(r"^=ybegin .{0,200}line=\d", re.MULTILINE)
_MAGIC = (
    *(b"PK\3\4", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0"),
    *(b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"\x78\x9f\x3e\x22"),
)


def nothing(name: str, content: bytes) -> tuple[()]:  # noqa: ARG001  a ReadFile
    """Reads no file: for whoever reads files elsewhere."""
    return ()


def read_text(
    text: str,
    unit: str = "text",
    *,
    place: str = "",
    hidden: bool = False,
    read_file: ReadFile = nothing,
) -> Iterator[Found]:
    """The lines of a text, and what is written in it as letters and digits.

    Each line is one piece. An address that is broken over two lines, blocks of base64,
    soft breaks of quoted-printable, uuencoded files and armoured keys are read as well;
    what is encrypted is a note. Never raises.
    """
    text = _BREAK.sub("\n", text)
    spot = Spot(unit, place)
    yield from read_lines(text, spot, hidden=hidden)
    yield from _over_two_lines(text, spot, hidden=hidden)
    if _SOFT_BREAK.search(text):
        yield from _quoted(text, spot)
    yield from read_blocks(text, spot, read_file)
    if "begin" in text or "-----BEGIN" in text or "=ybegin" in text:
        yield from _files(text, spot, read_file)


def read_lines(
    text: str, spot: Spot, *, kind: Kind = Kind.TEXT, hidden: bool = False
) -> Iterator[Piece]:
    """A piece for each line that says something; of a very long text for a hundred."""
    lines = text.split("\n")
    step = _TOGETHER if len(lines) > _MANY else 1
    for at in range(0, len(lines), step):
        line = lines[at] if step == 1 else "\n".join(lines[at : at + step])
        if line and not line.isspace():
            yield Piece(
                unit=spot.unit,
                place=spot.place,
                text=line,
                kind=kind,
                hidden=hidden,
                line=at + 1,
            )


def _over_two_lines(text: str, spot: Spot, *, hidden: bool) -> Iterator[Piece]:
    if "@" not in text:
        return
    lines = text.split("\n")
    for number, (line, following) in enumerate(itertools.pairwise(lines), 1):
        if whole := rejoined(line, following):
            yield Piece(
                unit=spot.unit,
                place=spot.place,
                text=whole,
                hidden=hidden,
                line=number,
            )


def rejoined(line: str, following: str) -> str:
    """Two lines as one if an address may be broken over them, else ""."""
    broken = "@" in line and _BROKEN.search(line[-_FAR:])
    if broken or (line and "@" in following[:_FAR] and _GOES_ON.match(following)):
        return line[-_FAR:].rstrip() + following[:_FAR].strip()
    return ""


def _quoted(text: str, spot: Spot) -> Iterator[Piece]:
    """Quoted-printable that nobody decoded, for instance in a quoted source."""
    octets = from_quoted(text.encode("utf-8", "replace"))
    before = set(text.split("\n"))
    for piece in read_lines(
        _BREAK.sub("\n", readings(octets)[0]), spot.within("quoted-printable")
    ):
        if piece.text not in before:
            yield attrs.evolve(piece, kind=Kind.MARKUP, line=0)


def read_blocks(text: str, spot: Spot, read_file: ReadFile) -> Iterator[Found]:
    """What blocks of base64 say that stand in a text, over several lines."""
    for block in _BLOCK.finditer(text):
        if len(block[0]) >= _LEAST_BLOCK:
            yield from _block(block[0], spot, read_file)


def _block(block: str, spot: Spot, read_file: ReadFile) -> Iterator[Found]:
    """What a block of base64 says: a text, a file of a kind that shows, or nothing."""
    content = from_base64(block.encode("ascii", "replace"))
    spot = spot.within("block of base64")
    if looks_like_text(content):
        text = _BREAK.sub("\n", readings(content)[0])
        for piece in read_lines(text, spot, kind=Kind.MARKUP):
            yield attrs.evolve(piece, line=0)
    elif content.startswith(_MAGIC):
        yield from spot.around(read_file("", content))
    else:
        yield from spot.around(read_octets(content))


def _files(text: str, spot: Spot, read_file: ReadFile) -> Iterator[Found]:
    done = 0
    for begin in _BEGIN.finditer(text):
        if begin.start() < done:
            continue
        end = _END.search(text, begin.end())
        done = end.end() if end else len(text)
        found = from_uu(text[begin.start() : done].encode("utf-8", "replace"))
        if found is not None and found[1]:
            yield from _uu_file(*found, spot, read_file)
    for begin in itertools.islice(_ARMOUR.finditer(text), _MOST_ARMOUR):
        if begin[1].startswith(_ENCRYPTED):
            yield _note(spot, "it is encrypted")
        else:
            end_of = text.find(f"-----END {begin[1]}", begin.end())
            block = text[begin.start() : end_of + 80] if end_of > 0 else ""
            yield from spot.around(
                read_file("key.asc", block.encode("utf-8", "replace"))
            )
    if _YENC.search(text):
        yield _note(spot, "it holds a file in the encoding yEnc")


def _uu_file(
    name: str, content: bytes, spot: Spot, read_file: ReadFile
) -> Iterator[Found]:
    inside = spot.within(f"file '{shown(name)}'")
    yield Piece(
        unit=inside.unit,
        place=f"{inside.place}, file name",
        text=name,
        kind=Kind.NAME,
    )
    yield from inside.around(read_file(name, content))


def _note(spot: Spot, what: str) -> Note:
    return Note(unit=spot.unit, place=spot.place, kind=NoteKind.UNREADABLE, what=what)
