"""What a client says to an SMTP server, read by a bystander."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator

import attrs

__all__ = ["Dialogue", "Lines"]

# RFC 5321 section 4.1.1.3; the path may be without its brackets, as lax clients write.
_RECIPIENT = re.compile(
    rb"rcpt\s+to:\s*(?:<((?:\"(?:[^\"\\]|\\.)*\"|[^>\"])*)>|(\S+))", re.IGNORECASE
)
_CHUNK = re.compile(rb"bdat\s+(\d{1,18})(\s+last)?\s*$", re.IGNORECASE)
_NEW = re.compile(rb"(?:mail\s+from:|rset\b|ehlo\b|helo\b|lhlo\b)", re.IGNORECASE)
# What follows a DATA that the server refused: commands, and nothing but commands.
_NO_CONTENT = re.compile(
    rb"(?:(?:rset|quit|data|(?:mail from:|rcpt to:|noop|ehlo|helo|lhlo)[^\r\n]*)\r\n)+",
    re.IGNORECASE,
)
_END = b"\r\n.\r\n"
_STUFFED = re.compile(rb"^\.(?=\.)", re.MULTILINE)


@attrs.define
class Dialogue:
    """One connection: it is fed with what the client writes, and gives the messages."""

    _rest: bytes = b""
    _people: list[str] = attrs.field(factory=list)
    _chunks: bytes = b""
    _content: bytes | None = None
    _expects: str = "command"
    _due: int = 0
    _last: bool = False

    def feed(self, data: bytes) -> Iterator[tuple[list[str], bytes]]:
        """Recipients and content of each message that ends in what was written."""
        refused = self._expects == "content" and not self._rest
        if refused and _NO_CONTENT.fullmatch(data):
            self._expects = "command"
        self._rest += data
        while self._step():
            if self._content is not None:
                yield self._people, self._content
                self._people, self._chunks, self._content = [], b"", None

    def _step(self) -> bool:
        """Take the next thing that is complete; whether there was one."""
        if self._expects == "content":
            return self._dotted()
        if self._expects == "chunk":
            return self._chunk()
        line, end, rest = self._rest.partition(b"\n")
        if not end:
            return False
        self._rest = rest
        self._command(line.strip())
        return True

    def _command(self, line: bytes) -> None:
        if hit := _RECIPIENT.match(line):
            self._people.append((hit[1] or hit[2] or b"").decode("utf-8", "replace"))
        elif _NEW.match(line):
            self._people, self._chunks = [], b""
        elif line.lower() == b"data":
            self._expects = "content"
        elif hit := _CHUNK.match(line):
            self._due, self._last = int(hit[1]), hit[2] is not None
            self._expects = "chunk"

    def _dotted(self) -> bool:
        """RFC 5321 section 4.5.2: a dot on its own line ends it, others are doubled."""
        found = 0 if self._rest.startswith(_END[2:]) else self._rest.find(_END) + 2
        if found == 1:
            return False
        self._content = _STUFFED.sub(b"", self._rest[:found])
        self._rest = self._rest[found + 3 :]
        self._expects = "command"
        return True

    def _chunk(self) -> bool:
        """RFC 3030 section 2: so many octets, and the last chunk ends the message."""
        if len(self._rest) < self._due:
            return False
        self._chunks += self._rest[: self._due]
        self._rest = self._rest[self._due :]
        self._expects = "command"
        if self._last:
            self._content = self._chunks
        return True


@attrs.define
class Lines:
    """The dialogue of each connection: of the object itself, however it compares."""

    _open: dict[int, tuple[weakref.ref[object], Dialogue]] = attrs.field(factory=dict)

    def of(self, client: object) -> Dialogue:
        """What was said so far; nothing yet for a new one."""
        whose, dialogue = self._open.get(id(client), (None, None))
        if dialogue is None or whose is None or whose() is not client:
            dialogue = Dialogue()
            self._open[id(client)] = weakref.ref(client), dialogue
        return dialogue
