"""XML of any vocabulary: texts, attributes, comments, instructions (XML 1.0).

Expat reads it as a stream. Nothing outside the file is ever fetched; entities that a
file declares itself are accepted while they cannot swell: short ones that refer to
no other (drawing programs write such).
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.files import File
from safesend.checks.piece import Found, Kind, Piece
from safesend.checks.plain_text import read_text

__all__ = ["read", "read_xml"]

_BLOCK = 1 << 16
_LONGEST_ENTITY = 256
_MOST_ENTITIES = 100
_LONGEST_RUN = 1000


class _Collector:
    """Handlers of expat that keep the pieces until they are fetched."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self._parser = parser
        self._texts: list[str] = []
        self._run: list[str] = []
        self._entities = 0
        self.pieces: list[Piece] = []
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._texts.append
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruction
        parser.EntityDeclHandler = self._entity
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ExternalEntityRefHandler = None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.end_text()
        for key, value in attributes.items():
            self._add(value, Kind.MARKUP, f"attribute {key} of {name}")

    def _end(self, name: str) -> None:
        self.end_text(name)

    def end_text(self, name: str = "") -> None:
        """The text up to here, by itself, and with what stands against it."""
        text = "".join(self._texts)
        self._texts.clear()
        if text and not text.isspace():
            self._add(text, Kind.TEXT, f"element {name}" if name else "")
        self._join(text)

    def _join(self, text: str) -> None:
        """Texts between which no blank stands are one word to a reader.

        Those with an address each are not: a file without line breaks.
        """
        if not text:
            return
        glued = not text[0].isspace() and sum(map(len, self._run)) < _LONGEST_RUN
        if not glued or ("@" in text and any("@" in one for one in self._run)):
            self.end_run()
        self._run.append(text)
        if text[-1].isspace():
            self.end_run()

    def end_run(self) -> None:
        """The texts that stood against each other, if they were several."""
        if len(self._run) > 1:
            self._add("".join(self._run), Kind.TEXT, "")
        self._run.clear()

    def _comment(self, text: str) -> None:
        self._add(text, Kind.MARKUP, "comment")

    def _instruction(self, target: str, text: str) -> None:
        self._add(f"{target} {text}", Kind.MARKUP, "instruction")

    def _doctype(
        self, _name: str, system: str | None, public: str | None, _: int
    ) -> None:
        self._add(f"{public or ''} {system or ''}", Kind.MARKUP, "document type")

    def _entity(self, *declared: object) -> None:
        name, _, value, _, _, _, _ = declared
        self._entities += 1
        if not isinstance(value, str):
            raise Unreadable("it refers to other files")
        swelling = "&" in value or "%" in value or len(value) > _LONGEST_ENTITY
        if swelling or self._entities > _MOST_ENTITIES:
            raise Unreadable("it swells without measure when read")
        self._add(value, Kind.MARKUP, f"entity {name}")

    def _add(self, text: str, kind: Kind, place: str) -> None:
        if text and not text.isspace():
            line = self._parser.CurrentLineNumber
            self.pieces.append(Piece(place=place, text=text, kind=kind, line=line))


def read(file: File) -> Iterator[Found]:
    """An XML file; where it is not well-formed, its source line by line."""
    try:
        yield from read_xml(file.data)
    except expat.ExpatError:
        yield from read_text(decoded(file.data), unit="")


def read_xml(data: bytes) -> Iterator[Piece]:
    """The pieces of an XML document.

    Raises `Unreadable` for entities that swell or refer to other files, and
    `expat.ExpatError` where it is not well-formed; what came before is given.
    """
    parser = expat.ParserCreate()
    collector = _Collector(parser)
    start = 0
    while start < len(data):
        # Blocks that double: an old expat reads a long token again with each (the
        # cause of CVE-2023-52425).
        end = max(2 * start, _BLOCK)
        parser.Parse(data[start:end], False)  # noqa: FBT003
        start = end
        yield from collector.pieces
        collector.pieces.clear()
    parser.Parse(b"", True)  # noqa: FBT003
    collector.end_text()
    collector.end_run()
    yield from collector.pieces
