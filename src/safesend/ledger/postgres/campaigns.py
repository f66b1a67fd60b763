"""The campaigns of a ledger in PostgreSQL, and what their senders let pass."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from safesend.ledger.base import Allowance, CampaignRecord
from safesend.ledger.postgres.database import SQL, Database, again
from safesend.ledger.records import campaign_of

__all__ = ["Campaigns"]


@attrs.frozen
class Campaigns:
    """All of one ledger."""

    database: Database

    @again
    def named(self, name: str, now: float) -> CampaignRecord:
        """See `Ledger.campaign`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["campaign_of_name"], (name,)).fetchone()
        if found is None:
            with self.database.writing() as connection:
                connection.execute(SQL["add_campaign"], (name, now))
                asked = connection.execute(SQL["campaign_of_name"], (name,))
                [found] = asked.fetchall()
        return campaign_of(found)

    @again
    def all(self) -> list[CampaignRecord]:
        """See `Ledger.campaigns`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["campaigns"]).fetchall()
        return [campaign_of(row) for row in found]

    @again
    def note(self, campaign: int, allowances: Sequence[Allowance], now: float) -> None:
        """See `Ledger.note_allowances`."""
        if not allowances:
            return
        rows = [(campaign, now, one.check, one.place, one.reason) for one in allowances]
        with self.database.writing(campaign) as connection:
            connection.executemany(SQL["note_allowance"], rows)

    @again
    def allowances(self, campaign: int) -> list[Allowance]:
        """See `Ledger.allowances`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["allowances"], (campaign,)).fetchall()
        return [Allowance(*row) for row in found]
