"""Bytes -> replies: strictly, in any pieces, within limits (RFC 5321 section 4.2).

Theory of operation: input is cut at LF; what follows the last LF waits for more. A
line must end in CRLF and be ``code SP text``, ``code-text`` (more follows) or the bare
code. All lines of a reply have one code. Anything else is `RemoteProtocolError`, for
this and for all later input: once a line cannot be read, nothing after it can be paired
with a command.
"""

from __future__ import annotations

import re
from typing import NoReturn

import attrs

from safesend.errors import RemoteProtocolError
from safesend.redaction import mask_text

__all__ = ["CLOSING", "MAX_LINE", "MAX_LINES", "MAX_REPLY", "Reply", "ReplyParser"]

CLOSING = 421
"""The code after which a server hangs up, whatever was asked (RFC 5321 section 3.8)."""

MAX_LINE = 4096
"""Octets of a line. RFC 5321 section 4.5.3.1.5 says 512; real servers write more."""
MAX_LINES = 128
MAX_REPLY = 65536

_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?\r", re.DOTALL)
# RFC 3463 section 2; RFC 2034 section 4: it stands first in the text of every line.
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[ \t]+|$)")
# Besides C0, DEL and C1: what turns or hides text on a terminal.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
_SHOWN = 600
_KEPT, _KEPT_LENGTH = 64, 100


@attrs.frozen
class Reply:
    """One answer of the server. Its text is as the server wrote it, so not masked."""

    code: int
    enhanced: str | None = None
    """The enhanced status code (RFC 3463), when the server gives one."""
    lines: tuple[str, ...] = attrs.field(default=("",), repr=False)

    @property
    def positive(self) -> bool:
        """2xx: done as asked (RFC 5321 section 4.2.1)."""
        return 200 <= self.code < 300  # noqa: PLR2004

    @property
    def permanent(self) -> bool:
        """5xx: asking again will not help."""
        return self.code >= 500  # noqa: PLR2004

    @property
    def negative(self) -> bool:
        """4xx or 5xx."""
        return self.code >= 400  # noqa: PLR2004

    @property
    def text(self) -> str:
        """The lines as one, addresses masked, not too long: this may be printed."""
        text = " ".join(self.lines).strip()
        if len(text) <= _SHOWN:
            return mask_text(text)
        # Between two words: half an address would not be seen to be one.
        return mask_text(text[:_SHOWN].rpartition(" ")[0]) + " …"


class ReplyParser:
    """Feed it bytes, get replies."""

    __slots__ = ("_failed", "_known", "_octets", "_partial", "_unended")

    def __init__(self) -> None:
        self._partial = b""
        self._unended: list[tuple[bytes, bytes]] = []
        self._octets = 0
        self._failed = ""
        # Most replies of a session are the same few lines. Bounded, and it dies with
        # the session: it may hold text that names somebody.
        self._known: dict[bytes, Reply] = {}

    @property
    def pending(self) -> bool:
        """Whether a reply has begun and not ended."""
        return bool(self._partial or self._unended)

    def feed(self, data: bytes, replies: list[Reply]) -> None:
        """Append the replies that these bytes complete.

        Raises `RemoteProtocolError` after appending those that came before the fault.
        """
        if self._failed:
            raise RemoteProtocolError(self._failed)
        lines = (self._partial + data).split(b"\n")
        self._partial = lines.pop()
        for line in lines:
            known = self._known.get(line)
            if known is not None and not self._unended:
                replies.append(known)
            else:
                self._take(line, replies)
        if len(self._partial) > MAX_LINE:
            self._fail("a line without an end", self._partial)

    def _take(self, line: bytes, replies: list[Reply]) -> None:
        code, more, text = self._parts(line)
        if self._unended and self._unended[0][0] != code:
            self._fail("a reply whose lines have different codes", line)
        self._unended.append((code, text))
        self._count(line)
        if more == b"-":
            return
        reply = _reply(int(code), [text for _, text in self._unended])
        if len(self._unended) == 1 and len(line) < _KEPT_LENGTH:
            self._keep(line, reply)
        self._unended, self._octets = [], 0
        replies.append(reply)

    def _parts(self, line: bytes) -> tuple[bytes, bytes, bytes]:
        if len(line) > MAX_LINE:
            self._fail("a line that is too long", line)
        match = _LINE.fullmatch(line)
        if match is None:
            self._fail("a line that is no reply", line)
        return match[1], match[2] or b" ", match[3] or b""

    def _count(self, line: bytes) -> None:
        self._octets += len(line)
        if len(self._unended) > MAX_LINES or self._octets > MAX_REPLY:
            self._fail("a reply that does not end", line)

    def _keep(self, line: bytes, reply: Reply) -> None:
        if len(self._known) < _KEPT:
            self._known[line] = reply

    def _fail(self, what: str, line: bytes) -> NoReturn:
        shown = mask_text(_readable(line))[:60]
        self._failed = f"the server wrote {what}: {shown!r}"
        raise RemoteProtocolError(self._failed)


def _reply(code: int, raw: list[bytes]) -> Reply:
    lines = [_readable(line) for line in raw]
    match = _ENHANCED.match(lines[0])
    if match is None or int(lines[0][0]) != code // 100:
        return Reply(code, None, tuple(lines))
    enhanced = match[1]
    return Reply(code, enhanced, tuple(_without(line, enhanced) for line in lines))


def _without(line: str, enhanced: str) -> str:
    return line[len(enhanced) :].strip() if line.startswith(enhanced) else line


def _readable(line: bytes) -> str:
    text = line.decode("utf-8", "replace")
    return text if text.isprintable() else _CONTROLS.sub(" ", text).strip()
