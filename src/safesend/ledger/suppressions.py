"""Mailboxes that no campaign of a ledger writes to: a server said they do not exist."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from safesend.ledger.database import SQL, Database
from safesend.ledger.flow import LeftOut
from safesend.redaction import mask_text

__all__ = ["Suppressions"]


@attrs.frozen
class Suppressions:
    """Of all campaigns of a ledger in a file."""

    database: Database

    def has(self, digest: bytes) -> bool:
        """See `Ledger.suppressed`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["suppressed"], (digest,)).fetchone()
        return found is not None

    def lift(self, digest: bytes, *, actor: str, reason: str, now: float) -> bool:
        """See `Ledger.lift`."""
        note = (digest, now, mask_text(actor), mask_text(reason))
        with self.database.writing() as connection:
            connection.execute(SQL["note_lift"], note)
            lifted = connection.execute(SQL["lift"], (digest,)).rowcount
        return lifted > 0

    def summary(self) -> Mapping[str, LeftOut]:
        """See `Ledger.suppressions`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["suppressions"]).fetchall()
        return {name: LeftOut(*rest) for name, *rest in found}
