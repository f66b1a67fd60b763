"""What Django calls an e-mail message, as this library reads it."""

from __future__ import annotations

import email.policy
from typing import TYPE_CHECKING, Any

import django

from safesend.message.address import Address

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

__all__ = ["octets_of", "people_of", "sender_of"]

_MODERN = (6, 0)
"""From here on `message()` makes the standard library's `EmailMessage`."""


def octets_of(message: EmailMessage) -> bytes:
    """The octets that Django's own SMTP backend would hand to `smtplib`."""
    if django.VERSION < _MODERN:
        old: Any = message.message()
        return bytes(old.as_bytes(linesep="\r\n"))
    policy = email.policy.SMTP
    return bytes(message.message(policy=policy).as_bytes())


def people_of(message: EmailMessage) -> list[Address]:
    """Everybody of To, Cc and Bcc, once. Raises `AddressError`, a `ValueError`."""
    return list(dict.fromkeys(_bare(one) for one in message.recipients()))


def sender_of(message: EmailMessage) -> Address:
    """Who sends it. Raises `AddressError`, which is a `ValueError`."""
    return Address.parse(str(message.from_email), name_allowed=True)


def _bare(recipient: object) -> Address:
    # Django takes texts that are translated late, which only str() makes texts.
    found = Address.parse(str(recipient), name_allowed=True)
    return found if found.name is None else Address.parse(found.wire)
