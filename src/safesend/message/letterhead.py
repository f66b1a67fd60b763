"""What is the same on every letter of a campaign, whatever its template says."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import attrs

from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address

__all__ = ["Letterhead", "bounce_address"]

_PLACE = "{token}"
_TOKEN = "t" * 32  # as long as one
_DOMAIN = re.compile(r"(?=.{1,255}\Z)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_URL = re.compile(
    r"https://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?[/?][A-Za-z0-9._~:/?!$&*+;=%-]*"
)
_LONGEST_URL = 900  # so that the header's line keeps below 998 octets


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


def _unsubscribe(_: object, __: object, value: str | None) -> None:
    if value is None:
        return
    bare = value.replace(_PLACE, "token", 1)
    if bare == value or _PLACE in bare or "{" in bare or "}" in bare:
        reason = "must hold {token} exactly once, and no other placeholder"
    elif not _URL.fullmatch(bare) or _PLACE in _host(value):
        reason = "must be a https:// URL in ASCII with {token} in its path or query"
    elif "@" in unquote(bare):
        reason = "may hold no @: an address in a link is seen by others"
    elif len(value) > _LONGEST_URL:
        reason = f"is longer than {_LONGEST_URL} characters"
    else:
        return
    raise ConfigurationError(f"unsubscribe {reason}")


def _host(url: str) -> str:
    return url.removeprefix("https://").replace("?", "/").partition("/")[0]


def bounce_address(value: object) -> str:
    """`envelope_sender=` as it was given, in the form in which servers are told it.

    Raises `ConfigurationError`.
    """
    if isinstance(value, Address):
        return value.wire
    if not isinstance(value, str):
        raise ConfigurationError("envelope_sender is a text: bounces@example.org")
    local, _, domain = value.replace(_PLACE, _TOKEN).rpartition("@")
    if {*local, *domain} & {*"{}"} or _TOKEN in domain or local.count(_TOKEN) > 1:
        raise ConfigurationError(
            "envelope_sender may hold {token} once, before the @, and no other"
            " placeholder: bounces+{token}@example.org"
        )
    try:
        wire = Address.parse(value.replace(_PLACE, _TOKEN)).wire
    except AddressError as error:
        raise ConfigurationError(f"envelope_sender: {error}") from None
    return wire.replace(_TOKEN, _PLACE)


@attrs.frozen
class Letterhead:
    """Who writes, and how readers get off the list.

    `sender` is the From mailbox. `message_id_domain` stands on the right side of
    every Message-ID (default: the sender's domain). `unsubscribe` is a https URL with
    `{token}` where the row's token goes (RFC 8058). `envelope_sender` is where bounces
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

    @property
    def uses_token(self) -> bool:
        """Whether a message holds the token with which its reader gets off the list."""
        return self.unsubscribe is not None

    @property
    def uses_bounce_token(self) -> bool:
        """Whether every message has an envelope sender of its own."""
        return _PLACE in self.envelope_sender

    def unsubscribe_url(self, token: str) -> str | None:
        """The link of one row."""
        if self.unsubscribe is None:
            return None
        return self.unsubscribe.replace(_PLACE, token)

    def return_path(self, token: str) -> str:
        """The envelope sender for one row, with its bounce token."""
        return self.envelope_sender.replace(_PLACE, token)
