"""What well-known carriers ask their customers to include in SPF."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

__all__ = ["known_includes"]

_INCLUDES = {
    "email-smtp.*.amazonaws.com": "amazonses.com",
    "email.*.amazonaws.com": "amazonses.com",
    "smtp.sendgrid.net": "sendgrid.net",
    "smtp*.mailgun.org": "mailgun.org",
    "smtp*.postmarkapp.com": "spf.mtasv.net",
    "*.mailjet.com": "spf.mailjet.com",
    "smtp*.mandrillapp.com": "spf.mandrillapp.com",
    "smtp*.gmail.com": "_spf.google.com",
    "smtp.office365.com": "spf.protection.outlook.com",
    "*.mail.protection.outlook.com": "spf.protection.outlook.com",
    "smtp*.fastmail.com": "spf.messagingengine.com",
    "smtp.migadu.com": "spf.migadu.com",
    "smtp*.brevo.com": "spf.brevo.com",
}
"""Names of hosts, and the name that is included for them."""


def known_includes(relays: Iterable[str]) -> tuple[str, ...]:
    """The names to include for these hosts, as far as they are well known."""
    found = [
        name
        for relay in relays
        for pattern, name in _INCLUDES.items()
        if fnmatchcase(relay.lower().removesuffix("."), pattern)
    ]
    return tuple(dict.fromkeys(found))
