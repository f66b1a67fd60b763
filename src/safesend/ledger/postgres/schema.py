"""The tables of a ledger in PostgreSQL: made, and brought up to date step by step.

Several programs may find an old schema at the same moment: all steps are taken in one
transaction, behind a lock that lasts as long as it does.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safesend.errors import LedgerBusy, LedgerError
from safesend.ledger.queries import migrations
from safesend.ledger.runs import this_version

__all__ = [
    "FOLDER",
    "STEPS",
    "bring_up_to_date",
    "refuse_other",
    "refuse_work",
    "version_of",
]

FOLDER = Path(__file__).with_name("sql")
STEPS = tuple(migrations(FOLDER))
"""What made the tables of the version that this safesend works with, in turn."""

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


def refuse_other(name: str, found: int, known: int, *, upgrade: bool) -> None:
    """Raise `LedgerError` for tables of another version; old ones may be upgraded.

    Those that others work with are never changed by accident.
    """
    if found > known:
        raise LedgerError(
            f"the ledger {name} was written by a newer safesend (schema {found}, this"
            f" one knows {known}); update safesend: pip install -U safesend"
        )
    if 0 < found < known and not upgrade:
        raise LedgerError(
            f"the ledger {name} was written by an older safesend (schema {found}, this"
            f" one needs {known}). Stop every program that works with it, then run:"
            f" safesend ledger migrate {shlex.quote(name)}"
        )


def refuse_work(connection: Any, name: str, schema: str) -> None:
    """Raise `LedgerBusy` while somebody sends who knows the old tables only."""
    query = (
        f'SELECT count(*) FROM "{schema}".run WHERE ended IS NULL'  # noqa: S608
        " AND lease > extract(epoch FROM clock_timestamp())"
    )
    (number,) = connection.execute(query).fetchone()
    if number:
        raise LedgerBusy(
            f"{number} run{'s' * (number > 1)} of the ledger {name} went on a minute"
            " ago; stop every program that works with it, wait a minute and try again"
        )


def bring_up_to_date(connection: Any, schema: str, steps: Sequence[str]) -> int:
    """Take all steps that are missing; gives the version afterwards.

    In a transaction of the caller's.
    """
    lock = "SELECT pg_advisory_xact_lock(hashtext('safesend schema'), hashtext($1))"
    connection.execute(lock, (schema,))
    found = version_of(connection, schema)
    if found >= len(steps):
        return found
    asked = "SELECT 1 FROM pg_namespace WHERE nspname = $1"
    if connection.execute(asked, (schema,)).fetchone() is None:
        connection.execute(f'CREATE SCHEMA "{schema}"')
    connection.execute(f'SET LOCAL search_path = "{schema}", pg_temp')
    if not found:
        connection.execute(_TABLE)
    for number in range(found + 1, len(steps) + 1):
        connection.run_script(steps[number - 1])
        connection.execute(_NOTE, (number, this_version()))
    return len(steps)
