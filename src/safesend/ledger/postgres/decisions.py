"""What a person, or a relay that recognises a message, decides about rows in doubt."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from safesend.errors import LedgerError
from safesend.ledger.base import Doubt, State
from safesend.ledger.postgres.database import SQL, Database, again
from safesend.ledger.postgres.states import move, sweep_cancelled, unpurged
from safesend.ledger.vault import Vault
from safesend.redaction import mask_text

__all__ = ["Decisions"]


@attrs.frozen
class Decisions:
    """The rows in doubt of one ledger."""

    database: Database
    vault: Vault

    @again
    def doubts(self, campaign: int) -> list[Doubt]:
        """See `Ledger.doubts`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["doubts"], (campaign,)).fetchall()
        unseal = self.vault.unseal
        return [
            Doubt(
                digest,
                unseal(digest, payload),
                provider,
                since,
                relay or "",
                text or "",
            )
            for digest, payload, provider, since, relay, text in found
        ]

    def resolve(
        self,
        campaign: int,
        state: State,
        digests: Iterable[bytes] | None,
        now: float,
        actor: str = "",
    ) -> int:
        """See `Ledger.resolve`."""
        if state not in {State.ACCEPTED, State.WAITING}:
            raise LedgerError("a row in doubt becomes accepted or waiting")
        asked = None if digests is None else list(digests)
        return self._resolve(campaign, state, asked, now, mask_text(actor))

    @again
    def _resolve(
        self,
        campaign: int,
        state: State,
        digests: list[bytes] | None,
        now: float,
        actor: str,
    ) -> int:
        verb = "accept" if state is State.ACCEPTED else "resend"
        which = () if digests is None else (digests,)
        date = () if state is State.ACCEPTED else (now,)
        query = SQL[f"{verb}_doubtful" if digests is None else f"{verb}_some"]
        with self.database.writing(campaign) as connection:
            unpurged(connection, campaign)
            decided = connection.execute(query, (campaign, *which, *date)).rowcount
            move(connection, campaign, decided, State.IN_DOUBT, state)
            sweep_cancelled(connection, campaign)
            if decided:
                note = (campaign, now, verb, actor, f"{decided} in doubt")
                connection.execute(SQL["note_control"], note)
        return decided

    @again
    def resend_known(
        self, campaign: int, relay: str, sent_after: float, now: float
    ) -> int:
        """See `Ledger.resend_known`."""
        with self.database.writing(campaign) as connection:
            unpurged(connection, campaign)
            asked = (campaign, relay, sent_after, now)
            resent = connection.execute(SQL["resend_known"], asked).rowcount
            move(connection, campaign, resent, State.IN_DOUBT, State.WAITING)
            sweep_cancelled(connection, campaign)
        return resent
