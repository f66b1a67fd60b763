"""A map from 64-bit numbers to 32-bit numbers, in 12 octets of memory a slot."""

from __future__ import annotations

from array import array

__all__ = ["NumberTable"]

_BITS = 4
_PARTS = 1 << _BITS
_LOW = _PARTS - 1
_SMALLEST = 64
_GROWTH = 1.5

_Part = tuple["array[int]", "array[int]"]


class NumberTable:
    """Open addressing with linear probing, at most four fifths full.

    A million entries take 19 MB. Numbers are digests of what is meant, so that two of
    a million share one with a chance of one in thirty million.

    The lowest bits of a number choose one of 16 parts, which grow by half, one after
    the other, since no two are of a size: so the whole is always some two thirds full,
    and never there twice while it grows.
    """

    __slots__ = ("_parts", "_room")

    def __init__(self) -> None:
        sizes = [int(_SMALLEST * _GROWTH ** (at / _PARTS)) for at in range(_PARTS)]
        self._parts = [_empty(size) for size in sizes]
        self._room = [_most(size) for size in sizes]

    def get(self, number: int) -> int | None:
        """What is kept under this number."""
        number = number or 1  # Zero marks an empty slot.
        table, values = self._parts[number & _LOW]
        # Negative, so that what follows the last slot is the first.
        slot = (number >> _BITS) % len(table) - len(table)
        while held := table[slot]:
            if held == number:
                return values[slot]
            slot += 1
        return None

    def setdefault(self, number: int, value: int) -> int | None:
        """Keep `value` (below 2**32) unless one is there already, which is given."""
        number = number or 1
        part = number & _LOW
        table, values = self._parts[part]
        slot = (number >> _BITS) % len(table) - len(table)
        while held := table[slot]:
            if held == number:
                return values[slot]
            slot += 1
        table[slot] = number
        values[slot] = value
        self._room[part] -= 1
        if not self._room[part]:
            self._grow(part)
        return None

    def replace(self, number: int, value: int) -> None:
        """Keep another value under a number that is there already."""
        number = number or 1
        table, values = self._parts[number & _LOW]
        slot = (number >> _BITS) % len(table) - len(table)
        while table[slot] != number:
            slot += 1
        values[slot] = value

    def _grow(self, part: int) -> None:
        table, values = self._parts[part]
        size = int(_GROWTH * len(table))
        self._room[part] = _most(size) - _most(len(table))
        wider, moved = self._parts[part] = _empty(size)
        for number, value in zip(table, values, strict=True):
            if number:
                slot = (number >> _BITS) % size - size
                while wider[slot]:
                    slot += 1
                wider[slot] = number
                moved[slot] = value


def _empty(slots: int) -> _Part:
    return array("Q", [0]) * slots, array("I", [0]) * slots


def _most(slots: int) -> int:
    """How many entries these slots hold before they become more."""
    return slots * 4 // 5
