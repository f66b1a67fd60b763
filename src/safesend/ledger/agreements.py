"""What people agreed to, in the SQLite ledger."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from safesend.errors import LedgerError
from safesend.ledger.consent import PilotRecord
from safesend.ledger.database import SQL, Database
from safesend.ledger.history import Approval
from safesend.ledger.pilots import pilot_of
from safesend.ledger.states import unpurged
from safesend.ledger.vault import Vault
from safesend.policies.pilot import Pilot, PilotSeen
from safesend.redaction import mask_text

__all__ = ["Agreements"]


@attrs.frozen
class Agreements:
    """See `Consent` for what its methods promise."""

    database: Database
    vault: Vault

    def approve(
        self, campaign: int, digest: bytes, *, actor: str, reason: str, now: float
    ) -> None:
        """See `Consent.approve`."""
        row = (campaign, now, digest, mask_text(actor), mask_text(reason))
        with self.database.writing() as connection:
            unpurged(connection, campaign)
            connection.execute(SQL["approve"], row)

    def approvals(self, campaign: int, digest: bytes | None = None) -> list[Approval]:
        """See `Consent.approvals`."""
        with self.database.reading() as connection:
            found = connection.execute(
                SQL["approvals_of"], (campaign, digest)
            ).fetchall()
        return [Approval(*row) for row in found]

    def awaiting(self, campaign: int) -> Iterator[bytes]:
        """See `Consent.awaiting`."""
        last = 0
        while True:
            with self.database.reading() as connection:
                page = connection.execute(SQL["awaiting"], (campaign, last)).fetchall()
            if not page:
                return
            last = page[-1][0]
            yield from (self.vault.unseal(*row) for _, *row in page)

    def needed(self, campaign: int) -> int:
        """See `Consent.needed`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["needed"], (campaign,)).fetchone()
        return int(found[0]) if found else 0

    def need(self, campaign: int, people: int, *, actor: str, now: float) -> None:
        """See `Consent.need`."""
        note = (campaign, now, "approvals", mask_text(actor), f"{people} needed")
        with self.database.writing() as connection:
            unpurged(connection, campaign)
            if connection.execute(SQL["need"], (campaign, people)).rowcount:
                connection.execute(SQL["note_control"], note)

    def pilot(self, campaign: int) -> PilotRecord | None:
        """See `Consent.pilot`."""
        with self.database.reading() as connection:
            found = pilot_of(connection, campaign)
        return None if found is None else found[0]

    def plan_pilot(
        self, campaign: int, terms: Pilot | None, fingerprint: bytes
    ) -> None:
        """See `Consent.plan_pilot`."""
        planned = (None,) * 3 if terms is None else attrs.astuple(terms)
        with self.database.writing() as connection:
            unpurged(connection, campaign)
            connection.execute(SQL["plan_pilot"], (campaign, *planned, fingerprint))

    def pilot_seen(self, campaign: int) -> PilotSeen:
        """See `Consent.pilot_seen`."""
        with self.database.reading() as connection:
            record, span = pilot_of(connection, campaign) or (None, None)
            if record is None or record.begun is None or span is None:
                raise LedgerError("no pilot of this campaign has begun")
            return span.seen(connection, record.begun)

    def release(self, campaign: int, *, actor: str, reason: str, now: float) -> bool:
        """See `Consent.release`."""
        note = (campaign, now, "approve", mask_text(actor), mask_text(reason))
        with self.database.writing() as connection:
            over = connection.execute(SQL["release_pilot"], (campaign, now)).rowcount
            if over:
                connection.execute(SQL["note_control"], note)
        return bool(over)
