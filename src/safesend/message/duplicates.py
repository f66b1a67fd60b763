"""Which mailboxes were seen before, in 12 octets of memory a row and slot."""

from __future__ import annotations

from hashlib import blake2b

from safesend.message.address import Address
from safesend.message.number_table import NumberTable

__all__ = ["Duplicates"]


class Duplicates:
    """A table of mailboxes and of the line where each was seen first.

    It holds 64-bit digests, not addresses. Should two mailboxes share one, a row is
    refused, never doubled. `secret` keys the digests (BLAKE2b, RFC 7693).
    """

    __slots__ = ("_keyed", "_seen")

    def __init__(self, secret: bytes = b"") -> None:
        self._keyed = blake2b(digest_size=8, key=secret)
        self._seen = NumberTable()

    def first_seen(self, address: Address, key: str | None, line: int) -> int | None:
        """Where this mailbox (with this key) was first seen; None if it is new.

        A new one is remembered with `line`, a number below 2**32.
        """
        own = address.normalised
        if key is not None:
            own = f"{own}\0{key}"
        digest = self._keyed.copy()
        digest.update(own.encode(errors="surrogatepass"))
        return self._seen.setdefault(int.from_bytes(digest.digest(), "little"), line)
