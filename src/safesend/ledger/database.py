"""One SQLite file: opened with care, brought up to date, every error explained."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from safesend.errors import LedgerBusy, LedgerError
from safesend.ledger.place import (
    LEDGER,
    Kind,
    begin_file,
    check_folder,
    end_file,
    is_there,
    one_at_a_time,
)
from safesend.ledger.queries import migrations, named_queries

__all__ = ["SQL", "Database"]

SQL = named_queries()

_OLDEST = (3, 37, 0)
_PATIENCE = 10.0
"""Seconds to wait for another process before `LedgerBusy`."""

_DAMAGED = (
    "the file is damaged; keep a copy and send nothing until it is restored, since"
    " nobody can be told from {others}"
)
_NO_FORMAT = "unsupported file format"
"""SQLite's words for a damaged header; its code for them says only "error"."""
_EXPLANATIONS = {
    sqlite3.SQLITE_FULL: "the disk is full; make room and run again",
    sqlite3.SQLITE_READONLY: "it cannot be written to; check its permissions",
    sqlite3.SQLITE_NOTADB: "it is not a {name}; give the path of another file",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_IOERR: (
        "the disk cannot be read or written; see whether it is full, read-only or"
        " failing, and run again when it is well"
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened; check that its disk is writable, and its folder's"
        " permissions"
    ),
}


class Database:
    """The connection of one ledger, or another kind; one thread at a time."""

    sql: Mapping[str, str] = SQL

    def __init__(
        self, path: Path, steps: Sequence[str] | None = None, kind: Kind = LEDGER
    ) -> None:
        """Open the file, made if need be. `steps` are the migrations to know of.

        Raises `LedgerError`.
        """
        self.path = path
        self.kind = kind
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self.prepared: tuple[int, int]
        if sqlite3.sqlite_version_info < _OLDEST:
            raise LedgerError(
                f"the {kind.name} needs SQLite 3.37 or newer; Python has an older"
            )
        check_folder(path, kind)
        with one_at_a_time(path.parent), self._explained():
            there = is_there(path, kind)
            file = path if there else begin_file(path, kind)
            self._connection = _connect(file)
            self._file = _identity(path)
            try:
                self.prepared = _prepare_schema(
                    self, migrations() if steps is None else steps
                )
                if not there:
                    self._settle(file)
            except BaseException:
                self._connection.close()
                raise

    @contextlib.contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction: written whole at the end, or not at all.

        `durable`: on the disk (fsync) when the block is left. Otherwise it survives
        the process, and the machine from the next durable one on. Raises `LedgerError`
        when it would be written into a file that nobody finds again.
        """
        with self._lock, self._explained():
            connection = self._open()
            if durable:
                self.must_be_there()
            # It cannot be changed inside of a transaction.
            connection.execute(
                f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}"
            )
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for one statement that changes nothing."""
        with self._lock, self._explained():
            yield self._open()

    def must_be_there(self) -> None:
        """Raise `LedgerError` where the file was deleted, moved away or replaced."""
        # A file that was deleted or moved away can be written to as before; SQLite
        # does not look in this journal mode. The next run would find nothing and send
        # to everybody again.
        if _identity(self.path) != self._file:
            raise LedgerError(
                f"{self._named} was deleted, moved or replaced while it was in use. Put"
                " it back before you send again: without it nobody can be told from"
                f" {self.kind.others}"
            )

    def truncate(self, patience: float = _PATIENCE) -> bool:
        """Empty the write-ahead log, where erased rows would still be found.

        False while another process reads from it.
        """
        with self.reading() as connection:
            connection.execute(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
            asked = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (busy, *_) = asked.fetchone()
            connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000:.0f}")
        return not busy

    def rebuild(self) -> bool:
        """Write the whole file anew; False when there is no room or others hold it."""
        with self.reading() as connection:
            try:
                connection.execute("VACUUM")
            except sqlite3.OperationalError:
                return False
        return True

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            with self._explained():
                try:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                finally:
                    connection.close()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._connection is None

    def _settle(self, file: Path) -> None:
        """Give a new file the ledger's name, now that its tables are in it."""
        self.truncate()
        self._open().close()
        end_file(file, self.path, self.kind)
        self._connection = _connect(self.path)
        self._file = _identity(self.path)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise LedgerError(f"{self._named} was closed; open it again")
        return self._connection

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._explanation(error) from error
        except UnicodeDecodeError as error:
            # What SQLite says of a damaged file may quote its octets.
            damaged = _DAMAGED.format(others=self.kind.others)
            raise LedgerError(f"{self._named}: {damaged}") from error

    def _explanation(self, error: sqlite3.Error) -> LedgerError:
        code = getattr(error, "sqlite_errorcode", None)
        # The low octet is the primary code (https://sqlite.org/rescode.html).
        primary = code & 0xFF if isinstance(code, int) else None
        if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return LedgerBusy(
                f"{self._named} is held by another process; try again when it is done"
            )
        known = _EXPLANATIONS.get(primary) if primary is not None else None
        if str(error) == _NO_FORMAT:
            known = _DAMAGED
        if known is not None:
            words = {"name": self.kind.name, "others": self.kind.others}
            return LedgerError(f"{self._named}: {known.format(**words)}")
        # SQLite's own words name tables and columns, never values.
        return LedgerError(f"{self._named}: {error}")

    @property
    def _named(self) -> str:
        return f"the {self.kind.name} {self.path}"


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells this file from another one with its name; None when it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
    )
    try:
        for pragma in (
            "secure_delete = ON",
            "foreign_keys = ON",
            "cache_size = -8000",
            "temp.cache_size = -16000",
            "temp.journal_mode = MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare_schema(database: Database, steps: Sequence[str]) -> tuple[int, int]:
    """Gives the version of the tables before and after."""
    with database.reading() as connection:
        _refuse_strangers(database, connection)
        _refuse_newer(database, connection, len(steps))
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        before = _version(connection)
        if before == len(steps):
            return before, before
    with database.writing() as connection:
        # Another process may have done it in between.
        for number in range(_version(connection), len(steps)):
            _run_script(connection, steps[number])
        connection.execute(f"PRAGMA application_id = {database.kind.mark}")
        connection.execute(f"PRAGMA user_version = {len(steps)}")
    return before, len(steps)


def _refuse_strangers(database: Database, connection: sqlite3.Connection) -> None:
    # In this order: another process may be making the ledger at this moment, and
    # writes its tables and the id in one transaction.
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != database.kind.mark and (application or tables):
        raise LedgerError(
            f"{database.path} is a database of another program, or of another kind;"
            f" give another path for the {database.kind.name}"
        )


def _refuse_newer(
    database: Database, connection: sqlite3.Connection, known: int
) -> None:
    if (found := _version(connection)) > known:
        raise LedgerError(
            f"the {database.kind.name} {database.path} was written by a newer safesend"
            f" (schema {found}, this one knows {known}); update safesend: pip install"
            " -U safesend"
        )


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _run_script(connection: sqlite3.Connection, script: str) -> None:
    # executescript() would commit first; a migration is one transaction.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
