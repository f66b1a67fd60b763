"""The conversation of `safesend.smtp`, over the blocking line of a standard client.

Bytes go through the client's own `send` and `getreply`, so that what watches or changes
these (debug output, audit hooks, subclasses) sees all of them.
"""

from __future__ import annotations

import contextlib
import functools
import re
import select
import smtplib
import socket
from collections.abc import Generator, Mapping, Sequence

import attrs

from safesend.smtp import command
from safesend.smtp.capabilities import Capabilities
from safesend.smtp.content import Stuffer
from safesend.smtp.exchange import ConnectionLost, Exchange, Step
from safesend.smtp.letter import Letter, Prepared, prepare
from safesend.smtp.reply import CLOSING, Reply
from safesend.smtp.session import SmtpSession

__all__ = [
    "SURPLUS",
    "Heard",
    "RawReply",
    "ReplyFile",
    "carry",
    "said_too_much",
    "session_for",
    "short_reply",
    "taken",
    "tried",
]

Heard = list[Reply] | ConnectionLost
"""What came of one step: its replies, or the end of the line."""

_BLOCK = 4096
SURPLUS = "the server said more than it was asked; the line was given up"

_OPENED, _TAKEN = [250, 250, 250, 354], [250]
"""The codes of RSET, MAIL, RCPT and DATA, and of the content, as they mostly are."""

# One line, ended as it should be; the standard class reads whatever else may come.
_SHORT = re.compile(rb"([2-5][0-9]{2}) ([^\r\n]{0,500})\r\n")


@attrs.frozen
class RawReply(Reply):
    """A reply whose text is the server's own octets, read as Latin-1."""

    raw: str = attrs.field(default="", repr=False)

    @property
    def text(self) -> str:
        """The octets as they came: the standard module hands these to its caller."""
        return self.raw


@functools.lru_cache(maxsize=64)
def short_reply(line: bytes) -> tuple[int, bytes] | None:
    """Code and text of a reply of one line; None when it is not as plain as that."""
    found = _SHORT.fullmatch(line)
    return None if found is None else (int(found[1]), found[2].strip(b" \t"))


@functools.lru_cache(maxsize=64)
def _plain_replies(octets: bytes) -> tuple[RawReply, ...]:
    """The replies of a group that came at once; none when one of them is not plain."""
    known = []
    for line in octets.splitlines(keepends=True):
        found = short_reply(line)
        if found is None or found[0] == CLOSING:
            return ()
        known.append(_reply(*found))
    return tuple(known)


class ReplyFile:
    """The replies of a line, as the file that the standard class reads them from.

    `pending` is what has come and was not read yet.
    """

    __slots__ = ("_sock", "_waiting", "pending")

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._waiting: select.poll | None = None
        self.pending = b""

    def group(self, count: int) -> tuple[RawReply, ...]:
        """So many replies, when they are what comes next and all as plain as usual.

        Else none: then they are to be read one after the other. 1 us and the call.
        """
        if not self.pending:
            self.pending = self._sock.recv(_BLOCK)
        known = _plain_replies(self.pending)
        if len(known) != count:
            return ()
        self.pending = b""
        return known

    def ahead(self) -> bool:
        """Whether something has come that was not read, without waiting for it."""
        if self.pending:
            return True
        try:
            if self._waiting is None:
                self._waiting = select.poll()
                self._waiting.register(self._sock, select.POLLIN)
            return bool(self._waiting.poll(0)) and self._peek()
        except (OSError, ValueError):  # the line is gone, as whoever writes is told
            return False

    def _peek(self) -> bool:
        if type(self._sock) is socket.socket:
            return bool(self._sock.recv(1, socket.MSG_PEEK))
        # Under TLS what has come need not be a reply (RFC 8446 section 4.6.1).
        before = self._sock.gettimeout()
        self._sock.settimeout(0)
        with contextlib.suppress(OSError):
            self.pending = self._sock.recv(_BLOCK)
        self._sock.settimeout(before)
        return bool(self.pending)

    def readline(self, limit: int) -> bytes:
        """The next line, or so many octets of it; what there is when the line ends."""
        while True:
            size = self.pending.find(b"\n", 0, limit) + 1
            if size or len(self.pending) >= limit:
                break
            more = self._sock.recv(_BLOCK)
            if not more:
                break
            self.pending += more
        size = size or limit
        line, self.pending = self.pending[:size], self.pending[size:]
        return line

    def close(self) -> None:
        """Forget what was not read."""
        self.pending = b""


