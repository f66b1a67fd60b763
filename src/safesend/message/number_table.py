"""A map from 64-bit numbers to 32-bit numbers, in 12 octets of memory a slot."""

from __future__ import annotations

from array import array

__all__ = ["NumberTable"]

_FIRST_SIZE = 1 << 12


class NumberTable:
    """Open addressing with linear probing in two arrays, at most two thirds full.

    A million entries take 25 MB. Numbers are digests of what is meant, so that two of
    a million share one with a chance of one in thirty million.
    """

    __slots__ = ("_mask", "_room", "_table", "_values")

    def __init__(self) -> None:
        self._size(_FIRST_SIZE)

    def get(self, number: int) -> int | None:
        """What is kept under this number."""
        number = number or 1  # Zero marks an empty slot.
        table, mask = self._table, self._mask
        slot = number & mask
        while held := table[slot]:
            if held == number:
                return self._values[slot]
            slot = slot + 1 & mask
        return None

    def setdefault(self, number: int, value: int) -> int | None:
        """Keep `value` (below 2**32) unless one is there already, which is given."""
        number = number or 1
        table, mask = self._table, self._mask
        slot = number & mask
        while held := table[slot]:
            if held == number:
                return self._values[slot]
            slot = slot + 1 & mask
        table[slot] = number
        self._values[slot] = value
        self._room -= 1
        if not self._room:
            self._grow()
        return None

    def replace(self, number: int, value: int) -> None:
        """Keep another value under a number that is there already."""
        number = number or 1
        table, mask = self._table, self._mask
        slot = number & mask
        while table[slot] != number:
            slot = slot + 1 & mask
        self._values[slot] = value

    def _size(self, slots: int) -> None:
        self._table = array("Q", bytes(8 * slots))
        self._values = array("I", bytes(4 * slots))
        self._mask = slots - 1
        self._room = slots * 2 // 3

    def _grow(self) -> None:
        table, values = self._table, self._values
        self._size(2 * len(table))
        for number, value in zip(table, values, strict=True):
            if number:
                self.setdefault(number, value)
