"""Staging: every message goes to one mailbox in place of the people of the list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import attrs

from safesend.engine.audience import Around, Copy
from safesend.message.address import Address
from safesend.message.recipient import Recipient
from safesend.message.stand_in import stand_in

__all__ = ["Redirected"]


@attrs.define(eq=False)
class Redirected(Around):
    """The audience, with everybody's message for one mailbox.

    Whose domain is `spared` gets the own message.
    """

    to: Address
    spared: frozenset[str]

    @property
    def about(self) -> str:
        """Where it goes, for the ledger."""
        domains = ", ".join(sorted(self.spared))
        return f"to {self.to}, except at {domains}" if domains else f"to {self.to}"

    def copies(self) -> Iterator[Copy]:
        """See `Audience.copies`."""
        for copy in self.inner.copies():
            person = copy.recipient
            if person.address.domain in self.spared:
                yield copy
            else:
                stranger = stand_in(person, self.to, _key(person))
                yield copy._replace(recipient=stranger, shown=person)


def _key(person: Recipient) -> str:
    """What tells the messages in the one mailbox apart, and names nobody."""
    own = f"{person.address.normalised}\0{person.key or ''}"
    return f"for {hashlib.sha256(own.encode()).hexdigest()[:32]}"
