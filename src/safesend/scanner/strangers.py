"""People with addresses that servers take and `Address` does not.

As bob@intranet, a..b@example.org, bob@[192.0.2.1]: whoever sends to such people as they
are in an old list must not show them to each other either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from safesend.checks.addresses import masked
from safesend.checks.reading import Reading
from safesend.errors import Leak

__all__ = ["Strangers"]

# Bounded, and tried from the start of a word only, so that time stays linear.
_WORD = re.compile(
    r"(?:\"[^\"\r\n]{1,320}\"|(?<![^\s<>,;:\"()\[\]])[^\s<>,;:\"()\[\]@]{1,320})"
    r"@(?:\[[^\[\]\s]{1,320}\]|[^\s<>,;:\"()\[\]@]{1,320})"
)
_ROUND = "'.!?*"
"""What may stand before or after an address in a text, and is no part of it."""


class Strangers:
    """They are looked for as they are written, in any case; no disguise is undone."""

    def __init__(self, people: Iterable[str]) -> None:
        self._known = frozenset(_folded(one) for one in people if "@" in one)

    def __bool__(self) -> bool:
        return bool(self._known)

    def shown_in(self, reading: Reading) -> Iterator[Leak]:
        """Each place that names one of them."""
        for piece in reading.pieces:
            for word in _WORD.finditer(piece.text):
                if (found := _folded(word[0])) in self._known:
                    place = piece.unit or "the message"
                    reason = f"holds the address of another recipient ({masked(found)})"
                    yield Leak("I3", place, reason)


def _folded(address: str) -> str:
    return address.strip(_ROUND).casefold()
