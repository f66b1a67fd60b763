"""What a scripted server is, what it has taken, and what carries its words."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from typing import Protocol

import attrs

from safesend.testing.faults import Faults
from safesend.testing.transactions import Attempt

__all__ = ["Line", "Post", "Received", "Settings"]


@attrs.frozen
class Received:
    """A message that the server said it has taken."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = attrs.field(repr=False)
    """As it was before dot-stuffing, last line end included."""
    tls: bool
    user: str | None
    connection: int
    """The number of the connection, from 1."""

    @property
    def recipient(self) -> str:
        """The first of its recipients; a private message has no other."""
        return self.recipients[0]

    @property
    def message(self) -> EmailMessage:
        """The content, read anew each time: `received.message["Subject"]`.

        Its texts have the line ends of Python.
        """
        octets = self.content.replace(b"\r\n", b"\n")
        return email.message_from_bytes(octets, policy=email.policy.default)


@attrs.frozen(kw_only=True)
class Settings:
    """What the server is and offers."""

    host_name: str = "mail.example.test"
    lmtp: bool = False
    """LMTP (RFC 2033) instead of SMTP."""
    starttls: bool = False
    users: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER")
    auth_without_tls: bool = False
    pipelining: bool = True
    chunking: bool = False
    chunks_in_groups: bool = False
    """BDAT need not wait for the replies to MAIL and RCPT, nor MAIL for BDAT's."""
    dsn: bool = False
    size: int | None = 52_428_800
    eight_bit: bool = True
    smtputf8: bool = True
    enhanced_codes: bool = True
    requiretls: bool = False
    extensions: tuple[str, ...] = ()


@attrs.define
class Post:
    """What all connections of a server share. Lists may be read from any thread."""

    settings: Settings
    faults: Faults
    messages: list[Received] = attrs.field(factory=list)
    violations: list[str] = attrs.field(factory=list)
    attempts: list[Attempt] = attrs.field(factory=list)

    def begin(self, connection: int, sender: str) -> Attempt:
        """A transaction begins."""
        number, now = len(self.attempts) + 1, self.faults.clock.monotonic()
        self.attempts.append(Attempt(number, connection, sender, now))
        return self.attempts[-1]


class Line(Protocol):
    """What carries a dialogue."""

    def write(self, octets: bytes) -> None:
        """Send."""

    def close(self) -> None:
        """Hang up after what was written."""

    def drop(self) -> None:
        """Hang up at once."""

    def start_tls(self) -> None:
        """Begin the handshake; `Dialogue.secured` is called after it."""

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call then."""
