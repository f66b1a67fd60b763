"""What a ledger in PostgreSQL knows of persons, and how it is erased there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from safesend.errors import LedgerError
from safesend.ledger.keyfile import DESTROYED, KeyPlace
from safesend.ledger.known import (
    ERASED,
    Known,
    counted,
    live_rows,
    refuse_left,
    refuse_work,
    suppressed_under,
)
from safesend.ledger.persons import Forgotten, Purged, Trace, refuse_unfinished
from safesend.ledger.postgres.contents import purge_contents
from safesend.ledger.postgres.database import SQL, Connection, Database, again
from safesend.ledger.postgres.hindsight import forget_heard, heard_of
from safesend.ledger.postgres.states import move, standing
from safesend.ledger.values import State
from safesend.ledger.vault import Vault
from safesend.redaction import mask_text

__all__ = ["PostgresPersons"]

_TOLD = (
    *("delivery", "heard", "allowance", "hold", "control", "approval", "rehearsal"),
    *("run", "flow", "pace", "seat", "suppression"),
)
"""The tables from which something of persons is erased."""


@attrs.define
class PostgresPersons:
    """See `Persons` for what its methods promise.

    `recover` settles the rows of dead runs of a campaign as of a date, `abandon` drops
    a draft that somebody left, or raises `LedgerBusy`.
    """

    database: Database
    vault: Vault
    recover: Callable[[int, float], object]
    abandon: Callable[[Connection, int], None]
    encrypted: bool
    key: KeyPlace

    @again
    def keep(self, campaign: int, seconds: float) -> None:
        """See `Persons.keep`."""
        with self.database.writing(campaign) as connection:
            standing(connection, campaign)
            connection.execute(SQL["set_retention"], (campaign, seconds))

    @again
    def kept_until(self, campaign: int) -> float | None:
        """See `Persons.kept_until`."""
        with self.database.reading(snapshot=True) as connection:
            standing(connection, campaign)
            asked = (float("inf"), None, False)
            for found, seconds in connection.execute(SQL["over"], asked).fetchall():
                if found == campaign:
                    return _ended(connection, campaign) + float(seconds)
        return None

    @again
    def over(
        self, now: float, age: float | None = None, *, unfinished: bool = False
    ) -> list[int]:
        """See `Persons.over`."""
        asked = (now, age, unfinished)
        with self.database.reading(snapshot=True) as connection:
            found = connection.execute(SQL["over"], asked).fetchall()
            return [
                campaign
                for campaign, seconds in found
                if _ended(connection, campaign) + seconds <= now
            ]

    @again
    def purge(
        self,
        campaign: int,
        *,
        actor: str,
        reason: str,
        now: float,
        unfinished: bool = False,
    ) -> Purged:
        """See `Persons.purge`."""
        self.recover(campaign, now)
        note = (campaign, now, "purge", mask_text(actor), mask_text(reason))
        with self.database.writing(campaign) as connection:
            before = standing(connection, campaign)
            if before.purged is not None:
                return Purged(0)
            if connection.execute(SQL["open_runs"], (campaign,)).fetchone() is not None:
                refuse_work(self.database.path)
            self.abandon(connection, campaign)
            gone = counted(dict(connection.execute(SQL["counts"], (campaign,))))
            if not unfinished:
                refuse_unfinished(before.name, gone)
            for name in ERASED:
                connection.execute(SQL[name], (campaign,))
            purge_contents(connection, campaign)
            found = connection.execute(SQL["purge_suppression"], (campaign,)).rowcount
            for name in ("purge_flow", "purge_paces", "purge_seats"):
                connection.execute(SQL[name])
            connection.execute(SQL["purge_reasons"], (now,))
            move(connection, campaign, gone.waiting, State.WAITING, State.CANCELLED)
            connection.execute(SQL["purge_campaign"], (campaign, now))
            connection.execute(SQL["note_control"], note)
            connection.execute(SQL["note_unswept"])
        return attrs.evolve(gone, mailboxes=found)

    @again
    def forget(
        self,
        mailbox: bytes,
        *,
        actor: str,
        reason: str,
        now: float,
        suppress: bool = False,
    ) -> list[Forgotten]:
        """See `Persons.forget`."""
        known = self._rows(mailbox)
        for campaign in {row.campaign for row in known if row.sent}:
            self.recover(campaign, now)
        note = (now, "forget", mask_text(actor), mask_text(reason))
        with self.database.writing() as connection:
            rows = self._settled_rows(connection, known)
            for row in rows:
                connection.execute(SQL["forget"], (row.id,))
                forget_heard(connection, row.campaign, row.id)
                move(connection, row.campaign, 1, row.state, row.after)
            for campaign in {row.campaign: None for row in rows}:
                connection.execute(SQL["note_control"], (campaign, *note))
            if suppress:
                _suppress(connection, mailbox, rows, now)
            if rows:
                connection.execute(SQL["note_unswept"])
        return [row.forgotten() for row in rows]

    @again
    def about(self, mailbox: bytes) -> list[Trace]:
        """See `Persons.about`."""
        with self.database.reading(snapshot=True) as connection:
            rows = _rows_of(connection, mailbox)
            heard = {
                row.id: heard_of(connection, row.campaign, [row.id]).get(row.id, ())
                for row in rows
            }
        return [row.trace(self._opened(row), heard[row.id]) for row in rows]

    def sweep(self) -> bool:
        """See `Persons.sweep`.

        The server's log of what it wrote (WAL), its archive, and copies on other
        servers are its administrator's: from the log it goes as the server reuses it.
        """
        # DELETE and UPDATE leave what was there in the file of the table, and VACUUM
        # does not overwrite it. CLUSTER writes the file anew, and in a transaction,
        # which can be given up (VACUUM FULL has none).
        try:
            return self._is_swept() or self._rewritten()
        except LedgerError:
            return False

    @again
    def _is_swept(self) -> bool:
        with self.database.reading() as connection:
            return self._unswept(connection) is None

    def _rewritten(self) -> bool:
        with self.database.writing() as connection:
            if (unswept := self._unswept(connection)) is None:
                return True
            erasing, erased = unswept
            connection.execute(SQL["impatience"])
            [(number,)] = connection.execute(SQL["onlookers"], (erasing,)).fetchall()
            if number:
                return False
            for table in _TOLD:
                connection.execute(f"CLUSTER {table} USING {table}_pkey")
            connection.execute(SQL["note_swept"], (erased,))
            connection.execute(SQL["forget_unswept"])
        return True

    def _unswept(self, connection: Connection) -> tuple[int | None, int] | None:
        """The transaction that erased last, and how many rows are done; None: swept."""
        asked = connection.execute(SQL["unswept"]).fetchall()
        [(erasing, erased, tidied)] = asked
        plain = not self.encrypted and erased != (tidied or 0)
        return None if erasing is None and not plain else (erasing, erased)

    def destroy_key(self, now: float) -> str:
        """See `Persons.destroy_key`."""
        self._renounce(now)
        self.key.destroy()
        return str(self.key.file)

    @again
    def _renounce(self, now: float) -> None:
        with self.database.writing() as connection:
            [(left,)] = connection.execute(SQL["unpurged_left"]).fetchall()
            refuse_left(left)
            self.key.must_be_file()
            connection.execute(SQL["set_meta"], (DESTROYED, str(now).encode()))

    @again
    def _rows(self, mailbox: bytes) -> list[Known]:
        with self.database.reading() as connection:
            return _rows_of(connection, mailbox)

    def _opened(self, row: Known) -> bytes | None:
        if row.payload is None:
            return None
        return self.vault.unseal(row.digest, row.payload)

    def _settled_rows(
        self, connection: Connection, known: Sequence[Known]
    ) -> list[Known]:
        """The live ones of these rows, none of which is in anybody's hand."""
        # In one order always, so that two who do this do not wait for each other.
        for campaign in sorted({row.campaign for row in known}):
            connection.execute(SQL["hold_campaign"], (campaign,))
        asked = ([row.id for row in known],)
        found = connection.execute(SQL["rows_to_forget"], asked).fetchall()
        rows = [Known(*values) for values in found]
        for campaign in {row.campaign: None for row in rows if row.drafted}:
            self.abandon(connection, campaign)
        return live_rows(rows)


def _rows_of(connection: Connection, mailbox: bytes) -> list[Known]:
    found = connection.execute(SQL["rows_of"], (mailbox,)).fetchall()
    return [Known(*values) for values in found]


def _ended(connection: Connection, campaign: int) -> float:
    [(date,)] = connection.execute(SQL["last_outcome"], (campaign,)).fetchall()
    return float(date)


def _suppress(
    connection: Connection, mailbox: bytes, rows: Iterable[Known], now: float
) -> None:
    found = connection.execute(SQL["campaigns"]).fetchall()
    under = suppressed_under(rows, [row[0] for row in found])
    connection.execute(SQL["suppress_asked"], (mailbox, now, under))
