"""What campaigns are, but for their lists: a manifest each, and the parts it names.

With that and the rows a process on another machine can send: it needs the ledger and
its secrets, and no folder. Parts are named by their SHA-256 and kept once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Protocol

from safesend.errors import LedgerError

__all__ = ["Contents", "digest_of", "missing", "place_of", "sound"]

_PLACE = b"content\0"


class Contents(Protocol):
    """The part of a `Ledger` that keeps what is sent, sealed as its rows are."""

    def keep(self, campaign: int, manifest: bytes, parts: Iterable[bytes]) -> None:
        """A campaign is this from now on, and nothing of what it was before.

        What no campaign is made of any more is erased; a purge of the last one that
        uses a part erases that as well. Raises `CampaignPurged`.
        """

    def manifest(self, campaign: int) -> bytes | None:
        """What was kept last of the campaign; None: nothing was, or it is purged."""

    def part(self, digest: bytes) -> bytes:
        """The octets with that SHA-256.

        Raises `LedgerError` where there are none, or others.
        """


def digest_of(octets: bytes) -> bytes:
    """The name of a part."""
    return hashlib.sha256(octets).digest()


def place_of(secret: bytes, digest: bytes) -> bytes:
    """Under what a ledger on a disk keeps a part: nobody without its key can ask."""
    return hmac.digest(secret, _PLACE + digest, "sha256")


def sound(secret: bytes, place: bytes, octets: bytes) -> bytes:
    """What was found in a place, if it belongs there. Raises `LedgerError`."""
    if hmac.compare_digest(place_of(secret, digest_of(octets)), place):
        return octets
    raise LedgerError(
        "a part of the campaign in the ledger was changed by another program or is"
        " damaged; nothing of it is sent. Restore the ledger from a copy"
    )


def missing(digest: bytes) -> LedgerError:
    """What to raise for a part that is not there."""
    return LedgerError(
        f"the ledger has no part {digest.hex()[:16]}: the campaign was purged or"
        " changed meanwhile, or the ledger is damaged; nothing of it is sent"
    )
