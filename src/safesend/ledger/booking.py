"""Outcomes into rows: only what a run still holds as `sending` changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from safesend.errors import LedgerError
from safesend.ledger.base import FINAL_STATES, Result, State
from safesend.ledger.database import SQL
from safesend.ledger.queries import run_for_rows
from safesend.ledger.replies import RECORDABLE, short
from safesend.ledger.states import CODES, HOLDER, move

__all__ = ["book", "release", "told"]


def book(
    connection: sqlite3.Connection,
    campaign: int,
    run: int,
    results: Sequence[Result],
    now: float,
) -> int:
    """Write outcomes and move the counts; gives how many rows changed."""
    groups: dict[State, list[Result]] = {}
    for result in results:
        groups.setdefault(result.state, []).append(result)
    if not groups.keys() <= RECORDABLE:
        raise LedgerError("a result is a final state, in_doubt or waiting")
    gone = [(result.id, HOLDER + run, now) for result in results if result.suppress]
    connection.executemany(SQL["suppress"], gone)
    changed = 0
    for state, group in groups.items():
        written = _write(connection, run, state, group, now)
        move(connection, campaign, written, State.SENDING, state)
        changed += written
    return changed


def release(
    connection: sqlite3.Connection, campaign: int, run: int, ids: Sequence[int]
) -> int:
    """Rows that were not begun wait again; gives how many."""
    if not ids:
        return 0
    holder = HOLDER + run
    released = connection.executemany(SQL["release"], [(id_, holder) for id_ in ids])
    move(connection, campaign, released.rowcount, State.SENDING, State.WAITING)
    return released.rowcount


def _write(
    connection: sqlite3.Connection,
    run: int,
    state: State,
    results: Sequence[Result],
    now: float,
) -> int:
    if state in FINAL_STATES:
        query, rows = "record_final", [told(result) for result in results]
    else:
        query = "record_open"
        rows = [(*told(result), int(result.doubted)) for result in results]
    shared = (HOLDER + run, CODES[state], now)
    return run_for_rows(connection, SQL[query], shared, rows)


def told(result: Result) -> tuple[object, ...]:
    """What a result says, as the tables write it: its id, and all but its state."""
    # Numbers, not bools: what is no plain number, float or text takes a detour of a
    # microsecond through the adapters of sqlite3.
    return (
        result.id,
        result.not_before,
        int(result.attempt),
        result.stage or None,
        result.code,
        result.enhanced,
        short(result.text) if result.text else None,
    )
