"""Mailboxes that no campaign of a ledger writes to: a server said they do not exist."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from safesend.ledger.flow import LeftOut
from safesend.ledger.postgres.database import SQL, Database, again
from safesend.redaction import mask_text

__all__ = ["Suppressions"]


@attrs.frozen
class Suppressions:
    """Of all campaigns of a ledger."""

    database: Database

    @again
    def has(self, digest: bytes) -> bool:
        """See `Ledger.suppressed`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["suppressed"], (digest,)).fetchone()
        return found is not None

    @again
    def lift(self, digest: bytes, *, actor: str, reason: str, now: float) -> bool:
        """See `Ledger.lift`."""
        note = (digest, now, mask_text(actor), mask_text(reason))
        with self.database.writing() as connection:
            return connection.execute(SQL["lift"], note).rowcount > 0

    @again
    def summary(self) -> Mapping[str, LeftOut]:
        """See `Ledger.suppressions`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["suppressions"]).fetchall()
        return {name: LeftOut(*rest) for name, *rest in found}
