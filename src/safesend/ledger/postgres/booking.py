"""Outcomes into rows: only what a run still holds as `sending` changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from safesend.errors import LedgerError
from safesend.ledger.base import Result, State
from safesend.ledger.booking import told
from safesend.ledger.postgres.database import SQL, Connection
from safesend.ledger.postgres.states import move, moves
from safesend.ledger.replies import RECORDABLE
from safesend.ledger.states import CODES, STATES

__all__ = ["book", "doubt", "release"]


def book(
    connection: Connection,
    campaign: int,
    run: int,
    results: Sequence[Result],
    now: float,
) -> int:
    """Write outcomes and move the counts; gives how many rows changed."""
    if not {result.state for result in results} <= RECORDABLE:
        raise LedgerError("a result is a final state, in_doubt or waiting")
    if gone := [result.id for result in results if result.suppress]:
        connection.execute(SQL["suppress"], (campaign, run, gone, now))
    if not results:
        return 0
    columns = zip(*map(_row, results), strict=True)
    asked = (campaign, run, now, *map(list, columns))
    written = connection.execute(SQL["record"], asked).fetchall()
    by = Counter(STATES[code] for (code,) in written)
    moves(connection, campaign, {**by, State.SENDING: -len(written)})
    return len(written)


def release(connection: Connection, campaign: int, run: int, ids: Sequence[int]) -> int:
    """Rows that were not begun wait again; gives how many."""
    changed = _let_go(connection, "release", (campaign, run, list(ids)))
    move(connection, campaign, changed, State.SENDING, State.WAITING)
    return changed


def doubt(connection: Connection, campaign: int, run: int, ids: Sequence[int]) -> int:
    """Rows that may have been on the wire are in doubt; gives how many."""
    changed = _let_go(connection, "doubt", (campaign, run, list(ids)))
    move(connection, campaign, changed, State.SENDING, State.IN_DOUBT)
    return changed


def _let_go(
    connection: Connection, query: str, asked: tuple[int, int, list[int]]
) -> int:
    return connection.execute(SQL[query], asked).rowcount if asked[-1] else 0


def _row(result: Result) -> tuple[object, ...]:
    # A list of both whole numbers and others is none to psycopg.
    id_, _, *rest = told(result)
    date = float(result.not_before)
    return (id_, CODES[result.state], date, *rest, result.doubted)
