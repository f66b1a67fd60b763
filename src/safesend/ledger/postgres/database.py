"""The line to PostgreSQL: one transaction at a time, taken up again when it is cut.

A server that restarts and a PgBouncer that drops its clients cut the line in the middle
of a transaction. Before COMMIT nothing of it was done, so the method is repeated
(`again`). A COMMIT that nobody answered may have been done: every transaction writes
its number into a row of its writer (`mark`), which is read on the next line. It is read
by writing it, which waits for a server that is busy with that very COMMIT, also where
it is the first of its writer and no other line can see the row.

PgBouncer may give each transaction to another server process ("transaction mode"). So
nothing is set, locked or prepared for longer than a transaction.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import psycopg
import tenacity
from psycopg import errors

from safesend.errors import LedgerBusy, LedgerError
from safesend.ledger.place import LEDGER, Kind
from safesend.ledger.postgres.address import Address
from safesend.ledger.postgres.advice import away, forgot, refused
from safesend.ledger.postgres.line import Connection, connected, is_cut, row_at_once
from safesend.ledger.postgres.repeating import Unfinished, again
from safesend.ledger.postgres.schema import (
    FOLDER,
    STEPS,
    bring_up_to_date,
    refuse_other,
    refuse_work,
    version_of,
)
from safesend.ledger.queries import named_queries

__all__ = ["SQL", "Connection", "Database", "Unfinished", "again", "migrate"]

SQL = named_queries(FOLDER)

_OLDEST = 130000
_PATIENCE = 60.0
"""Seconds for which a server that is away is looked for again."""
_LOCKED = 60
"""Seconds to wait for what others hold before `LedgerBusy`.

Only work takes so long, to cancel millions of rows for example: who holds it and does
nothing is given up before (`_IDLE`). A run must not end because somebody cancels it.
"""
_IDLE = 8
"""Seconds after which a transaction of a program that was stopped is given up.

Those who wait for it hear nothing of that.
"""
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
"""Whatever the database's default is: who waited for a campaign reads what is new."""
_SLOTS = 64
"""Slots of the table `tally`."""
_T = TypeVar("_T")


