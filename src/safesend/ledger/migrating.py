"""The tables of a ledger brought up to date, wherever it lies."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import attrs

from safesend.ledger.postgres.address import is_address, parse_address

__all__ = ["Migrated", "migrate"]


@attrs.frozen
class Migrated:
    """The version of a ledger's tables before (0: there were none) and after."""

    name: str
    before: int
    after: int


def migrate(location: str) -> Migrated:
    """Bring a ledger at a path or a URL up to date; one at a URL is made if need be.

    A file is brought up to date whenever it is opened. In PostgreSQL others may be at
    work who know the old tables only, so nothing but this does it there, and not while
    somebody sends. Raises `ConfigurationError`, `LedgerError`, `LedgerBusy`.
    """
    if is_address(location):
        address = parse_address(location)
        from safesend.ledger.postgres import database as postgres  # noqa: PLC0415

        return Migrated(address.name, *postgres.migrate(address))
    from safesend.ledger.database import Database  # noqa: PLC0415

    path = Path(location).absolute()
    with closing(Database(path)) as database:
        return Migrated(str(path), *database.prepared)
