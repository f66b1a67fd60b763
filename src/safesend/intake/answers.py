"""What a database answers, and why it does not; no value of it is ever told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = ["Answer", "QueryFailed", "of_connection", "titles_of"]

Answer = tuple[list[str], Iterator[Sequence[object]]]
"""The names of the columns, and rows as they come."""

_BATCH = 500


class QueryFailed(ValueError):
    """There is no answer, or not all of it; the text says why."""


@contextmanager
def of_connection(connection: Any, sql: str, parameters: object) -> Iterator[Answer]:
    """The answer over a connection that somebody opened, and closes."""
    try:
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(sql, *([] if parameters is None else [parameters]))
            yield titles_of(cursor), _fetched(cursor)
    except QueryFailed:
        raise
    except Exception as error:
        # Whatever the driver raises; only its kind: what it says may hold values.
        if not _is_of_driver(error):
            raise
        kind = type(error).__name__
        raise QueryFailed(f"the driver of the database raised {kind}") from None


def titles_of(cursor: Any) -> list[str]:
    """The names of the columns. Raises `QueryFailed` where there are no rows."""
    if cursor.description is None:
        raise QueryFailed("it gives no rows; it is one SELECT")
    return [str(column[0]) for column in cursor.description]


def _fetched(cursor: Any) -> Iterator[Sequence[object]]:
    while rows := cursor.fetchmany(_BATCH):
        yield from rows


def _is_of_driver(error: Exception) -> bool:
    """Whether it is an error of PEP 249."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"DatabaseError", "InterfaceError", "Warning"})
