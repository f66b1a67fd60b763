"""Which mailboxes were seen before, in 12 octets of memory a row and slot."""

from __future__ import annotations

from safesend.message.address import Address
from safesend.message.number_table import NumberTable

__all__ = ["Duplicates"]

_NUMBER = (1 << 64) - 1


class Duplicates:
    """A table of mailboxes and of the line where each was seen first.

    It holds 64-bit digests, not addresses: Python's own keyed hash, another one in each
    process and never stored. Should two mailboxes share one, a row is refused, never
    doubled. `secret` goes into every digest.
    """

    __slots__ = ("_secret", "_seen")

    def __init__(self, secret: bytes = b"") -> None:
        self._secret = secret
        self._seen = NumberTable()

    def first_seen(self, address: Address, key: str | None, line: int) -> int | None:
        """Where this mailbox (with this key) was first seen; None if it is new.

        A new one is remembered with `line`, a number below 2**32.
        """
        digest = hash((self._secret, address.normalised, key)) & _NUMBER
        return self._seen.setdefault(digest, line)
