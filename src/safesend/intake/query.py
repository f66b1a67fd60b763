"""A query to a database as a list: asked once, read in one transaction, then let go."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import attrs

from safesend.errors import AudienceError, ConfigurationError, Problem
from safesend.intake.answers import Answer, QueryFailed, of_connection
from safesend.intake.book import Book
from safesend.intake.cells import cell_text, layout_of_titles
from safesend.intake.layout import Choice, Layout, Row
from safesend.intake.names import identifier
from safesend.intake.scratch import Scratch
from safesend.intake.table import TableAudience, table
from safesend.message.values import UnfitValue, Value
from safesend.redaction import Secret

__all__ = ["Connection", "is_postgres", "read_query"]

Parameters = Sequence[object] | Mapping[str, object] | None

_QUERY = "the query"
"""See `Problem`."""
_POSTGRES = ("postgresql://", "postgres://")


class Connection(Protocol):
    """An open connection of any driver that goes by DB-API 2.0 (PEP 249)."""

    def cursor(self) -> Any:
        """A cursor of it."""


def read_query(
    database: str | os.PathLike[str] | Connection,
    sql: str | Path,
    *,
    parameters: Parameters = None,
    password: str | Secret | None = None,
    address: str | None = None,
    key: str | None = None,
    skip_invalid: bool = False,
    columns: Iterable[str] | None = None,
    attachments: str | Iterable[str] | None = None,
    attachments_dir: str | os.PathLike[str] | None = None,
) -> TableAudience:
    """The recipients that a query finds, as if it were a file with its columns.

    - `database`: `postgresql://user@host/database` (extra `postgres`), the path of a
      SQLite file, or an open connection of another driver (DB-API 2.0).
    - `sql`: one SELECT, or the path of a file that holds it. An order that is always
      the same (ORDER BY) keeps what people approve the same.
    - `parameters`: values for its placeholders, as the driver writes those.
    - `password`: for PostgreSQL, where neither the URL nor PGPASSWORD, PGPASSFILE or
      ~/.pgpass has it.

    The other settings are those of `read_csv`. The query is asked once, read to its
    end in a transaction that may only read, and its rows are kept in an anonymous file
    for every pass. NULL is an empty text; numbers, dates, true and false become text.

    Raises `ConfigurationError` for settings that cannot be; everything about the query
    is told when it is walked, as `AudienceError`, which shows no value of it.
    """
    name, text = _query(sql)
    origin = _Query(name, _asker(database, text, parameters, password))
    return table(
        [origin],
        {None},
        address=address,
        key=key,
        skip_invalid=skip_invalid,
        columns=columns,
        attachments=attachments,
        attachments_dir=attachments_dir,
    )


def is_postgres(database: str) -> bool:
    """Whether that names a database of PostgreSQL, and no file."""
    return database.startswith(_POSTGRES)


def _query(sql: str | Path) -> tuple[str, str]:
    if isinstance(sql, str):
        name, text = _QUERY, sql
    else:
        name = f"{_QUERY} {sql}"
        try:
            text = sql.read_text("utf-8-sig")
        except (OSError, UnicodeError) as error:
            kind = getattr(error, "strerror", None) or "it is not UTF-8"
            raise ConfigurationError(f"{name} cannot be read: {kind}") from None
    if not text.strip() or "\0" in text:
        raise ConfigurationError(f"{name} is empty, or no text; it is one SELECT")
    return name, text


def _asker(
    database: str | os.PathLike[str] | Connection,
    sql: str,
    parameters: Parameters,
    password: str | Secret | None,
) -> Callable[[], AbstractContextManager[Answer]]:
    """What asks; nothing is connected yet."""
    if isinstance(database, str) and is_postgres(database):
        from safesend.intake import postgres_query  # noqa: PLC0415 - an extra

        settings = postgres_query.settings_of(database, password)
        return partial(postgres_query.asked, settings, sql, parameters)
    if password is not None:
        raise ConfigurationError("password= is for PostgreSQL; leave it out here")
    if isinstance(database, str | os.PathLike):
        place = os.fspath(database)
        if "://" in place:
            raise ConfigurationError(
                "a database is postgresql://user@host/name, the path of a SQLite file,"
                " or an open connection of another driver"
            )
        from safesend.intake import sqlite_query  # noqa: PLC0415 - few lists need it

        return partial(sqlite_query.asked, Path(place).absolute(), sql, parameters)
    if not hasattr(database, "cursor"):
        kind = type(database).__name__
        raise ConfigurationError(f"a database is a URL or a connection, not a {kind}")
    return partial(of_connection, database, sql, parameters)


@attrs.define(eq=False, repr=False)
class _Query:
    """A query, and what it found when it was asked."""

    file: str
    _ask: Callable[[], AbstractContextManager[Answer]]
    word: str = "row"
    _titles: list[str] = attrs.field(factory=list)
    _kept: Scratch | None = None

    @contextmanager
    def rows(
        self, book: Book, choice: Choice
    ) -> Iterator[tuple[Layout, Iterable[Row]]]:
        """See `Origin.rows`."""
        if self._kept is None:
            self._keep(book, choice)
        assert self._kept is not None
        layout = layout_of_titles(book, choice, self._titles)
        yield layout, _rows(book, self._titles, self._kept)

    def problem(self, reason: str) -> AudienceError:
        """See `Origin.problem`."""
        return AudienceError([Problem(self.file, 0, "", reason)])

    def _keep(self, book: Book, choice: Choice) -> None:
        kept = Scratch()
        try:
            with self._ask() as (titles, rows):
                # Before the first of millions of rows comes.
                layout_of_titles(book, choice, titles)
                for values in rows:
                    kept.append(_encode(list(map(_kept_cell, values))).encode() + b"\n")
        except QueryFailed as error:
            raise self.problem(str(error)) from None
        self._titles, self._kept = titles, kept


def _kept_cell(value: object) -> str | list[str]:
    """The text of a value, or in a list why there is none."""
    try:
        return cell_text(value)
    except UnfitValue as error:
        return [str(error)]


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_decode = json.JSONDecoder().decode


def _rows(book: Book, titles: Sequence[str], kept: Scratch) -> Iterator[Row]:
    names = [identifier(title) for title in titles]
    for number, line in enumerate(kept.reader(), 1):
        cells = _decode(line.decode())
        if findings := [
            (title, f"it {cell[0]}")
            for title, cell in zip(titles, cells, strict=True)
            if isinstance(cell, list)
        ]:
            book.reject(number, *findings)
            continue
        fields: dict[str, Value] = dict(zip(names, cells, strict=True))
        yield number, fields