class Database:
    """The line of one ledger; one thread at a time."""

    sql = SQL
    kind: Kind = LEDGER

    def __init__(
        self,
        address: Address,
        *,
        upgrade: bool = False,
        steps: Sequence[str] = STEPS,
    ) -> None:
        """Connect, and make the tables where there are none.

        `upgrade`: where they are old, migrate them, if nobody works with them. Tables
        of another version are refused. Raises `LedgerError`.
        """
        self.path = address.name
        self._address = address
        self._lock = threading.RLock()
        self._line: psycopg.Connection[Any] | None = None
        self._closed = False
        self._writer = uuid.uuid4()
        self._slot = self._writer.int % _SLOTS
        self._number = 0
        self._lasting = 0
        """The last one that the server confirmed to be on its disk."""
        self._steps = steps
        self.prepared: tuple[int, int]
        with self._explained():
            self._line = connected(self._address)
        try:
            self.prepared = self._prepare(upgrade=upgrade)
        except BaseException:
            self._cut()
            raise

    @contextlib.contextmanager
    def writing(
        self,
        campaign: int | None = None,
        *,
        shared: bool = False,
        durable: bool = True,
    ) -> Iterator[Connection]:
        """One transaction: written whole at the end, or not at all.

        It has the `campaign` to itself, or shares it with others that are `shared`:
        they move rows that nobody else has, and what was ordered stays as they read it.
        `durable`: on the server's disk when the block is left. Raises `Unfinished`, and
        `LedgerForgot` where what was is not there any more: once, nothing is done then.
        """
        with self._lock, self._explained():
            line = self._open()
            self._number += 1
            begin = self._beginning(campaign, shared=shared, durable=durable)
            with self._transaction(line, f"{begin}; {self._noted()}") as connection:
                yield connection
            self._commit(line)
            if durable:
                self._lasting = self._number

    @contextlib.contextmanager
    def reading(self, *, snapshot: bool = False) -> Iterator[Connection]:
        """Statements that change nothing; with `snapshot` all see the same moment."""
        with self._lock, self._explained():
            line = self._open()
            level = "REPEATABLE READ" if snapshot else "READ COMMITTED"
            begin = f"BEGIN ISOLATION LEVEL {level} READ ONLY; {self._settings()}"
            with self._transaction(line, begin) as connection:
                yield connection
            line.execute("COMMIT")

    def at_once(self, query: str, *values: float | Sequence[int]) -> Any:
        """The row of a statement that may as well be done twice; None: it has none.

        A durable transaction in one journey to the server. Raises `Unfinished`.
        """
        with self._lock, self._explained():
            return row_at_once(self._open(), self._beginning(), query, values)

    def repeat(self, call: Callable[[], _T]) -> _T:
        """Do that, and again for as long as it raises `Unfinished` (a minute)."""
        return self._patiently(Unfinished)(call)

    def close(self) -> None:
        """Let go of the line. May be called twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            with contextlib.suppress(psycopg.Error):
                if self._line is not None:
                    # What is so old is of nobody who still waits for an answer.
                    self._line.execute(
                        f"BEGIN; {self._settings()}; DELETE FROM mark"  # noqa: S608 - ours
                        f" WHERE writer = '{self._writer}' OR touched < {_now()}"
                        " - 31536000; COMMIT"
                    )
            self._cut()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def connected(self) -> bool:
        """Whether there is a line, as far as is known: nobody need wait for one."""
        return self._line is not None and not self._line.closed

    def _prepare(self, *, upgrade: bool) -> tuple[int, int]:
        """The version of the tables before and after."""
        schema = self._address.schema
        with self._lock, self._explained():
            line = self._open()
            if line.info.server_version < _OLDEST:
                raise LedgerError(
                    f"the ledger {self.path} needs PostgreSQL 13 or newer"
                )
            if (encoding := line.info.parameter_status("server_encoding")) != "UTF8":
                raise LedgerError(
                    f"the ledger {self.path} needs a database in UTF8, and this one is"
                    f" in {encoding}: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE"
                    " template0"
                )
            with self._transaction(line, _BEGIN) as connection:
                found = version_of(connection, schema)
                refuse_other(self.path, found, len(self._steps), upgrade=upgrade)
                after = found
                if 0 < found < len(self._steps):
                    refuse_work(connection, self.path, schema)
                if found < len(self._steps):
                    after = bring_up_to_date(connection, schema, self._steps)
            line.execute("COMMIT")
        return found, after

    def _beginning(
        self, campaign: int | None = None, *, shared: bool = False, durable: bool = True
    ) -> str:
        """What a transaction begins with, for one journey to the server.

        None of it is a text of anybody else: numbers, and names that were checked.
        """
        kind, lock = "_shared" if shared else "", ""
        if campaign is not None:
            key = f"hashtext('{self._address.schema}'), {campaign:d}"
            lock = f"; SELECT pg_advisory_xact_lock{kind}({key})"
        return (
            f"{_BEGIN}; {self._settings()};"
            f" SET LOCAL lock_timeout = '{_LOCKED}s';"
            f" SET LOCAL idle_in_transaction_session_timeout = '{_IDLE}s';"
            f" SET LOCAL synchronous_commit = {'on' if durable else 'off'}{lock}"
        )

    def _noted(self) -> str:
        if self._lasting:
            # Behind a PgBouncer another server may be there, and the line is the same.
            return (
                f"UPDATE mark SET number = {self._number}, touched = {_now()}"  # noqa: S608 - ours
                f" WHERE writer = '{self._writer}' AND number >= {self._lasting}"
            )
        return (
            f"INSERT INTO mark VALUES ('{self._writer}', {self._number}, {_now()})"  # noqa: S608 - ours
            " ON CONFLICT (writer) DO UPDATE SET number = excluded.number,"
            " touched = excluded.touched"
        )

    def _settings(self) -> str:
        # A temporary table of somebody behind the same PgBouncer is none of ours, and
        # how long a statement of a person may take says nothing of a list of millions.
        return (
            f'SET LOCAL search_path = "{self._address.schema}", pg_temp;'
            " SET LOCAL statement_timeout = 0"
        )

    @contextlib.contextmanager
    def _transaction(
        self, line: psycopg.Connection[Any], begin: str
    ) -> Iterator[Connection]:
        try:
            self._refuse_lapse(line.execute(begin))
            yield Connection(line, self._slot)
        except BaseException:
            with contextlib.suppress(psycopg.Error):
                line.execute("ROLLBACK")
            raise

    def _refuse_lapse(self, begun: psycopg.Cursor[Any]) -> None:
        """Raise `LedgerForgot` where our number was not there to be moved on."""
        while begun.nextset():
            pass
        if begun.rowcount == 0:
            self._lasting = 0
            raise forgot(self.path)

    def _commit(self, line: psycopg.Connection[Any]) -> None:
        try:
            done = line.execute("COMMIT").statusmessage
        except psycopg.Error as error:
            if not is_cut(line, error):
                raise
            self._cut()
            if not self._was_done(self._number):
                raise Unfinished(self._away(error)) from error
        else:
            if done != "COMMIT":
                # What failed and was let pass inside ends so, without an error.
                raise LedgerError(f"the ledger {self.path}: nothing was written")

    def _was_done(self, number: int) -> bool:
        """Whether that transaction was written; waits for a server that is busy."""
        try:
            found = self._patiently(psycopg.OperationalError, Unfinished)(
                self._last_number
            )
        except (psycopg.Error, Unfinished) as error:
            raise LedgerError(
                f"{self._away()}. Whether it has written what it was told last is not"
                " known"
            ) from error
        return found == number

    def _last_number(self) -> int:
        line = self._open()
        query = (
            f"INSERT INTO mark VALUES ('{self._writer}', 0, {_now()})"  # noqa: S608 - ours
            " ON CONFLICT (writer) DO UPDATE SET touched = excluded.touched"
            " RETURNING number"
        )
        begin = f"BEGIN; {self._settings()}; SET LOCAL lock_timeout = '{_LOCKED}s'"
        try:
            with self._transaction(line, begin) as connection:
                [(found,)] = connection.execute(query).fetchall()
            line.execute("COMMIT")
        except psycopg.Error:
            self._cut()
            raise
        return int(found)

    def _open(self) -> psycopg.Connection[Any]:
        if self._closed:
            raise LedgerError(f"the ledger {self.path} was closed; open it again")
        if self._line is None or self._line.closed:
            try:
                self._line = connected(self._address)
            except psycopg.OperationalError as error:
                raise Unfinished(self._away(error)) from error
            self._refuse_other()
        return self._line

    def _refuse_other(self) -> None:
        """While there was no line somebody may have migrated the tables."""
        assert self._line is not None
        try:
            now = version_of(Connection(self._line, self._slot), self._address.schema)
        except psycopg.OperationalError as error:
            # A PgBouncer answers while the server behind it does not.
            self._cut()
            raise Unfinished(self._away(error)) from error
        if now != len(self._steps):
            self._cut()
            raise LedgerError(
                f"the ledger {self.path} was migrated from schema {len(self._steps)} to"
                f" {now} while this program worked with it; start it again"
            )

    def _cut(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(psycopg.Error):
                line.close()

    def _patiently(self, *kinds: type[Exception]) -> tenacity.Retrying:
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(kinds),
            wait=tenacity.wait_random_exponential(multiplier=0.05, max=2),
            stop=tenacity.stop_after_delay(_PATIENCE),
            reraise=True,
        )

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            # Its details name values, and a traceback would show them.
            raise self._explanation(error) from None
        except psycopg.Error as error:
            raise self._explanation(error) from error

    def _explanation(self, error: psycopg.Error) -> LedgerError:
        if isinstance(error, errors.SerializationFailure | errors.DeadlockDetected):
            return Unfinished(f"others write into the ledger {self.path} all the time")
        if isinstance(error, errors.LockNotAvailable):
            return LedgerBusy(
                f"the ledger {self.path} is held by another process; try again when it"
                " is done"
            )
        if self._line is None:
            return LedgerError(self._away(error))
        if is_cut(self._line, error):
            self._cut()
            return Unfinished(self._away(error))
        return LedgerError(refused(self.path, error))

    def _away(self, error: psycopg.Error | None = None) -> str:
        return away(self.path, error)


def migrate(address: Address) -> tuple[int, int]:
    """Bring the tables of a ledger up to date, made if need be; for a command.

    Gives the version before and after. Raises `LedgerError`, and `LedgerBusy` while
    somebody sends.
    """
    with contextlib.closing(Database(address, upgrade=True)) as database:
        return database.prepared


def _now() -> str:
    return "extract(epoch FROM clock_timestamp())"
