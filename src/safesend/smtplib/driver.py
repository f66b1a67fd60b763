"""The conversation of `safesend.smtp`, over the blocking line of a standard client.

Bytes go through the client's own `send` and `getreply`, so that what watches or changes
these (debug output, audit hooks, subclasses) sees all of them.
"""

from __future__ import annotations

import functools
import re
import smtplib
from collections.abc import Generator, Mapping
from typing import Any

import attrs

from safesend.smtp.capabilities import Capabilities
from safesend.smtp.exchange import ConnectionLost, Exchange, Step
from safesend.smtp.reply import CLOSING, Reply
from safesend.smtp.session import SmtpSession
from safesend.smtplib.security import early_octets

__all__ = [
    "SURPLUS",
    "LineFirst",
    "RawReply",
    "carry",
    "said_too_much",
    "session_for",
    "short_reply",
]

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


@attrs.define
class LineFirst:
    """A file of replies, of which a line was read that is to be read again."""

    _line: bytes
    _file: Any

    def readline(self, limit: int) -> bytes:
        """That line, then those after it."""
        line, self._line = self._line, b""
        return line or bytes(self._file.readline(limit))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


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
    sent = False
    if step.shown.startswith("content") and said_too_much(client):
        raise ConnectionLost(SURPLUS, finished=False)
    try:
        for piece in pieces:
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
        # leave; followed by commands it may have ended before them.
        finished = sent or step.replies > 1
        reason = _reason(error)
        raise ConnectionLost(reason, replies=replies, finished=finished) from error
    return replies


def said_too_much(client: smtplib.SMTP) -> bool:
    """Whether a reply is there that nothing asked for.

    It would be taken for the answer to what is written next (L26).
    """
    return client.sock is not None and bool(early_octets(client.sock, client.file))


def _reason(error: smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return "the server wrote a line that is too long"
    return str(error)
