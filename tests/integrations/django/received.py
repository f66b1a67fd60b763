"""Reading what came, with the standard library's parser."""

from __future__ import annotations

import email
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import default
from typing import Any

__all__ = ["by_person", "private", "read"]


def read(content: bytes) -> EmailMessage:
    """The message."""
    found = email.message_from_bytes(content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def by_person(messages: Iterable[Any]) -> dict[str, EmailMessage]:
    """What a server took: recipient -> message; each had one recipient."""
    return {one: read(m.content) for m in messages for [one] in [m.recipients]}


def private(messages: Iterable[Any]) -> list[str]:
    """The recipients, in order; each message names nobody but its own."""
    people = []
    for message in messages:
        [one] = message.recipients
        people.append(one)
    for message, one in zip(messages, people, strict=True):
        others = {other for other in people if other != one}
        assert read(message.content)["To"].addresses[0].addr_spec == one
        assert not any(other.encode() in message.content for other in others)
        assert read(message.content)["Cc"] is read(message.content)["Bcc"] is None
    return people
