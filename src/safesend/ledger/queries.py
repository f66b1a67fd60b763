"""The SQL of ledger and suppression list: it lies in .sql files, named, explained."""

from __future__ import annotations

import functools
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path

__all__ = ["for_rows", "migrations", "named_queries", "run_for_rows"]

_FOLDER = Path(__file__).with_name("sql")
_NAME = re.compile(r"^-- (\w+) --$", re.MULTILINE)
_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)
_VALUES = re.compile(r"VALUES \((\?\d+(?:, \?\d+)*)\)")
_CHUNKS = (64, 8)
"""Rows of one statement; those that are left over are filled up to the smaller one."""


def named_queries(folder: Path = _FOLDER) -> dict[str, str]:
    """The statements of the files without a number by their names, without comments."""
    files = sorted(folder.glob("[a-z]*.sql"))
    text = "\n".join(path.read_text("utf-8") for path in files)
    parts = _NAME.split(text)[1:]
    return {
        name: _COMMENT.sub("", f"{body}\n").strip().rstrip(";")
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def migrations(folder: Path = _FOLDER) -> list[str]:
    """The numbered files in order: the n-th makes schema n out of schema n - 1."""
    return [path.read_text("utf-8") for path in sorted(folder.glob("[0-9]*.sql"))]


@functools.lru_cache
def for_rows(query: str, number: int) -> tuple[str, int]:
    """The statement for so many rows, and how many values a row has.

    What stands behind VALUES in it is one row, whose parameters are the last ones.
    """
    found = _VALUES.search(query)
    assert found is not None
    names = [int(name[1:]) for name in found[1].split(", ")]
    width, first = len(names), names[0]
    rows = [
        ", ".join(f"?{first + at}" for at in range(begin, begin + width))
        for begin in range(0, number * width, width)
    ]
    several = "), (".join(rows)
    return f"{query[: found.start(1)]}{several}{query[found.end(1) :]}", width


def run_for_rows(
    connection: sqlite3.Connection,
    query: str,
    shared: tuple[object, ...],
    rows: Sequence[tuple[object, ...]],
) -> int:
    """Run an UPDATE for many rows, many at a time; gives how many it changed.

    Each step of SQLite gives the interpreter to another thread and waits for its turn
    to get it back. With a statement a row (`executemany`) that costs more than all the
    rest as soon as another thread has work: 20 us a row against 2. A row whose first
    value is NULL must be none to the query.
    """
    changed = at = 0
    while at < len(rows):
        chunk = _CHUNKS[len(rows) - at < _CHUNKS[0]]
        statement, width = for_rows(query, chunk)
        values = [value for row in rows[at : at + chunk] for value in row]
        values += [None] * (chunk * width - len(values))
        changed += connection.execute(statement, (*shared, *values)).rowcount
        at += chunk
    return changed
