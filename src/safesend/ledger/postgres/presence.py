"""Whether a ledger is in a database: looked for, and not made."""

from __future__ import annotations

from contextlib import closing

import psycopg

from safesend.errors import LedgerError
from safesend.ledger.postgres.address import Address
from safesend.ledger.postgres.advice import away, refused
from safesend.ledger.postgres.line import connected
from safesend.ledger.postgres.schema import version_of

__all__ = ["is_made"]


def is_made(address: Address) -> bool:
    """Whether its tables are there. Raises `LedgerError`."""
    try:
        line = connected(address)
    except psycopg.Error as error:
        raise LedgerError(away(address.name, error)) from error
    try:
        with closing(line):
            return version_of(line, address.schema) > 0
    except psycopg.Error as error:
        raise LedgerError(refused(address.name, error)) from error
