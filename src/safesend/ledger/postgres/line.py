"""The line to a PostgreSQL server, and what is said over it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
import psycopg
from psycopg.types.string import StrDumper

from safesend.ledger.postgres.address import Address

__all__ = ["Connection", "connected", "is_cut", "row_at_once"]

_SETTINGS = {
    "application_name": "safesend",
    "connect_timeout": "10",
    # A server that vanished is noticed in half a minute, not in hours.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "30000",
}

_Values = Sequence[object]


@attrs.frozen
class Connection:
    """A transaction under way. Statements have `$1` for their values."""

    line: psycopg.Connection[Any]
    slot: int
    """The slot of `tally` that is ours."""

    def execute(self, query: str, values: _Values = ()) -> psycopg.Cursor[Any]:
        """Run a statement; gives its cursor."""
        return self._cursor().execute(query, values or None)

    def executemany(self, query: str, rows: Iterable[_Values]) -> psycopg.Cursor[Any]:
        """Run it for many; the cursor has the sum of the rows that changed."""
        cursor = self._cursor()
        cursor.executemany(query, rows)
        return cursor

    def copy(self, query: str, types: Sequence[str], rows: Iterable[_Values]) -> int:
        """Run a COPY ... FROM STDIN (FORMAT BINARY); gives the number of rows."""
        cursor = self._cursor()
        with cursor.copy(query) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
        return cursor.rowcount

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """A part that may fail: then the transaction is as it was before."""
        with self.line.transaction():
            yield

    def run_script(self, script: str) -> None:
        """Run several statements without values."""
        self.line.execute(script)

    def _cursor(self) -> psycopg.Cursor[Any]:
        return self.line.cursor(binary=True)


def connected(address: Address) -> psycopg.Connection[Any]:
    """A line to that database. Raises `psycopg.Error`."""
    try:
        line: psycopg.Connection[Any] = psycopg.connect(
            **{**_SETTINGS, **address.settings, "client_encoding": "utf8"},  # type: ignore[arg-type]
            autocommit=True,
            prepare_threshold=None,
            cursor_factory=psycopg.RawCursor,
        )
    except UnicodeError as error:
        # A host that can be none: Python does not even ask for it.
        raise psycopg.OperationalError("its host is no name of a host") from error
    line.adapters.register_dumper(str, _Words)
    return line


def row_at_once(
    line: psycopg.Connection[Any],
    begin: str,
    query: str,
    values: Sequence[float | Sequence[int]],
) -> Any:
    """The row of a statement that is a transaction of its own, sent as one text.

    Values are numbers, and lists of whole ones: they stand in it.
    """
    for number, value in enumerate(values, 1):
        query = query.replace(f"${number}", _literal(value))
    found = None
    try:
        answer = line.execute(f"{begin}; {query.rstrip(';')}; COMMIT")
    except BaseException:
        with contextlib.suppress(psycopg.Error):
            line.execute("ROLLBACK")
        raise
    while answer.nextset():
        if answer.description is not None:
            found = answer.fetchone()
    return found


def is_cut(line: psycopg.Connection[Any], error: psycopg.Error) -> bool:
    """Whether the line is gone, or leads to a server that is about to go."""
    state = error.sqlstate or ""
    gone = state.startswith(("08", "57P")) or state in {"25006", "25P03", "53300"}
    return line.closed or gone


def _literal(value: float | Sequence[int]) -> str:
    if isinstance(value, int | float):
        return f"{value!r}"
    return f"'{{{','.join(map(str, value))}}}'"


class _Words(StrDumper):
    """PostgreSQL keeps no text with a zero octet or half a character."""

    def dump(self, obj: str) -> bytes:
        return obj.replace("\0", "\ufffd").encode("utf-8", "replace")
