"""The tables of a ledger in PostgreSQL: made, and brought up to date step by step.

Several programs may find an old schema at the same moment: all steps are taken in one
transaction, behind a lock that lasts as long as it does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safesend.errors import LedgerError
from safesend.ledger.queries import migrations
from safesend.ledger.runs import this_version

__all__ = ["FOLDER", "KNOWN", "bring_up_to_date", "refuse_other", "version_of"]

FOLDER = Path(__file__).with_name("sql")
_STEPS = tuple(migrations(FOLDER))
KNOWN = len(_STEPS)
"""The version that this safesend works with."""

_TABLE = """
CREATE TABLE migration (
  number  integer PRIMARY KEY,
  at      double precision NOT NULL,
  version text NOT NULL
)"""
_NOTE = "INSERT INTO migration VALUES ($1, extract(epoch FROM clock_timestamp()), $2)"


def version_of(connection: Any, schema: str) -> int:
    """How many steps were taken; 0 where there is nothing yet."""
    asked = "SELECT to_regclass($1) IS NOT NULL"
    (there,) = connection.execute(asked, (f'"{schema}".migration',)).fetchone()
    if not there:
        return 0
    count = f'SELECT coalesce(max(number), 0) FROM "{schema}".migration'  # noqa: S608
    (number,) = connection.execute(count).fetchone()
    return int(number)


def refuse_other(name: str, found: int, *, upgrade: bool) -> None:
    """Raise `LedgerError` for tables of another version; old ones may be upgraded.

    Those that others work with are never changed by accident.
    """
    if found > KNOWN:
        raise LedgerError(
            f"the ledger {name} was written by a newer safesend (schema {found}, this"
            f" one knows {KNOWN}); update safesend: pip install -U safesend"
        )
    if 0 < found < KNOWN and not upgrade:
        raise LedgerError(
            f"the ledger {name} was written by an older safesend (schema {found}, this"
            f" one needs {KNOWN}). Stop every program that works with it, then migrate"
            " it: safesend ledger migrate"
        )


def bring_up_to_date(connection: Any, schema: str) -> int:
    """Take all steps that are missing; gives the version afterwards.

    In a transaction of the caller's.
    """
    lock = "SELECT pg_advisory_xact_lock(hashtext('safesend schema'), hashtext($1))"
    connection.execute(lock, (schema,))
    found = version_of(connection, schema)
    if found >= KNOWN:
        return found
    asked = "SELECT 1 FROM pg_namespace WHERE nspname = $1"
    if connection.execute(asked, (schema,)).fetchone() is None:
        connection.execute(f'CREATE SCHEMA "{schema}"')
    connection.execute(f'SET LOCAL search_path = "{schema}", pg_temp')
    if not found:
        connection.execute(_TABLE)
    for number in range(found + 1, KNOWN + 1):
        connection.run_script(_STEPS[number - 1])
        connection.execute(_NOTE, (number, this_version()))
    return KNOWN
