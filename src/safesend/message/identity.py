"""What makes a row itself, and what is derived from it: opaque, stable, keyed.

Every value here is an HMAC-SHA-256 under the key of the ledger, so that it is the
same on every attempt (RFC 5322 section 3.6.4: one message, one Message-ID), unique
for each recipient, and says nothing about the address to whom it is shown (I7).
"""

from __future__ import annotations

import hashlib
from typing import Any

import attrs

from safesend.message.address import Address

__all__ = ["CampaignKey", "RowDigest"]

RowDigest = bytes
"""16 octets that stand for one (campaign, recipient)."""

_LENGTH = 16
_BLOCK = 64  # octets, of SHA-256
_KEPT = 5  # row, Message-ID, both tokens and idempotency key of one message
_ROW, _ID, _TOKEN = b"row\0", b"message-id\0", b"token\0"
_IDEMPOTENCY, _BOUNCE = b"idempotency\0", b"bounce\0"
_SUPPRESSION, _CHECK = b"suppression\0", b"check\0"


@attrs.frozen
class CampaignKey:
    """The secret of a ledger, bound to the name of one campaign."""

    secret: bytes = attrs.field(repr=False)
    campaign: str
    _context: bytes = attrs.field(init=False, repr=False, eq=False)
    _pads: tuple[Any, Any] = attrs.field(init=False, repr=False, eq=False)
    _last: dict[bytes, bytes] = attrs.field(
        init=False, repr=False, eq=False, factory=dict
    )

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_context", self.campaign.encode() + b"\0")
        object.__setattr__(self, "_pads", _hmac_pads(self.secret))

    def row(self, address: Address, key: str | None = None) -> RowDigest:
        """The identity of a row: its mailbox, and its key column's value if any."""
        own = address.normalised.encode()
        if key is not None:
            own += b"\0" + key.encode()
        message = _ROW + self._context + own
        if message not in self._last:
            self._last.clear()
        return self._remembered(message)

    def opaque_id(self, row: RowDigest) -> bytes:
        """What the local part of its Message-ID is in octets."""
        return self._hmac(_ID + row)

    def message_id(self, row: RowDigest, domain: str) -> str:
        """The Message-ID of a row, angle brackets included."""
        return f"<{self._remembered(_ID + row).hex()}@{domain}>"

    def token(self, row: RowDigest) -> str:
        """What stands for the row in its unsubscribe link."""
        return self._remembered(_TOKEN + row).hex()

    def bounce(self, row: RowDigest) -> str:
        """What stands for the row in the address that its bounces go to.

        Hexadecimal, as not everybody keeps the case of a local part. Servers on the way
        see it: nobody can make the token of the unsubscribe link of it. To find the row
        of a bounce compute it for the campaign's rows, as for a Message-ID.
        """
        return self._remembered(_BOUNCE + row).hex()

    def idempotency(self, row: RowDigest) -> str:
        """What tells a relay that two copies of the row's message are one."""
        return self._remembered(_IDEMPOTENCY + row).hex()

    def suppression(self, address: Address) -> bytes:
        """The mailbox over all campaigns, for the suppression list."""
        return self._hmac(_SUPPRESSION + address.normalised.encode())

    def domain_suppression(self, domain: str) -> bytes:
        """All mailboxes of a domain; no address begins with the @."""
        return self._hmac(_SUPPRESSION + b"@" + domain.encode())

    def check_value(self) -> bytes:
        """Kept in the ledger to tell whether a key is the right one."""
        return self._hmac(_CHECK)

    def _remembered(self, message: bytes) -> bytes:
        # Each is asked for twice in a row, by who makes a message and by who checks
        # it: those of one row are kept, and no more.
        last = self._last
        digest = last.get(message)
        if digest is None:
            if len(last) >= _KEPT:
                last.clear()
            digest = last[message] = self._hmac(message)
        return digest

    def _hmac(self, message: bytes) -> bytes:
        # RFC 2104 section 4: the state after the padded key is kept, since a run makes
        # two to four digests for each message.
        inner, outer = self._pads[0].copy(), self._pads[1].copy()
        inner.update(message)
        outer.update(inner.digest())
        digest: bytes = outer.digest()
        return digest[:_LENGTH]


def _hmac_pads(secret: bytes) -> tuple[Any, Any]:
    key = hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret
    key = key.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in key))
    return inner, hashlib.sha256(bytes(octet ^ 0x5C for octet in key))
