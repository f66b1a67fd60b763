"""Escapes undone: percent signs, references, quoted-printable, backslashes, UTF-7.

Each function gives the surroundings of escapes with the escapes undone, and where
they begin in the text. Surroundings end at a tab or a line end; all take linear time.
"""

from __future__ import annotations

import binascii
import functools
import html.entities
import re
import unicodedata
from collections.abc import Callable, Iterator

from safesend.message.encoded_words import decoded_words

__all__ = [
    "encoded_words",
    "from_backslashes",
    "from_css",
    "from_percent",
    "from_quoted_printable",
    "from_references",
    "from_styles",
    "from_utf7",
]

Undone = Iterator[tuple[str, int]]

_REACH = 200
"""Characters on either side of an escape that belong to its surroundings."""
_AGAIN = 4
"""How often one kind of escape is undone: %25252540 is an at sign."""

_EDGE = re.compile(r"[\t\r\n]")
_SOFT_EDGE = re.compile(r"\t|(?<![=\r])(?<!=3D)\n|(?<!=)(?<!=3D)\r")
_BREAK = re.compile(r"[\s<>\"',;()\[\]]")

_HEX = "[0-9A-Fa-f]"
_PERCENT_MARK = re.compile(rf"(?>(?:%(?:25){{0,9}}(?:{_HEX}{{2}}|u{_HEX}{{4}}))+)")
_PERCENT = re.compile(rf"((?:%{_HEX}{{2}})+)|%u({_HEX}{{4}})")
_REFERENCE = re.compile(
    rf"&(?:#0{{0,20}}(\d{{1,7}})|#[xX]0{{0,20}}({_HEX}{{1,6}})"
    r"|([A-Za-z][A-Za-z0-9]{1,31}));?"
)
_QUOTED_MARK = re.compile(rf"(?>(?:={_HEX}{{2}})+)|=[ \t]{{0,3}}\r?\n")
_SURELY_QUOTED = re.compile(r"=(?:40|3D|20|2E|[ \t]{0,3}\r?\n)")
# Lower-case digits are wrong (RFC 2045 section 6.7 (1)) and read all the same.
_QUOTED = re.compile(
    r"((?:=(?:[2-7][0-9A-Fa-f]|[89A-F][0-9A-F]|0[9AD]))+)|=[ \t]{0,3}\r?\n"
)
_WORD = r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?\r\n]{0,1000}\?="
_WORDS = re.compile(rf"{_WORD}(?:\s{{0,9}}{_WORD})*")
_BACKSLASH = re.compile(
    rf"\\(?:u({_HEX}{{4}})|[ux]\{{({_HEX}{{1,6}})\}}|U({_HEX}{{8}})|([nrt])|([^\w\s]))"
    rf"|((?:\\x{_HEX}{{2}})+)|((?:\\[0-3][0-7]{{2}})+)|\\([0-7]{{1,2}})"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CSS = re.compile(rf"\\({_HEX}{{1,6}})\s?")
# UTF-16 of an ASCII character begins with "A" and one of "A" to "H" (RFC 2152).
_UTF7 = re.compile(r"\+((?>A[A-H][A-Za-z0-9+/]{1,400}))-?")
_STYLED = re.compile("[\uff05\uff06\uff08\uff1c\uff1d\uff3b\uff3c\uff5b]+")


def from_percent(text: str) -> Undone:
    """%40, %2540, %EF%BC%A0 and %u0040. In a query a plus sign may be a space."""
    for begin, end in _surroundings(text, _PERCENT_MARK, _EDGE):
        region = text[begin:end]
        for plain in _stages(_PERCENT, _of_percent, region):
            yield plain, begin
        if "+" in region and "=" in region:
            for plain in _stages(_PERCENT, _of_percent, region.replace("+", " ")):
                yield plain, begin


def from_references(text: str) -> Undone:
    """Character references of HTML, also without semicolon, also twice escaped."""
    for begin, end in _surroundings(text, _REFERENCE, _EDGE):
        for plain in _stages(_REFERENCE, _of_reference, text[begin:end]):
            yield plain, begin


def from_quoted_printable(text: str) -> Undone:
    """=40 and soft line breaks (RFC 2045 section 6.7)."""
    for begin, end in _surroundings(text, _QUOTED_MARK, _SOFT_EDGE):
        region = text[begin:end]
        sure = _SURELY_QUOTED.search(region)
        yield _QUOTED.sub(_of_quoted if sure else _of_less_quoted, region), begin


def encoded_words(text: str) -> Undone:
    """Encoded words (RFC 2047) with what stands around them; neighbours are joined."""
    for begin, end in _surroundings(text, _WORDS, _EDGE):
        yield _WORDS.sub(_of_words, text[begin:end]), begin


def from_backslashes(text: str) -> Undone:
    r"""\u0040, \x40, \100 and \@, as programs and JSON write them."""
    for begin, end in _surroundings(text, _BACKSLASH, _EDGE):
        yield _paired(_BACKSLASH.sub(_of_backslash, text[begin:end])), begin


def from_css(text: str) -> Undone:
    r"""\40 with the space that ends it, as style sheets write it."""
    for begin, end in _surroundings(text, _CSS, _EDGE):
        yield _CSS.sub(lambda hit: _character(hit[1], 16), text[begin:end]), begin


def from_utf7(text: str) -> Undone:
    """+AEA-, as UTF-7 writes an at sign (RFC 2152)."""
    for begin, end in _surroundings(text, _UTF7, _EDGE):
        yield _UTF7.sub(_of_utf7, text[begin:end]), begin


def from_styles(text: str) -> Undone:
    """Full-width signs that begin an escape, as the plain ones (NFKC)."""
    for begin, end in _surroundings(text, _STYLED, _EDGE):
        yield unicodedata.normalize("NFKC", text[begin:end]), begin


def _surroundings(
    text: str, marks: re.Pattern[str], edge: re.Pattern[str]
) -> Iterator[tuple[int, int]]:
    """Where the surroundings of marks begin and end; they do not overlap."""
    begin = end = 0
    for hit in marks.finditer(text):
        left, right = hit.span()
        if left >= end:
            if end:
                yield begin, end
            begin = max(end, _left(text, left, edge))
        if right > end - _REACH // 2:
            end = _right(text, right, edge)
    if end:
        yield begin, end


def _left(text: str, place: int, edge: re.Pattern[str]) -> int:
    low = max(0, place - _REACH)
    last = low
    for hit in edge.finditer(text, low, place):
        last = hit.end()
    if last > low or low == 0:
        return last
    first = _BREAK.search(text, low, place)
    return first.end() if first else low


def _right(text: str, place: int, edge: re.Pattern[str]) -> int:
    high = min(len(text), place + _REACH)
    hit = edge.search(text, place, high)
    if hit:
        return hit.start()
    if high == len(text):
        return high
    first = _BREAK.search(text[place:high][::-1])
    return high - first.end() if first else high


def _stages(
    pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], text: str
) -> Iterator[str]:
    """The text undone once, twice and so on: what is left may look escaped."""
    for _ in range(_AGAIN):
        plain = pattern.sub(replace, text)
        if plain == text:
            return
        yield plain
        text = plain


