"""What reading one file may cost, with everything that is packed inside it."""

from __future__ import annotations

from typing import Protocol

import attrs

__all__ = ["Budget", "Exhausted", "Stream", "Unreadable", "drained"]

_BLOCK = 1 << 16
_FREE = 1 << 20
"""Unpacked octets up to which no ratio is suspicious."""
_RATIO = 200


class Unreadable(Exception):
    """A file, or a part of one, cannot be read; str() of it is a plain clause.

    "it is encrypted", "it is damaged", "it holds more than 10,000 files".
    """


class Exhausted(Unreadable):
    """The budget of the whole file is used up: nothing more of it is read."""


class Stream(Protocol):
    """What unpacks: a member of an archive, a decompressor."""

    def read(self, size: int, /) -> bytes:
        """At most `size` octets; none at the end."""
        ...


@attrs.define
class Budget:
    """What is left to spend; shared by one file and all that are nested in it.

    Every method that spends raises `Exhausted` when there is not enough left.
    """

    octets: int = 256 << 20
    """Octets that come out of compression."""
    text: int = 64 << 20
    """Characters of the pieces."""
    pieces: int = 500_000
    files: int = 10_000
    depth: int = 8
    """How deep files may be nested; the outermost has depth 0."""

    def unpack(self, octets: int) -> None:
        """Pays for octets that were unpacked."""
        self.octets -= octets
        if self.octets < 0:
            raise Exhausted("it holds more than safesend unpacks")

    def say(self, characters: int) -> None:
        """Pays for one piece of text of that length."""
        self.pieces -= 1
        self.text -= characters
        if self.pieces < 0 or self.text < 0:
            raise Exhausted("it holds more text than safesend reads")

    def open(self, depth: int) -> None:
        """Pays for one more file, at this depth of nesting.

        Raises `Unreadable` when it is nested too deep; its neighbours are not.
        """
        self.files -= 1
        if self.files < 0:
            raise Exhausted("it holds more files than safesend opens")
        if depth > self.depth:
            raise Unreadable("it is nested too deep")


def drained(stream: Stream, packed: int, budget: Budget) -> bytes:
    """All that a stream gives; `packed` is the number of octets that it unpacks.

    Raises `Exhausted` when the budget ends, `Unreadable` for what swells more than
    200 times beyond its first megabyte, and whatever the stream raises.
    """
    blocks: list[bytes] = []
    size = 0
    while block := stream.read(_BLOCK):
        budget.unpack(len(block))
        size += len(block)
        if size > _FREE and size > packed * _RATIO:
            raise Unreadable("it swells without measure when unpacked")
        blocks.append(block)
    return b"".join(blocks)
