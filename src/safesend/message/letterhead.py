"""What is the same on every letter of a campaign, whatever its template says."""

from __future__ import annotations

import re
from typing import Any

import attrs

from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address
from safesend.message.identity import CampaignKey, RowDigest
from safesend.message.unsubscribe import (
    LONGEST_TOKEN,
    PLACE,
    UnsubscribeKey,
    check_link,
)

__all__ = ["Letterhead", "bounce_address"]

_TOKEN = "t" * 32  # as long as one of a row
_DOMAIN = re.compile(r"(?=.{1,255}\Z)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


def _sender(value: object) -> Address:
    if not isinstance(value, Address):
        raise ConfigurationError("sender is an Address: Address.parse(text)")
    return value


def _own_domain(letterhead: Letterhead) -> str:
    return letterhead.sender.domain


def _own_address(letterhead: Letterhead) -> Any:
    return letterhead.sender


def _domain(_: object, __: object, value: str) -> None:
    if not _DOMAIN.fullmatch(value) or ".." in value or "." not in value:
        raise ConfigurationError(
            "message_id_domain must be a domain name in lower-case ASCII with a dot,"
            " for example example.org"
        )


def _unsubscribe(letterhead: Letterhead, __: object, value: str | None) -> None:
    if value is not None:
        sealed = letterhead.unsubscribe_key is not None
        check_link(value, LONGEST_TOKEN if sealed else len(_TOKEN))


def bounce_address(value: object) -> str:
    """`envelope_sender=` as it was given, in the form in which servers are told it.

    Raises `ConfigurationError`.
    """
    if isinstance(value, Address):
        return value.wire
    if not isinstance(value, str):
        raise ConfigurationError("envelope_sender is a text: bounces@example.org")
    local, _, domain = value.replace(PLACE, _TOKEN).rpartition("@")
    if {*local, *domain} & {*"{}"} or _TOKEN in domain or local.count(_TOKEN) > 1:
        raise ConfigurationError(
            "envelope_sender may hold {token} once, before the @, and no other"
            " placeholder"
        )
    try:
        wire = Address.parse(value.replace(PLACE, _TOKEN)).wire
    except AddressError as error:
        raise ConfigurationError(f"envelope_sender: {error}") from None
    return wire.replace(_TOKEN, PLACE)


@attrs.frozen
class Letterhead:
    """Who writes, and how readers get off the list.

    `sender` is the From mailbox. `message_id_domain` stands on the right side of
    every Message-ID (default: the sender's domain). `unsubscribe` is a https URL with
    `{token}` where a token goes (RFC 8058): one that `unsubscribe_key` seals, or else
    the row's own. `envelope_sender` is where bounces
    go (default: the sender); it may hold `{token}` before the @ (VERP), where another
    token of the row goes: who sees a bounce cannot take its reader off the list.
    Raises `ConfigurationError`.
    """

    sender: Address = attrs.field(converter=_sender)
    message_id_domain: str = attrs.field(
        validator=_domain,
        default=attrs.Factory(_own_domain, takes_self=True),
    )
    unsubscribe: str | None = attrs.field(default=None, validator=_unsubscribe)
    envelope_sender: str = attrs.field(
        converter=bounce_address,
        default=attrs.Factory(_own_address, takes_self=True),
    )
    unsubscribe_key: UnsubscribeKey | None = None

    @property
    def uses_bounce_token(self) -> bool:
        """Whether every message has an envelope sender of its own."""
        return PLACE in self.envelope_sender

    def token(self, key: CampaignKey, row: RowDigest, address: Address) -> str:
        """What stands for a row in its unsubscribe link; nothing where there is none.

        `key` is that of the campaign, `address` the mailbox of the row.
        """
        if self.unsubscribe is None:
            return ""
        if self.unsubscribe_key is None:
            return key.token(row)
        return self.unsubscribe_key.token(address, key.campaign)

    def unsubscribe_url(self, token: str) -> str | None:
        """The link of one row."""
        if self.unsubscribe is None:
            return None
        return self.unsubscribe.replace(PLACE, token)

    def return_path(self, token: str) -> str:
        """The envelope sender for one row, with its bounce token."""
        return self.envelope_sender.replace(PLACE, token)
