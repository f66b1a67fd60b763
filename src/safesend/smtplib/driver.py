"""The conversation of `safesend.smtp`, over the blocking line of a standard client.

Bytes go through the client's own `send` and `getreply`, so that what watches or changes
these (debug output, audit hooks, subclasses) sees all of them.
"""

from __future__ import annotations

import functools
import re
import select
import smtplib
import socket
from collections.abc import Generator, Mapping

import attrs

from safesend.smtp.capabilities import Capabilities
from safesend.smtp.exchange import ConnectionLost, Exchange, Step
from safesend.smtp.reply import CLOSING, Reply
from safesend.smtp.session import SmtpSession

__all__ = [
    "SURPLUS",
    "RawReply",
    "ReplyFile",
    "carry",
    "said_too_much",
    "session_for",
    "short_reply",
]

_BLOCK = 4096
SURPLUS = "the server said more than it was asked; the line was given up"

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


class ReplyFile:
    """The replies of a line, as the file that the standard class reads them from.

    `pending` is what has come and was not read yet.
    """

    __slots__ = ("_sock", "pending")

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.pending = b""

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


def carry(
    client: smtplib.SMTP, conversation: Generator[Step, list[Reply], None]
) -> None:
    """Carry the conversation to its end."""
    try:
        step = next(conversation)
        while True:
            try:
                replies = _exchanged(client, step)
            except ConnectionLost as lost:
                step = conversation.throw(lost)
            else:
                step = conversation.send(replies)
    except StopIteration:
        return


def _exchanged(client: smtplib.SMTP, step: Step) -> list[Reply]:
    assert isinstance(step, Exchange)
    pieces = (step.wire,) if isinstance(step.wire, bytes) else step.wire
    replies: list[Reply] = []
    sent, last = False, False
    if step.shown.startswith("content") and said_too_much(client):
        raise ConnectionLost(SURPLUS, finished=False)
    try:
        for number, piece in enumerate(pieces, 1):
            last = number == len(pieces)
            client.send(piece)
        sent = True
        while len(replies) < step.replies:
            code, text = client.getreply()
            # RFC 5321 section 4.2.1 knows no first digit above 5; -1 is what the
            # standard class makes of a line without a code.
            replies.append(_reply(code if code < 600 else -1, text))  # noqa: PLR2004
            if code == CLOSING:
                break
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException) as error:
        # A content that is alone in its group ends with the last octet, which did not
        # leave; followed by commands it may have ended before them, in the last piece.
        finished = sent or (last and step.replies > 1)
        reason = _reason(error)
        raise ConnectionLost(reason, replies=replies, finished=finished) from error
    return replies


def said_too_much(client: smtplib.SMTP) -> bool:
    """Whether a reply is there that nothing asked for.

    It would be taken for the answer to what is written next (L26).
    """
    if getattr(client.file, "pending", b""):
        return True
    if type(client.sock) is not socket.socket:
        # Under TLS what has come need not be a reply (RFC 8446 section 4.6.1).
        return False
    waiting = select.poll()
    waiting.register(client.sock, select.POLLIN)
    try:
        return bool(waiting.poll(0)) and bool(client.sock.recv(1, socket.MSG_PEEK))
    except OSError:  # the line is gone, as whoever writes to it is told
        return False


def _reason(error: smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return "the server wrote a line that is too long"
    return str(error)
