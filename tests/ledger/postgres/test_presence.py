"""ledger/postgres/presence.py: a ledger is looked for, and not made."""

from __future__ import annotations

import pytest

from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.postgres.address import parse_address
from safesend.ledger.postgres.presence import is_made


def test_it_is_there_when_its_tables_are(postgres) -> None:
    """An empty database has none, and has none after the look."""
    address = parse_address(postgres.url)
    assert not is_made(address)
    assert postgres.ask("SELECT 1 FROM pg_namespace WHERE nspname = 'safesend'") == []
    open_ledger(postgres.url).close()
    assert is_made(address)


def test_who_may_not_look_is_told(postgres) -> None:
    """A schema of somebody else is a matter of rights."""
    open_ledger(postgres.url).close()
    postgres.ask("DROP ROLE IF EXISTS onlooker; CREATE ROLE onlooker LOGIN")
    url = postgres.url.replace("//safesend", "//onlooker")
    with pytest.raises(LedgerError, match="permission denied for schema"):
        is_made(parse_address(url))
