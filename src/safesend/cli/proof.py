"""The proof of the demo: what arrived, read back and searched by other code than ours.

The messages are taken apart with the standard library's parser; every header, every
decoded part and the raw octets are searched for the address of everybody on the list.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Protocol

import attrs

__all__ = ["Arrived", "Proof", "named_in", "prove"]

_ADDRESS_LIKE = re.compile(r"([\w.+-]+@)([\w-]+(?:\.[\w-]+)+)")


class Arrived(Protocol):
    """A message as a server took it."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses of its RCPT commands."""

    @property
    def content(self) -> bytes:
        """Its octets."""


@attrs.frozen(kw_only=True)
class Proof:
    """What was found in the messages that a server took."""

    received: int
    distinct_recipients: int
    max_recipients_per_message: int
    messages_naming_others: int
    messages_naming_their_own: int
    max_copies: int
    search_finds_planted: bool
    """Whether the same search found an address that was planted to test it."""

    @property
    def private(self) -> bool:
        """Nobody could see anybody else, and the search is to be trusted."""
        return (
            self.max_recipients_per_message == 1
            and self.messages_naming_others == 0
            and self.messages_naming_their_own == self.received
            and self.max_copies == 1
            and self.search_finds_planted
        )


def prove(messages: Sequence[Arrived], audience: frozenset[str]) -> Proof:
    """Read every message back and count."""
    copies = Counter(name.lower() for one in messages for name in one.recipients)
    others = own = 0
    for message in messages:
        mine = {name.lower() for name in message.recipients}
        named = named_in(message.content, audience)
        others += bool(named - mine)
        own += bool(named & mine)
    return Proof(
        received=len(messages),
        distinct_recipients=len(copies.keys() & audience),
        max_recipients_per_message=max(
            (len(m.recipients) for m in messages), default=0
        ),
        messages_naming_others=others,
        messages_naming_their_own=own,
        max_copies=max(copies.values(), default=0),
        search_finds_planted=_finds_planted(messages, audience),
    )


def named_in(content: bytes, audience: frozenset[str]) -> frozenset[str]:
    """Everybody of the audience whose address stands anywhere in a message."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    found = set[str]()
    for text in _texts(message, content):
        for local, domain in _ADDRESS_LIKE.findall(text.lower()):
            found.update(_readings(local, domain))
    return audience & found


def _readings(local: str, domain: str) -> Iterator[str]:
    """Every address that a text could hold: "a@example.org.pdf" holds two."""
    labels = domain.split(".")
    for end in range(2, len(labels) + 1):
        yield local + ".".join(labels[:end])


def _texts(message: EmailMessage, content: bytes) -> Iterator[str]:
    yield content.decode("latin-1")
    for part in message.walk():
        yield from _headers(part.raw_items())
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield payload.decode(part.get_content_charset("utf-8"), "replace")


def _headers(items: Iterable[tuple[str, str]]) -> Iterator[str]:
    for _, value in items:
        unfolded = "".join(str(value).splitlines())
        yield str(make_header(decode_header(unfolded)))


def _finds_planted(messages: Sequence[Arrived], audience: frozenset[str]) -> bool:
    """Hide somebody else in a copy of a message: in a header, and in base64."""
    if not messages:
        return False
    first = messages[0]
    others = audience - {name.lower() for name in first.recipients}
    stranger = min(others or audience)
    copy = email.message_from_bytes(first.content, policy=email.policy.default)
    copy.add_attachment(stranger.encode(), maintype="application", subtype="x-plant")
    in_a_file, in_a_header = copy.as_bytes(), b"X-Cc: " + stranger.encode() + b"\r\n"
    return (
        stranger not in named_in(first.content, audience)
        and stranger in named_in(in_a_file, audience)
        and stranger in named_in(in_a_header + first.content, audience)
    )
