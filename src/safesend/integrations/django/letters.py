"""What Django calls an e-mail message, as this library reads it."""

from __future__ import annotations

import contextlib
import email.policy
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings

from safesend.checks.allowance import Allow
from safesend.errors import AddressError
from safesend.integrations.django.options import Options
from safesend.message.address import Address

if TYPE_CHECKING:
    from django.core.mail import EmailMessage

__all__ = ["colleagues_in", "octets_of", "people_of", "rules_for", "sender_of"]

_STAFF = ("ADMINS", "MANAGERS")
_REPORTS = Allow("L21", "a report that goes to ADMINS and MANAGERS alone")
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


def colleagues_in(message: EmailMessage) -> list[Address]:
    """Its recipients, where all of them are among ADMINS and MANAGERS; else nobody.

    They stand in the settings together, which a report of an error shows.
    """
    known = {_entry(one) for name in _STAFF for one in getattr(settings, name)}
    recipients = [str(one) for one in message.recipients()]
    found = []
    for one in recipients if known.issuperset(recipients) else ():
        with contextlib.suppress(AddressError):
            found.append(_bare(one))
    return found


def rules_for(
    message: EmailMessage, options: Options
) -> tuple[list[str | Address], list[Allow]]:
    """What may stand in a message, and the checks that are passed over."""
    colleagues = colleagues_in(message)
    allowed = [_REPORTS] if colleagues else []
    return [*options.public, *colleagues], [*options.allow, *allowed]


def _entry(one: object) -> str:
    """An address as text; up to Django 5.2 it is a pair of name and address."""
    return str(one[1] if isinstance(one, tuple | list) else one)


def _bare(recipient: object) -> Address:
    # Django takes texts that are translated late, which only str() makes texts.
    found = Address.parse(str(recipient), name_allowed=True)
    return found if found.name is None else Address.parse(found.wire)
