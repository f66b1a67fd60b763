"""By what the message that a mail is about may be known again.

Whoever knows one of these has, or had, the message, or is a server that carried it:
they are digests under the key of the ledger. A report names no other row than that, so
nobody can have somebody else left out; and whoever has a message can leave the list by
its link anyway. The bounce address counts before the Message-ID where they are of two
rows: it is told to servers only, and the other stands in every copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from safesend.checks.mail_headers import Headers
from safesend.feedback.news import Key, Mark, bounce_tokens, opaque_id

__all__ = [
    "address_keys",
    "answered_keys",
    "envelope_keys",
    "id_keys",
    "keys_in_text",
    "keys_of",
    "returned_keys",
]

_SENT_TO = (
    # Who delivers a mail writes down whom it was for; "To" is what its sender wrote.
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-delivered-to",
    "x-rcpt-to",
    "to",
    "apparently-to",
    "resent-to",
    "cc",
)
_FOR = re.compile(r"\bfor\s{1,9}<?([^\s<>;]{1,320})", re.IGNORECASE)
_MOST = 8
_LONGEST = 5_000
_IN_TEXT = re.compile(
    r"^[ \t]{0,9}(message-id|return-path)[ \t]{0,9}:[ \t]{0,9}([^\r\n]{1,500})",
    re.IGNORECASE | re.MULTILINE,
)


def keys_of(*sources: Iterable[Key]) -> tuple[Key, ...]:
    """All of them in their order, each once, and no more than a few."""
    return tuple(dict.fromkeys(key for source in sources for key in source))[:_MOST]


def envelope_keys(headers: Headers) -> list[Key]:
    """The tokens in the addresses that a mail was sent to."""
    texts = [text for name in _SENT_TO for text in headers.all(name)]
    texts += [hit[1] for one in headers.all("received") if (hit := _FOR.search(one))]
    return [*_tokens(texts)]


def returned_keys(headers: Headers | None) -> list[Key]:
    """Those of the message that came back: its return path, then its Message-ID."""
    if headers is None:
        return []
    return [
        *_tokens(headers.all("return-path")),
        *_ids(headers.all("message-id")),
    ]


def answered_keys(headers: Headers) -> list[Key]:
    """The message that a report answers, as Google and Exchange say."""
    return [*_ids([*headers.all("in-reply-to"), *headers.all("references")])]


def keys_in_text(text: str) -> list[Key]:
    """Those of a message whose headers stand in a text, as old systems return it."""
    found = [(hit[1].lower(), hit[2]) for hit in _IN_TEXT.finditer(text)]
    return [
        *_tokens(value for name, value in found if name == "return-path"),
        *_ids(value for name, value in found if name == "message-id"),
    ]


def id_keys(value: str) -> list[Key]:
    """A Message-ID, or the ENVID (RFC 3461 section 4.4), which is its beginning."""
    return [*_ids([value])]


def address_keys(value: str) -> list[Key]:
    """The token in an address that a report names as the sender of the message."""
    return [*_tokens([value])]


def _tokens(texts: Iterable[str]) -> Iterator[Key]:
    for text in texts:
        for token in bounce_tokens(text[:_LONGEST])[:_MOST]:
            yield Key(Mark.BOUNCE, token)


def _ids(texts: Iterable[str]) -> Iterator[Key]:
    for text in texts:
        if found := opaque_id(text[:_LONGEST].split()[:_MOST]):
            yield Key(Mark.MESSAGE_ID, found)
