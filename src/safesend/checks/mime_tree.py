"""A message -> its header block and its parts (RFC 2046), broken or not.

The standard library's parser is not used: it takes quadratic time on some input, and
leaves out what it cannot place. Here each octet of a body is in one part, in the text
before the first or in a text after one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import attrs

from safesend.checks.mail_headers import Headers, parameters, read_headers

__all__ = ["Entity", "Multipart", "read_entity", "split_parts"]

MOST_PARTS = 5_000
"""Of one multipart. What follows is one part more."""

# Atomic: the line feed of a CRLF is not tried as a line end of its own.
_EMPTY_LINE = re.compile(rb"(?>\r\n|\r|\n)(?>\r\n|\r|\n)")
_EMPTY_FIRST = re.compile(rb"\r\n|\r|\n")
_SNIFFED = re.compile(rb"(?:\A|[\r\n])--([!-~][ -~]{0,199})(?=[\r\n]|\Z)")
_REST_OF_LINE = re.compile(rb"(--)?[ \t]{0,998}(?:\r\n|\r|\n|\Z)")
_TYPE = re.compile(r"\s*([\w.+-]{1,100})\s*/\s*([\w.+-]{1,127})", re.ASCII)


@attrs.frozen
class Entity:
    """Headers and body of a message or a part."""

    headers: Headers
    body: bytes = attrs.field(repr=False)
    default: str = "text/plain"

    @property
    def type(self) -> str:
        """The content type in lower case; what is none is text/plain (RFC 2045 5.2)."""
        said = self.headers.get("content-type")
        if not said:
            return self.default
        found = _TYPE.match(said)
        return f"{found[1]}/{found[2]}".lower() if found else "text/plain"

    @property
    def disposition(self) -> str:
        """What stands there in lower case: "inline", "attachment" or anything."""
        said = self.headers.get("content-disposition")
        return said.partition(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        """The transfer encoding in lower case."""
        said = self.headers.get("content-transfer-encoding")
        return said.partition(";")[0].strip().lower()

    @property
    def damaged(self) -> bool:
        """Whether readers may disagree about what is in it."""
        fields = [field.name.lower() for field in self.headers.fields]
        content = [name for name in fields if name.startswith("content-t")]
        return self.headers.damaged or len(content) > len(set(content))

    def parameter(self, name: str) -> list[str]:
        """The values of a parameter of the content type."""
        found: list[str] = []
        for value in self.headers.all("content-type"):
            found += parameters(value).get(name, ())
        return found

    def names(self) -> list[str]:
        """The file names, in all the ways they are given; the first is shown."""
        found: list[str] = []
        for field, wanted in (
            ("content-disposition", "filename"),
            (
                "content-type",
                "name",
            ),
        ):
            for value in self.headers.all(field):
                found += parameters(value).get(wanted, ())
        return list(dict.fromkeys(filter(None, found)))


@attrs.frozen
class Multipart:
    """The parts of a body in their order, and the texts around them."""

    preamble: bytes = attrs.field(repr=False)
    parts: tuple[bytes, ...] = attrs.field(repr=False)
    epilogue: bytes = attrs.field(repr=False)
    damaged: bool = False


def read_entity(octets: bytes, default: str = "text/plain") -> Entity:
    """Headers up to the first empty line, and the body after it. Never raises."""
    if first := _EMPTY_FIRST.match(octets):
        return Entity(Headers(()), octets[first.end() :], default)
    end = _EMPTY_LINE.search(octets)
    if end is None:
        return Entity(read_headers(octets), b"", default)
    return Entity(read_headers(octets[: end.start()]), octets[end.end() :], default)


def split_parts(body: bytes, boundaries: Sequence[str]) -> Multipart | None:
    """The body cut at its boundary, or None where nothing looks like one.

    Of several boundaries the first that occurs counts; if none does, the first line
    that begins with two hyphens is taken for one. Parts after the closing boundary are
    parts as well. `damaged` tells that other readers may cut elsewhere.
    """
    given = [one.rstrip().encode("utf-8", "replace") for one in boundaries]
    for boundary in filter(None, given):
        found = _cut(body, boundary)
        if found is not None:
            others = len(set(given)) > 1
            return attrs.evolve(found, damaged=found.damaged or others)
    sniffed = _SNIFFED.search(body)
    if sniffed is None:
        return None
    found = _cut(body, sniffed[1].rstrip())
    return None if found is None else attrs.evolve(found, damaged=True)


@attrs.frozen
class _Line:
    """A boundary, from the line break before it to the end of its line."""

    begin: int
    end: int
    closing: bool


def _cut(body: bytes, boundary: bytes) -> Multipart | None:
    lines = _Lines(body, b"--" + boundary)
    marks = list(lines)
    if not marks:
        return None
    damaged = lines.doubtful or not marks[-1].closing
    parts: list[bytes] = []
    epilogue: list[bytes] = []
    ends = [mark.begin for mark in marks[1:]] + [len(body)]
    for mark, end in zip(marks, ends, strict=True):
        piece = body[mark.end : max(mark.end, end)]
        (epilogue if mark.closing else parts).append(piece)
    damaged = damaged or len(epilogue) > 1
    preamble = body[: marks[0].begin]
    return Multipart(preamble, tuple(parts), b"\r\n".join(epilogue), damaged)


@attrs.define
class _Lines:
    """The boundary lines of a body."""

    body: bytes
    mark: bytes
    doubtful: bool = False

    def __iter__(self) -> Iterator[_Line]:
        at = count = 0
        while count <= MOST_PARTS and (at := self.body.find(self.mark, at)) >= 0:
            begin, at = at, at + len(self.mark)
            if begin and self.body[begin - 1] not in b"\r\n":
                continue
            rest = _REST_OF_LINE.match(self.body, at)
            if rest is None:
                self.doubtful = True
                continue
            count += 1
            at = rest.end()
            yield _Line(self._before(begin), rest.end(), bool(rest[1]))
        self.doubtful = self.doubtful or count > MOST_PARTS

    def _before(self, begin: int) -> int:
        """Where the line break before a boundary begins: it belongs to the boundary."""
        if begin > 1 and self.body[begin - 2 : begin] == b"\r\n":
            return begin - 2
        return max(0, begin - 1)
