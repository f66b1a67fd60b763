"""What makes a row itself, and what is derived from it: opaque, stable, keyed.

Every value here is an HMAC-SHA-256 under the key of the ledger, so that it is the
same on every attempt (RFC 5322 section 3.6.4: one message, one Message-ID), unique
for each recipient, and says nothing about the address to whom it is shown (I7).
"""

from __future__ import annotations

import base64
import hmac

import attrs

from safesend.message.address import Address

__all__ = ["CampaignKey", "RowDigest"]

RowDigest = bytes
"""16 octets that stand for one (campaign, recipient)."""

_LENGTH = 16
_ROW, _ID, _TOKEN = b"row\0", b"message-id\0", b"token\0"
_SUPPRESSION, _CHECK = b"suppression\0", b"check\0"


@attrs.frozen
class CampaignKey:
    """The secret of a ledger, bound to the name of one campaign."""

    secret: bytes = attrs.field(repr=False)
    campaign: str
    _context: bytes = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_context", self.campaign.encode() + b"\0")

    def row(self, address: Address, key: str | None = None) -> RowDigest:
        """The identity of a row: its mailbox, and its key column's value if any."""
        own = address.normalised.encode()
        if key is not None:
            own += b"\0" + key.encode()
        return self._digest(_ROW + self._context + own)

    def message_id(self, row: RowDigest, domain: str) -> str:
        """The Message-ID of a row, angle brackets included."""
        return f"<{_readable(self._digest(_ID + row))}@{domain}>"

    def token(self, row: RowDigest) -> str:
        """What stands for the row in its unsubscribe link."""
        return _readable(self._digest(_TOKEN + row))

    def suppression(self, address: Address) -> bytes:
        """The mailbox over all campaigns, for the suppression list."""
        return self._digest(_SUPPRESSION + address.normalised.encode())

    def check_value(self) -> bytes:
        """Kept in the ledger to tell whether a key is the right one."""
        return self._digest(_CHECK)

    def _digest(self, message: bytes) -> bytes:
        return hmac.digest(self.secret, message, "sha256")[:_LENGTH]


def _readable(digest: bytes) -> str:
    return base64.b32encode(digest).rstrip(b"=").decode().lower()
