"""What campaigns are made of, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from safesend.ledger.contents import digest_of, missing, place_of, sound
from safesend.ledger.postgres.database import SQL, Connection, Database, again
from safesend.ledger.postgres.states import standing, unpurged
from safesend.ledger.vault import Vault

__all__ = ["PostgresContents", "purge_contents"]


@attrs.frozen
class PostgresContents:
    """See `Contents` for what its methods promise."""

    database: Database
    vault: Vault
    secret: bytes = attrs.field(repr=False)

    @again
    def keep(self, campaign: int, manifest: bytes, parts: Iterable[bytes]) -> None:
        """See `Contents.keep`."""
        with self.database.writing(campaign) as connection:
            unpurged(connection, campaign)
            connection.execute(SQL["lock_content"])
            connection.execute(SQL["drop_content_uses"], (campaign,))
            self._use(connection, campaign, manifest, is_manifest=True)
            for part in parts:
                self._use(connection, campaign, part, is_manifest=False)
            connection.execute(SQL["drop_unused_content"])

    @again
    def manifest(self, campaign: int) -> bytes | None:
        """See `Contents.manifest`."""
        with self.database.reading() as connection:
            standing(connection, campaign)
            found = connection.execute(SQL["manifest"], (campaign,)).fetchone()
        return None if found is None else self._opened(*map(bytes, found))

    @again
    def part(self, digest: bytes) -> bytes:
        """See `Contents.part`."""
        place = place_of(self.secret, digest)
        with self.database.reading() as connection:
            found = connection.execute(SQL["content"], (place,)).fetchone()
        if found is None:
            raise missing(digest)
        return self._opened(place, bytes(found[0]))

    def _use(
        self,
        connection: Connection,
        campaign: int,
        octets: bytes,
        *,
        is_manifest: bool,
    ) -> None:
        place = place_of(self.secret, digest_of(octets))
        if connection.execute(SQL["has_content"], (place,)).fetchone() is None:
            [sealed] = self.vault.seal([(place, octets)])
            connection.execute(SQL["add_content"], (place, sealed))
        connection.execute(SQL["use_content"], (campaign, place, is_manifest))

    def _opened(self, place: bytes, stored: bytes) -> bytes:
        return sound(self.secret, place, self.vault.unseal(place, stored))


def purge_contents(connection: Connection, campaign: int) -> None:
    """A campaign is made of nothing any more."""
    connection.execute(SQL["lock_content"])
    connection.execute(SQL["drop_content_uses"], (campaign,))
    connection.execute(SQL["drop_unused_content"])