@functools.lru_cache(maxsize=64)
def _reply(code: int, text: bytes) -> RawReply:
    return RawReply(code, None, (), text.decode("latin-1"))


def session_for(features: Mapping[str, str]) -> SmtpSession:
    """A session of what the server offers, as the client has noted it.

    Sizes and numbers of messages are left to the server to refuse, in its own words.
    """
    return SmtpSession(
        Capabilities(
            pipelining=True,
            eightbitmime="8bitmime" in features,
            smtputf8="smtputf8" in features,
            takes_size="size" in features,
        )
    )


def tried(
    client: smtplib.SMTP, session: SmtpSession, letter: Letter
) -> Sequence[Heard]:
    """The steps of one letter, as far as all goes well: what came of each of them.

    Nothing is decided here. Unless it was `taken`, the session is told what was heard
    (`carry`), and decides; it would have written the same octets.
    """
    prepared = prepare(letter, session.capabilities, Stuffer())
    if not isinstance(prepared, Prepared):
        return ()
    mail, rcpt, pieces = prepared
    wire = b"".join((command.RSET, mail, rcpt, command.DATA))
    opening = _exchanged(client, Exchange(wire, "opening", 4))
    if _codes(opening) != _OPENED:
        return (opening,)
    return opening, _exchanged(client, Exchange(pieces, "content"))


def taken(heard: Sequence[Heard]) -> bool:
    """Whether the server has taken the letter, and said nothing unusual."""
    return len(heard) == 2 and _codes(heard[1]) == _TAKEN  # noqa: PLR2004


def _codes(heard: Heard) -> list[int]:
    return [] if isinstance(heard, ConnectionLost) else [x.code for x in heard]


def carry(
    client: smtplib.SMTP,
    conversation: Generator[Step, list[Reply], None],
    heard: Sequence[Heard] = (),
) -> None:
    """Carry the conversation to its end.

    `heard` is what came of its first steps, where these were taken before.
    """
    known = list(reversed(heard))
    try:
        step = next(conversation)
        while True:
            result = known.pop() if known else _exchanged(client, step)
            if isinstance(result, ConnectionLost):
                step = conversation.throw(result)
            else:
                step = conversation.send(result)
    except StopIteration:
        return


def _exchanged(client: smtplib.SMTP, step: Step) -> Heard:
    assert isinstance(step, Exchange)
    wire, shown, count, _ = step
    pieces = (wire,) if isinstance(wire, bytes) else wire
    replies: list[Reply] = []
    sent, last = False, False
    if shown.startswith("content") and said_too_much(client):
        return ConnectionLost(SURPLUS, finished=False)
    try:
        for number, piece in enumerate(pieces, 1):
            last = number == len(pieces)
            client.send(piece)
        sent = True
        _read(client, count, replies)
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException) as error:
        # A content that is alone in its group ends with the last octet, which did not
        # leave; followed by commands it may have ended before them, in the last piece.
        finished = sent or (last and count > 1)
        return ConnectionLost(_reason(error), replies=replies, finished=finished)
    return replies


def _read(client: smtplib.SMTP, count: int, replies: list[Reply]) -> None:
    """Add so many replies, or those that came before the server hangs up."""
    at_once = getattr(client, "_getreplies", None)
    if count and at_once is not None:
        replies += at_once(count)
    while len(replies) < count:
        code, text = client.getreply()
        # RFC 5321 section 4.2.1 knows no first digit above 5; -1 is what the standard
        # class makes of a line without a code.
        replies.append(_reply(code if code < 600 else -1, text))  # noqa: PLR2004
        if code == CLOSING:
            break


def said_too_much(client: smtplib.SMTP) -> bool:
    """Whether a reply is there that nothing asked for.

    It would be taken for the answer to what is written next (L26).
    """
    file, sock = client.file, client.sock
    if type(file) is ReplyFile:
        return file.ahead()
    return type(sock) is socket.socket and ReplyFile(sock).ahead()


def _reason(error: smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return "the server wrote a line that is too long"
    return str(error)
