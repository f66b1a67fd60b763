"""News: what happened to which message, whoever tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs

from safesend.ledger.heard import Heard
from safesend.message.address import Address

__all__ = ["News", "opaque_id"]

_ID = re.compile(r"<?([0-9a-f]{32})(?:@[^\s<>@]*>?)?", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class News:
    """One thing that became of one message.

    `key` is what the message was known by: the local part of its Message-ID, which
    nobody without the key of its ledger can make. `sent_to` and `about` are the
    mailboxes that the message went to and that the news is about, as far as they are
    told; they are for comparing only.
    """

    key: bytes
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


def opaque_id(texts: Iterable[object]) -> bytes | None:
    """The first of these that can be the id of a message of ours, or its Message-ID."""
    for text in texts:
        if isinstance(text, str) and (found := _ID.fullmatch(text.strip())):
            return bytes.fromhex(found[1])
    return None
