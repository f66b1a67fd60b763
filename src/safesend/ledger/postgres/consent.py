"""What people agreed to, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from safesend.errors import LedgerError
from safesend.ledger.consent import PilotRecord
from safesend.ledger.history import Approval
from safesend.ledger.postgres.database import SQL, Database, again
from safesend.ledger.postgres.pilots import pilot_of
from safesend.ledger.postgres.states import unpurged
from safesend.ledger.vault import Vault
from safesend.policies.pilot import Pilot, PilotSeen
from safesend.redaction import mask_text

__all__ = ["PostgresConsent"]


@attrs.frozen
class PostgresConsent:
    """See `Consent` for what its methods promise."""

    database: Database
    vault: Vault

    @again
    def approve(
        self, campaign: int, digest: bytes, *, actor: str, reason: str, now: float
    ) -> None:
        """See `Consent.approve`."""
        row = (campaign, now, digest, mask_text(actor), mask_text(reason))
        with self.database.writing(campaign) as connection:
            unpurged(connection, campaign)
            connection.execute(SQL["approve"], row)

    @again
    def approvals(self, campaign: int, digest: bytes | None = None) -> list[Approval]:
        """See `Consent.approvals`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["approvals_of"], (campaign, digest))
            return [Approval(*row) for row in found.fetchall()]

    def awaiting(self, campaign: int) -> Iterator[bytes]:
        """See `Consent.awaiting`."""
        last = 0
        while page := self._page(campaign, last):
            last = page[-1][0]
            yield from (self.vault.unseal(*row) for _, *row in page)

    @again
    def needed(self, campaign: int) -> int:
        """See `Consent.needed`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["needed"], (campaign,)).fetchone()
        return int(found[0]) if found else 0

    @again
    def need(self, campaign: int, people: int, *, actor: str, now: float) -> None:
        """See `Consent.need`."""
        note = (campaign, now, "approvals", mask_text(actor), f"{people} needed")
        with self.database.writing(campaign) as connection:
            unpurged(connection, campaign)
            if connection.execute(SQL["need"], (campaign, people)).rowcount:
                connection.execute(SQL["note_control"], note)

    @again
    def pilot(self, campaign: int) -> PilotRecord | None:
        """See `Consent.pilot`."""
        with self.database.reading() as connection:
            found = pilot_of(connection, campaign)
        return None if found is None else found[0]

    @again
    def plan_pilot(
        self, campaign: int, terms: Pilot | None, fingerprint: bytes
    ) -> None:
        """See `Consent.plan_pilot`."""
        planned = (None,) * 3 if terms is None else attrs.astuple(terms)
        with self.database.writing(campaign) as connection:
            unpurged(connection, campaign)
            connection.execute(SQL["plan_pilot"], (campaign, *planned, fingerprint))

    @again
    def pilot_seen(self, campaign: int) -> PilotSeen:
        """See `Consent.pilot_seen`."""
        with self.database.reading(snapshot=True) as connection:
            record, span = pilot_of(connection, campaign) or (None, None)
            if record is None or record.begun is None or span is None:
                raise LedgerError("no pilot of this campaign has begun")
            return span.seen(connection, record.begun)

    @again
    def release(self, campaign: int, *, actor: str, reason: str, now: float) -> bool:
        """See `Consent.release`."""
        note = (campaign, now, "approve", mask_text(actor), mask_text(reason))
        with self.database.writing(campaign) as connection:
            over = connection.execute(SQL["release_pilot"], (campaign, now)).rowcount
            if over:
                connection.execute(SQL["note_control"], note)
        return bool(over)

    @again
    def _page(self, campaign: int, last: int) -> Sequence[tuple[int, bytes, bytes]]:
        with self.database.reading() as connection:
            return connection.execute(SQL["awaiting"], (campaign, last)).fetchall()
