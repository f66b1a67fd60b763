"""Who is in the list: looked up by address, in bounded memory, never walked."""

from __future__ import annotations

from array import array
from collections.abc import Callable

from safesend.checks.addresses import keys_of
from safesend.message.number_table import NumberTable
from safesend.message.recipient import Recipient

__all__ = ["People"]

_NUMBER = (1 << 64) - 1
_REMEMBERED = 10_000


class People:
    """The addresses of an audience as 64-bit digests, and where each row stands.

    A digest is Python's own keyed hash of a text: made in a twentieth of a
    microsecond, another one in each process, and never stored. Should a stranger's
    address share one (a chance of one in ten billion a lookup), it is an alarm too
    many, never one too few.
    """

    __slots__ = ("_asked", "_file", "_known", "_lines", "_table")

    def __init__(self, known: Callable[[str], bool] | None = None) -> None:
        """`known` tells whether an earlier list had an address that is in no row."""
        self._table = NumberTable()
        self._lines = array("I")
        self._file = ""
        self._known = known
        self._asked: dict[str, bool] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, recipient: Recipient) -> int:
        """Take a row in; gives its ordinal, from 0 on."""
        ordinal = len(self._lines)
        for key in keys_of(recipient.address):
            self._table.setdefault(hash(key) & _NUMBER, ordinal)
        file, _, line = recipient.source.rpartition(":")
        if line.isdecimal() and len(line) < 10:  # noqa: PLR2004  fits into 32 bits
            self._file = file
            self._lines.append(int(line))
        else:
            self._lines.append(0)
        return ordinal

    def __contains__(self, spelling: str) -> bool:
        if self._table.get(hash(spelling) & _NUMBER) is not None:
            return True
        return self._known is not None and self._was_known(spelling)

    def owner(self, spelling: str) -> int | None:
        """The ordinal of the first row with this address; None for an earlier list."""
        return self._table.get(hash(spelling) & _NUMBER)

    def row(self, ordinal: int | None) -> str:
        """Where a row stands, for a person: "members.csv:17" or "recipient 16"."""
        if ordinal is None:
            return "an earlier list of this campaign"
        line = self._lines[ordinal]
        return f"{self._file}:{line}" if line else f"recipient {ordinal + 1}"

    def _was_known(self, spelling: str) -> bool:
        found = self._asked.get(spelling)
        if found is None:
            assert self._known is not None
            if len(self._asked) >= _REMEMBERED:
                self._asked.clear()
            found = self._asked[spelling] = self._known(spelling)
        return found
