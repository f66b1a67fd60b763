"""Who is who for one message: its reader, everybody else, and who may be named."""

from __future__ import annotations

import enum

import attrs

from safesend.checks.canaries import Canaries
from safesend.checks.impersonal import FREE_MAIL
from safesend.checks.mention import Mention
from safesend.checks.people import People
from safesend.message.number_table import NumberTable
from safesend.message.recipient import Recipient

__all__ = ["EVERYBODY", "Circle", "Reader", "Standing"]


class Standing(enum.Enum):
    """What somebody who is mentioned is to the reader of a message."""

    OWN = "own"
    ALLOWED = "allowed"
    """The sender, the reply address, a declared public address."""
    FOREIGN = "foreign"
    """Another recipient of the mailing."""
    STRANGER = "stranger"
    """An address of nobody in the list."""


@attrs.frozen(kw_only=True)
class Reader:
    """The one person whom a message is for; or everybody, for what all share.

    `keys` are the spellings of the own address, `row` where the row stands in its
    list, `ordinal` its number in it (from 0; -1 if it has none).
    """

    recipient: Recipient | None = None
    keys: tuple[str, ...] = ()
    row: str = ""
    ordinal: int = -1


EVERYBODY = Reader()
"""The reader of what is the same in every message."""


@attrs.frozen(kw_only=True, eq=False)
class Circle:
    """Everybody of a mailing, to be looked up and never walked.

    `allowed` holds the spellings of addresses that may stand anywhere, `domains` the
    domains of the sender (its own addresses in a letter are no list of people),
    `hashes` the digests of all addresses, where the mailing has any that look like one.
    """

    people: People
    canaries: Canaries
    allowed: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    hashes: NumberTable | None = None

    def standing(self, mention: Mention, reader: Reader) -> Standing:
        """What the mentioned address is to the reader, by its likeliest spelling.

        Any spelling that is another recipient's makes it foreign, unless a likelier
        one is the reader's own or allowed.
        """
        for spelling in mention.spellings:
            if spelling in reader.keys:
                return Standing.OWN
            if spelling in self.allowed:
                return Standing.ALLOWED
            if spelling in self.people:
                return Standing.FOREIGN
        return Standing.STRANGER

    def with_senders(self, keys: frozenset[str], domains: frozenset[str]) -> Circle:
        """With more that may stand anywhere: the sender of one message."""
        own = domains - FREE_MAIL  # There everybody has an address.
        return attrs.evolve(
            self, allowed=self.allowed | keys, domains=self.domains | own
        )

    def hashed(self, digest: str) -> int | None:
        """The ordinal of the row whose address has this digest (hexadecimal)."""
        if self.hashes is None:
            return None
        return self.hashes.get(int(digest[:16], 16))
