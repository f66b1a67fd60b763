"""News: what happened to which message, whoever tells it."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from typing import NamedTuple

import attrs

from safesend.ledger.heard import Heard
from safesend.message.address import Address

__all__ = ["Key", "Mark", "News", "bounce_tokens", "opaque_id"]

_ID = re.compile(r"<?([0-9a-f]{32})(?:@[^\s<>@]*>?)?", re.IGNORECASE)
# Whatever stands round the token in envelope_sender, and whatever a server on the way
# put before it: SRS0=...=bounces+TOKEN, prvs=...=bounces+TOKEN. What stands right
# beside it may be hexadecimal as well: b{token}@example.org.
_DIGITS = re.compile(
    r"(?<![0-9a-f])([0-9a-f]{32,48})(?![0-9a-f])(?=[^\s<>@,;:]{0,64}@)", re.IGNORECASE
)
_LENGTH = 32


class Mark(enum.Enum):
    """By what a message is known again; each is another digest of its row."""

    MESSAGE_ID = "Message-ID"
    """The local part of it: also the ENVID, and the tag of Amazon SES."""
    BOUNCE = "bounce address"
    """The token in the address that its bounces go to (VERP)."""


class Key(NamedTuple):
    """What a message is known by: which mark, and its octets."""

    mark: Mark
    octets: bytes


@attrs.frozen(kw_only=True)
class News:
    """One thing that became of one message.

    `key` is what the message was known by, its `mark`: by default the local part of its
    Message-ID. Nobody can make one without the key of its ledger. `others` are further
    ones, which count where no row is found by those before them. `sent_to` and `about`
    are the mailboxes that the message went to and that the news is about, as far as
    they are told, and `named` those that it names besides; they are for comparing only.
    """

    key: bytes
    mark: Mark = Mark.MESSAGE_ID
    others: tuple[Key, ...] = ()
    heard: Heard
    at: float | None = None
    """Seconds since 1970."""
    code: int | None = None
    enhanced: str | None = None
    text: str = attrs.field(default="", repr=False)
    no_mailbox: bool = False
    """There is no such mailbox, so nobody is to write to it again."""
    sent_to: frozenset[Address] = frozenset()
    about: frozenset[Address] = frozenset()
    named: frozenset[Address] = frozenset()

    @property
    def keys(self) -> tuple[Key, ...]:
        """All that the message may be found by, in the order of trust."""
        return (Key(self.mark, self.key), *self.others)


def opaque_id(texts: Iterable[object]) -> bytes | None:
    """The first of these that can be the id of a message of ours, or its Message-ID."""
    for text in texts:
        if isinstance(text, str) and (found := _ID.fullmatch(text.strip())):
            return bytes.fromhex(found[1])
    return None


def bounce_tokens(text: str) -> list[bytes]:
    """What may be tokens in the addresses of a text."""
    ends = (
        one
        for digits in _DIGITS.findall(text)
        for one in (digits[-_LENGTH:], digits[:_LENGTH])
    )
    return [*dict.fromkeys(map(bytes.fromhex, ends))]
