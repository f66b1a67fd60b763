"""What a conversation asks of the one who carries its bytes.

A conversation is a generator. It yields a step (`Exchange` or `StartTls`), is sent
the list of replies that the step asked for, and returns its result. Trouble with the
line is thrown in as `ConnectionLost`. It never sees a socket or a clock.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple, TypeVar

import attrs

from safesend.errors import SafesendError
from safesend.smtp.reply import Reply

__all__ = ["ConnectionLost", "Conversation", "Exchange", "StartTls", "Step", "Timeouts"]

T = TypeVar("T")


class Exchange(NamedTuple):
    """Write these bytes, then read this many replies.

    A tuple of bytes is written piece by piece, without being joined. Fewer replies
    than asked for are sent in only when the last one is a 421 (the server hangs up).
    `timeout`: how many seconds the next reply may take.
    """

    wire: bytes | tuple[bytes, ...]
    shown: str
    """What may be printed of it: no secret, no address in clear."""
    replies: int = 1
    timeout: float = 300.0

    def __repr__(self) -> str:
        return f"Exchange(shown={self.shown!r}, replies={self.replies})"


@attrs.frozen
class StartTls:
    """Do the TLS handshake now; nothing in clear may have come after the last reply."""


Step = Exchange | StartTls
Conversation = Generator[Step, list[Reply], T]


class ConnectionLost(SafesendError):
    """The line broke, fell silent or cannot be trusted any more.

    `replies` came in before that and belong to the step under way. `finished` is
    False when the end of the step's bytes surely never left.
    """

    def __init__(
        self,
        reason: str,
        *,
        replies: Sequence[Reply] = (),
        finished: bool = True,
        permanent: bool = False,
    ) -> None:
        self.reason = reason
        self.replies = tuple(replies)
        self.finished = finished
        self.permanent = permanent
        super().__init__(reason)


@attrs.frozen
class Timeouts:
    """Seconds to wait, by what is waited for (RFC 5321 section 4.5.3.2)."""

    greeting: float = 300.0
    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    """For the line to take more of a long message."""
    content: float = 600.0
    """After the final dot: long, as giving up early makes duplicates (RFC 1047)."""

    @classmethod
    def of(cls, seconds: float | None) -> Timeouts:
        """The RFC's own, or the same number for all of them."""
        if seconds is None:
            return cls()
        return cls(seconds, seconds, seconds, seconds, seconds)
