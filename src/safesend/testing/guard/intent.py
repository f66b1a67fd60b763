"""What a call was asked to send, read from its arguments."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from email.message import Message
from email.utils import getaddresses

__all__ = ["Intent", "of_message", "of_text", "people"]

Intent = tuple[tuple[str, ...], bytes]
"""Whom a message was for, and its octets."""

_NAMING = ("To", "Cc", "Bcc")


def of_text(
    sender: object,  # noqa: ARG001 - the standard's place for it
    to: Iterable[str] | str,
    message: bytes | str,
) -> Intent:
    """Arguments like those of `smtplib.SMTP.sendmail`."""
    octets = message.encode() if isinstance(message, str) else bytes(message)
    return people(to), octets


def of_message(
    message: Message,
    sender: object = None,  # noqa: ARG001 - the standard's place for it
    to: Iterable[str] | str | None = None,
) -> Intent:
    """Arguments like those of `smtplib.SMTP.send_message`, which strips Bcc."""
    prefix = "Resent-" if "Resent-Date" in message else ""
    if to is None:
        fields = [message.get_all(prefix + name, []) for name in _NAMING]
        to = [each for _, each in getaddresses([str(v) for vs in fields for v in vs])]
    left = copy.copy(message)
    del left["Bcc"]
    del left["Resent-Bcc"]
    return people(to), left.as_bytes()


def people(to: Iterable[str] | str | None) -> tuple[str, ...]:
    """One recipient or several, as mailers take them."""
    if to is None:
        return ()
    return (to,) if isinstance(to, str) else tuple(map(str, to))
