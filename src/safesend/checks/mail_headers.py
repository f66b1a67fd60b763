"""The header block of a message or a part, as every reader might read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

import attrs

from safesend.checks.charsets import header_text, readings
from safesend.checks.transfer import from_base64, from_quoted

__all__ = ["Field", "Headers", "decoded_field", "parameters", "read_headers"]

MOST_FIELDS = 10_000

_BREAK = re.compile(rb"\r\n|\r|\n")
_NAME = re.compile(rb"([^\s:][^:\r\n]{0,997}):")
_PROPER = re.compile(r"[!-9;-~]+")  # RFC 5322 section 2.2
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?")
# A parameter begins where a word does; its value is quoted, or goes on to the next ";".
_PARAMETER = re.compile(
    r"(?<![^\s;\"])([^\s=;\"()]{1,100})[ \t]{0,100}="
    r"\s{0,100}(?:\"((?:[^\"\\]|\\.)*)\"?|([^;]*))",
    re.DOTALL,
)
_EXTENDED = re.compile(r"([^*]{1,90})(?:\*([0-9]{1,4}))?(\*)?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@attrs.frozen
class Field:
    """One field: its name as written ("" for a line that is none), its text unfolded.

    The octets of the value are read as UTF-8, else as Latin-1.
    """

    name: str
    text: str = attrs.field(repr=False)


@attrs.frozen
class Headers:
    """The fields in their order; `damaged` if a line is no field, or there is more."""

    fields: tuple[Field, ...]
    damaged: bool = False
    more: bool = False

    def get(self, name: str, default: str = "") -> str:
        """The value of the first field of this name, in any case of letters."""
        return next(self.all(name), default)

    def all(self, name: str) -> Iterator[str]:
        """The values of all fields of this name."""
        name = name.lower()
        return (one.text for one in self.fields if one.name.lower() == name)


def read_headers(block: bytes) -> Headers:
    """The fields of a block, without the empty line after it. Never raises.

    Lines that begin with a blank go on (RFC 5322 section 2.2.3). A line that is no
    field is kept as one without a name. At most 10,000 fields are told apart; the
    rest is one more.
    """
    found: list[Field] = []
    damaged = more = False
    for number, lines in enumerate(_unfolded(block)):
        if number >= MOST_FIELDS:
            more = True
            break
        of_a_box = not number and lines[0].startswith((b"From ", b">From "))
        one = _line(lines) if of_a_box else _field(lines)
        damaged = damaged or not (of_a_box or _PROPER.fullmatch(one.name))
        found.append(one)
    return Headers(tuple(found), damaged or more, more)


def _unfolded(block: bytes) -> Iterator[list[bytes]]:
    lines: list[bytes] = []
    for line in _BREAK.split(block):
        if lines and line[:1] not in (b" ", b"\t"):
            yield lines
            lines = []
        if line or lines:
            lines.append(line)
    if lines:
        yield lines


def _field(lines: list[bytes]) -> Field:
    name = _NAME.match(lines[0])
    if name is None:
        return _line(lines)
    value = header_text(b"".join(lines)[name.end() :]).strip()
    return Field(header_text(name[1]).strip(), value)


def _line(lines: list[bytes]) -> Field:
    return Field("", header_text(b"".join(lines)).strip())


def decoded_field(text: str) -> str:
    """The value as a mail program shows it: encoded words and parameters decoded.

    Words side by side are one text (RFC 2047 section 6.2); a character may be split
    over two of them, and they may stand inside quotes, as many mailers write them.
    Extended parameters (RFC 2231) are appended in their plain form.
    """
    plain = _words(text) if "=?" in text else text
    if "*" in text:
        for name, values in parameters(text).items():
            for value in values:
                if not _stands_in(value, text):
                    plain += f"; {name}={value}"
    return plain


def _stands_in(value: str, text: str) -> bool:
    return value in text or value in _ESCAPE.sub(r"\1", text)


@attrs.define
class _Words:
    """Joins words of one charset before they are decoded."""

    said: list[str] = attrs.field(factory=list)
    _charset: str = ""
    _octets: list[bytes] = attrs.field(factory=list)

    def word(self, charset: str, octets: bytes) -> None:
        if charset.lower() != self._charset.lower():
            self.flush()
        self._charset = charset
        self._octets.append(octets)

    def plain(self, text: str) -> None:
        self.flush()
        self.said.append(text)

    def flush(self) -> None:
        if self._octets:
            self.said.append(readings(b"".join(self._octets), self._charset)[0])
            self._octets = []


def _words(text: str) -> str:
    found = _Words()
    done, end, after_word = 0, -1, False
    for begin in _WORD.finditer(text):
        if begin.start() < done:
            continue
        if 0 <= end < begin.end() or end == -1:
            end = text.find("?=", begin.end())
            end = len(text) if end < 0 else end
        between = text[done : begin.start()]
        if between.strip() or (between and not after_word):
            found.plain(between)
        stop = _stop(text, begin, end)
        found.word(begin[1], _octets(begin[2], text[begin.end() : stop]))
        done, after_word = stop + 2 * (stop == end), True
    found.flush()
    return "".join([*found.said, text[done:]])


def _stop(text: str, begin: re.Match[str], end: int) -> int:
    """Where the payload of a word ends; one that is not closed ends at the next one."""
    following = _WORD.search(text, begin.end(), end)
    return following.start() if following else end


def _octets(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if encoding in "bB":
        return from_base64(raw)
    return from_quoted(raw.replace(b"_", b" "))


def parameters(value: str) -> dict[str, list[str]]:
    """The parameters of a field, by names in lower case, in all the ways they stand.

    A name that is given twice has several values; pieces (name*0, name*1) are joined
    and percent-encoding is undone (RFC 2231). Encoded words are decoded as well, since
    most mailers write them there.
    """
    found: dict[str, list[str]] = {}
    pieces: dict[str, list[tuple[int, str, bool]]] = {}
    for hit in _PARAMETER.finditer(value):
        plain = hit[3].strip() if hit[2] is None else _ESCAPE.sub(r"\1", hit[2])
        shape = _EXTENDED.fullmatch(hit[1].lower())
        if shape is None or not (shape[2] or shape[3]):
            found.setdefault(hit[1].lower(), []).append(plain)
        else:
            place = int(shape[2] or 0)
            pieces.setdefault(shape[1], []).append((place, plain, bool(shape[3])))
    for name, values in pieces.items():
        found.setdefault(name, []).append(_joined(values))
    return {name: _spoken(values) for name, values in found.items()}


def _joined(values: list[tuple[int, str, bool]]) -> str:
    charset = ""
    octets = []
    for place, text, encoded in sorted(values, key=lambda one: one[0]):
        raw = text.encode("utf-8", "replace")
        if encoded and place == 0 and text.count("'") > 1:
            charset, _, rest = text.split("'", 2)
            raw = rest.encode("utf-8", "replace")
        octets.append(unquote_to_bytes(raw) if encoded else raw)
    return readings(b"".join(octets), charset or "utf-8")[0]


def _spoken(values: list[str]) -> list[str]:
    said = [_words(value) if "=?" in value else value for value in values]
    return list(dict.fromkeys(said))
