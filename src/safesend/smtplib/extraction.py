"""A message object: who sends it, who gets it, and its octets.

The recipients are read by our own parser: the standard one answers an odd text with
another person's address (CVE-2023-27043), and reads only the first of several To
fields.
"""

from __future__ import annotations

import copy
import email.generator
import io
import re
from collections import Counter
from collections.abc import Iterator
from email.header import Header
from email.message import Message
from typing import Any, cast

from safesend.errors import AddressError
from safesend.message.encoded_words import decoded_words, looks_encoded
from safesend.message.mailbox_list import mailboxes
from safesend.message.recipient_fields import fields_of, split_head

__all__ = [
    "block_prefix",
    "check_headers",
    "named_in",
    "octets_of",
    "recipients_of",
    "sender_of",
]

_RECIPIENTS = ("To", "Bcc", "Cc")
_NAME = re.compile(r"[!-9;-~]+")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
# A line end in a value is a fold when the next line has something on it, after a blank.
_BROKEN = re.compile(r"\r(?!\n)|\n(?![ \t]+[^ \t\r\n])|\x00")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# What the generator may add of itself when it encodes a body anew.
_ADDED = frozenset({b"content-transfer-encoding"})


def block_prefix(message: Message[Any, Any]) -> str:
    """Resent- when the message is sent on, else nothing (RFC 5322 section 3.6.6)."""
    dates = message.get_all("Resent-Date") or []
    if len(dates) > 1:
        raise ValueError("message has more than one 'Resent-' header block")
    return "Resent-" if dates else ""


def sender_of(message: Message[Any, Any], prefix: str) -> str:
    """The address in Sender, else the first one in From."""
    for name in (f"{prefix}Sender", f"{prefix}From"):
        for value in _values(message, name):
            found = _addresses(name, value)
            if found:
                return found[0]
    raise ValueError(f"the message has no {prefix}From: set it, or give from_addr")


def recipients_of(message: Message[Any, Any], prefix: str = "") -> list[str]:
    """The addresses in To, Bcc and Cc, or in those with the prefix.

    Raises ValueError for a field that stands there twice, and for one that cannot be
    read in exactly one way.
    """
    found: list[str] = []
    for field in _RECIPIENTS:
        name = prefix + field
        values = _values(message, name)
        if len(values) > 1:
            raise ValueError(
                f"the message has {len(values)} {name} fields: an object that is used"
                " again gets one more each time, and the first person would get"
                f" everything. Say del msg[{name!r}] before you set it, or make a new"
                " message for each person"
            )
        for value in values:
            found += _addresses(name, value)
    return found


def named_in(message: Message[Any, Any]) -> list[str]:
    """Whoever stands in a blind copy field, as far as it can be read."""
    found: list[str] = []
    for name in ("Bcc", "Resent-Bcc"):
        for value in _values(message, name):
            try:
                found += _addresses(name, value)
            except ValueError:
                continue
    return found


def check_headers(message: Message[Any, Any]) -> None:
    """Raise ValueError for a field, of any part, that would become two when written.

    Also for one that would do so at a reader who decodes its encoded words first.
    """
    for part in message.walk():
        for name, value in part.raw_items():
            if not _NAME.fullmatch(name):
                raise ValueError("a header has a name that is none: nothing was sent")
            text = str(value)
            if _BROKEN.search(text) or _hides_control(text):
                raise ValueError(
                    f"the header {name} holds a line end or a control character:"
                    " nothing was sent. Take it out of the value that you set"
                )


def octets_of(message: Message[Any, Any], *, international: bool) -> bytes:
    """The message as the standard module writes it, without its blind copy fields.

    Raises ValueError when what was written has other fields than the object: old
    versions of Python write some values so that they become fields (CVE-2024-6923,
    CVE-2026-1299).
    """
    shown = copy.copy(message)
    del shown["Bcc"]
    del shown["Resent-Bcc"]
    policy: Any = None
    if international:
        policy = cast("Any", message.policy).clone(utf8=True)
    with io.BytesIO() as written:
        generator = email.generator.BytesGenerator(written, policy=policy)
        generator.flatten(shown, linesep="\r\n")
        octets = written.getvalue()
    meant = Counter(name.lower().encode() for name in shown)
    block, _ = split_head(octets)
    found = Counter(
        field.octets.partition(b":")[0].lower() for field in fields_of(block)
    )
    if any(name not in _ADDED for name in found - meant) or meant - found:
        raise ValueError(
            "the message would be written with other headers than it has: nothing was"
            " sent. Look for a line end, or an encoded one, in the values that you set"
        )
    return octets


def _values(message: Message[Any, Any], name: str) -> list[str]:
    same = name.lower()
    return [
        _text(value) for field, value in message.raw_items() if field.lower() == same
    ]


def _text(value: object) -> str:
    text = value.encode() if isinstance(value, Header) else str(value)
    return _FOLD.sub("", text)


def _addresses(name: str, value: str) -> list[str]:
    try:
        return [one.address for one in mailboxes(value)]
    except AddressError as error:
        reason = str(error).rpartition(": ")[2]
    raise ValueError(
        f"the header {name} cannot be read in one way: {reason}. Nothing was sent;"
        " mend it, or give to_addrs"
    )


def _hides_control(text: str) -> bool:
    if not looks_encoded(text):
        return False
    words: Iterator[str] = iter(decoded_words(_FOLD.sub("", text)))
    return any(_CONTROL.search(word) for word in words)
