"""What a person, or a relay that recognises a message, decides about rows in doubt."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from safesend.errors import LedgerError
from safesend.ledger.base import Doubt, State
from safesend.ledger.database import SQL, Database
from safesend.ledger.states import move, sweep_cancelled, unpurged
from safesend.ledger.vault import Vault
from safesend.redaction import mask_text

__all__ = ["Decisions"]


@attrs.frozen
class Decisions:
    """The rows in doubt of one ledger."""

    database: Database
    vault: Vault

    def doubts(self, campaign: int) -> list[Doubt]:
        """See `Ledger.doubts`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["doubts"], (campaign,)).fetchall()
        return [
            Doubt(
                digest,
                self.vault.unseal(digest, payload),
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
        verb = "accept" if state is State.ACCEPTED else "resend"
        date = () if state is State.ACCEPTED else (now,)
        with self.database.writing() as connection:
            unpurged(connection, campaign)
            if digests is None:
                query, rows = f"{verb}_doubtful", [(campaign, *date)]
            else:
                query = f"{verb}_one"
                rows = [(campaign, digest, *date) for digest in digests]
            decided = connection.executemany(SQL[query], rows).rowcount if rows else 0
            move(connection, campaign, decided, State.IN_DOUBT, state)
            sweep_cancelled(connection, campaign)
            if decided:
                note = (campaign, now, verb, mask_text(actor), f"{decided} in doubt")
                connection.execute(SQL["note_control"], note)
        return decided

    def resend_known(
        self, campaign: int, relay: str, sent_after: float, now: float
    ) -> int:
        """See `Ledger.resend_known`."""
        with self.database.writing() as connection:
            unpurged(connection, campaign)
            asked = (campaign, relay, sent_after, now)
            again = connection.execute(SQL["resend_known"], asked).rowcount
            move(connection, campaign, again, State.IN_DOUBT, State.WAITING)
            sweep_cancelled(connection, campaign)
        return again
