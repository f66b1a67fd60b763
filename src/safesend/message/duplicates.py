"""Which mailboxes were seen before, in 12 octets of memory a row and slot."""

from __future__ import annotations

from array import array
from hashlib import blake2b

from safesend.message.address import Address

__all__ = ["Duplicates"]

_FIRST_SIZE = 1 << 12


class Duplicates:
    """A table of mailboxes and of the line where each was seen first.

    It holds 64-bit digests, not addresses: open addressing with linear probing in two
    arrays, at most two thirds full (a million rows: 25 MB). That two of a million
    mailboxes share a digest has a chance of one in thirty million, and then a row is
    refused, never doubled. `secret` keys the digests (BLAKE2b, RFC 7693).
    """

    __slots__ = ("_keyed", "_lines", "_mask", "_room", "_table")

    def __init__(self, secret: bytes = b"") -> None:
        self._keyed = blake2b(digest_size=8, key=secret)
        self._size(_FIRST_SIZE)

    def first_seen(self, address: Address, key: str | None, line: int) -> int | None:
        """Where this mailbox (with this key) was first seen; None if it is new.

        A new one is remembered with `line`, a number below 2**32.
        """
        own = address.normalised
        if key is not None:
            own = f"{own}\0{key}"
        digest = self._keyed.copy()
        digest.update(own.encode(errors="surrogatepass"))
        return self._insert(int.from_bytes(digest.digest(), "little") or 1, line)

    def _insert(self, number: int, line: int) -> int | None:
        # Zero marks an empty slot; no number is zero.
        table, mask = self._table, self._mask
        slot = number & mask
        while held := table[slot]:
            if held == number:
                return self._lines[slot]
            slot = slot + 1 & mask
        table[slot] = number
        self._lines[slot] = line
        self._room -= 1
        if not self._room:
            self._grow()
        return None

    def _size(self, slots: int) -> None:
        self._table = array("Q", bytes(8 * slots))
        self._lines = array("I", bytes(4 * slots))
        self._mask = slots - 1
        self._room = slots * 2 // 3

    def _grow(self) -> None:
        table, lines = self._table, self._lines
        self._size(2 * len(table))
        for number, line in zip(table, lines, strict=True):
            if number:
                self._insert(number, line)