def _of_percent(hit: re.Match[str]) -> str:
    if hit[2]:
        return chr(int(hit[2], 16))
    return _decoded(bytes.fromhex(hit[1].replace("%", "")))


def _of_quoted(hit: re.Match[str]) -> str:
    return _decoded(bytes.fromhex(hit[1].replace("=", ""))) if hit[1] else ""


def _of_less_quoted(hit: re.Match[str]) -> str:
    """As above, but =AD alone is more likely the name of a field and a value."""
    return hit[0] if len(hit[0]) == 3 and hit[0] > "=8" else _of_quoted(hit)  # noqa: PLR2004


def _of_reference(hit: re.Match[str]) -> str:
    decimal, hexadecimal, name = hit.groups()
    if decimal:
        return _character(decimal, 10)
    if hexadecimal:
        return _character(hexadecimal, 16)
    return _named(name) or hit[0]


@functools.lru_cache(maxsize=256)
def _named(name: str) -> str:
    """The character of a name, or of its beginning: browsers read &ampfoo so."""
    whole = html.entities.html5.get(f"{name};")
    if whole:
        return whole
    for length in range(min(len(name), 8), 1, -1):
        short = html.entities.html5.get(name[:length])
        if short:
            return short + name[length:]
    return ""


def _of_words(hit: re.Match[str]) -> str:
    return "".join(decoded_words(hit[0]))


def _of_backslash(hit: re.Match[str]) -> str:
    *codes, blank, sign, octets, octals, octal = hit.groups()
    if octets:
        return _decoded(bytes.fromhex(octets.replace("\\x", "")))
    if octals:
        return _decoded(bytes(int(each, 8) for each in octals[1:].split("\\")))
    if octal:
        return chr(int(octal, 8))
    if blank:
        return " "
    return sign or _character("".join(filter(None, codes)), 16)


def _paired(text: str) -> str:
    """The text with pairs of surrogates as the characters that they mean."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _of_utf7(hit: re.Match[str]) -> str:
    run = hit[1]
    octets = binascii.a2b_base64(run + "A" * (-len(run) % 4))
    plain = octets[: len(run) * 3 // 8 * 2].decode("utf-16-be", "replace")
    return plain.rstrip("\0")


def _character(digits: str, base: int) -> str:
    number = int(digits, base)
    return chr(number) if number <= 0x10FFFF else "\ufffd"  # noqa: PLR2004


def _decoded(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")
