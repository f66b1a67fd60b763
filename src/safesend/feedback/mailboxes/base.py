"""A mail out of a mailbox, and what a mailbox can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import attrs

from safesend.feedback.wrappings import Unfit

__all__ = ["LONGEST", "Mail", "Mailbox"]

LONGEST = 1 << 20
"""Octets of a mail that are read: a report says what it has to say before them."""


@attrs.frozen
class Mail:
    """The beginning of a mail, where it lies, and what its mailbox knows it by.

    `octets` are `Unfit` where there is a mail that cannot be read.
    """

    place: str
    octets: bytes | Unfit = attrs.field(repr=False)
    handle: object = None


class Mailbox(Protocol):
    """Where mails come from; `filed` is called with some of them when they are booked.

    Whoever ends between the two finds the same mails again, and that is harmless: what
    was booked is known.
    """

    @property
    def name(self) -> str:
        """The mailbox as a person knows it, without an address."""

    @property
    def files(self) -> bool:
        """Whether mails can be marked as read here, and moved elsewhere."""

    @property
    def passed_over(self) -> int:
        """How many mails were not given because somebody had read them."""

    @property
    def expected(self) -> int | None:
        """How many mails it will give, where that is known when the first comes."""

    def mails(self) -> Iterator[Mail]:
        """The mails, one at a time. Raises `OSError` or `TransportError`."""

    def filed(self, handles: Sequence[object], folder: str | None) -> None:
        """Mark these as read, and move them into a folder if one is named."""

    def must_move(self, folder: str) -> None:
        """Raises `ConfigurationError` where no mail can be moved into that folder."""

    def close(self) -> None:
        """Let go of what is open."""
