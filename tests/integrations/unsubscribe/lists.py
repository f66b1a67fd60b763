"""A suppression list, and links of people who are not on it yet."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path

import attrs

from safesend import SuppressionList
from safesend.message.address import Address

__all__ = ["CAMPAIGN", "FORM", "URLENCODED", "Listed", "in_a_fork"]

CAMPAIGN = "spring letter"

URLENCODED = b"List-Unsubscribe=One-Click"
"""What Gmail sends: 26 octets."""

FORM = (
    "multipart/form-data; boundary=--=_Part_1",
    (
        b"----=_Part_1\r\n"
        b'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
        b"One-Click\r\n----=_Part_1--\r\n"
    ),
)
"""What others send: content type and body."""


@attrs.frozen
class Listed:
    """A list in a file."""

    path: Path

    @classmethod
    def new(cls, path: Path) -> Listed:
        """A list with nobody on it."""
        SuppressionList(path).close()
        return cls(path)

    def token(self, person: str, campaign: str = CAMPAIGN) -> str:
        """What stands at the end of a person's link."""
        with SuppressionList(self.path) as found:
            return found.unsubscribe_key().token(Address.parse(person), campaign)

    def reasons(self, person: str) -> list[tuple[str, str]]:
        """Why somebody is on it, and from where."""
        with SuppressionList(self.path) as found:
            return [(one.reason.value, one.source) for one in found.entries(person)]

    def has(self, person: str) -> bool:
        """Whether somebody is on it."""
        return bool(self.reasons(person))

    def number(self) -> int:
        """How many are on it."""
        with SuppressionList(self.path) as found:
            return sum(one.number for one in found.counts().values())


def in_a_fork(deed: Callable[[], bool]) -> bool:
    """What a deed gives in a child process that has all of this one's memory."""
    fork = multiprocessing.get_context("fork")
    told = fork.SimpleQueue()
    child = fork.Process(target=lambda: told.put(deed()))
    child.start()
    child.join(60)
    return not told.empty() and told.get()
