"""What people agree to, as a number: letter, sender and every row, under a key.

The digest is keyed, so that who finds it in a ledger cannot try lists against it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

__all__ = ["ContentDigest", "short_form"]

_PURPOSE = b"safesend content 1"
_GROUP = 4


class ContentDigest:
    """HMAC-SHA-256 over items, each behind its length, so that none can shift."""

    def __init__(self, secret: bytes, items: Iterable[bytes]) -> None:
        self._total = hmac.new(secret, _PURPOSE, hashlib.sha256)
        for item in items:
            self.add(item)

    def add(self, item: bytes) -> None:
        """One item more, behind those before."""
        self._total.update(b"%d:%b" % (len(item), item))

    def value(self) -> bytes:
        """32 octets for everything that was added so far."""
        return self._total.digest()


def short_form(digest: bytes) -> str:
    """As people compare it: "3f9a-c21e"."""
    text = digest.hex()
    return f"{text[:_GROUP]}-{text[_GROUP : 2 * _GROUP]}"
