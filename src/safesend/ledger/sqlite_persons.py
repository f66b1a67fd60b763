"""What a ledger in a file knows of persons, and how it is erased from the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import attrs

from safesend.ledger.custody import Custody
from safesend.ledger.database import SQL, Database
from safesend.ledger.drafts import Drafts
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
from safesend.ledger.sqlite_contents import purge_contents
from safesend.ledger.sqlite_hindsight import forget_heard, heard_of
from safesend.ledger.states import move, standing
from safesend.ledger.values import State
from safesend.ledger.vault import Vault
from safesend.redaction import mask_text

__all__ = ["SqlitePersons"]

_UNSWEPT, _ROWS, _LOG = "unswept", b"1", b"2"
"""In `meta` from the erasing of rows until no file holds them any more.

First they may be found between other rows, then in the log only.
"""
_MOMENT = 1.0
"""Seconds for which those who read the log are waited for."""


@attrs.define
class SqlitePersons:
    """See `Persons` for what its methods promise."""

    database: Database
    vault: Vault
    custody: Custody
    drafts: Drafts
    encrypted: bool
    key_home: Path

    def keep(self, campaign: int, seconds: float) -> None:
        """See `Persons.keep`."""
        with self.database.writing() as connection:
            standing(connection, campaign)
            connection.execute(SQL["set_retention"], (campaign, seconds))

    def kept_until(self, campaign: int) -> float | None:
        """See `Persons.kept_until`."""
        with self.database.reading() as connection:
            standing(connection, campaign)
            asked = (float("inf"), None, False)
            for found, seconds in connection.execute(SQL["over"], asked).fetchall():
                if found == campaign:
                    return _ended(connection, campaign) + float(seconds)
        return None

    def over(
        self, now: float, age: float | None = None, *, unfinished: bool = False
    ) -> list[int]:
        """See `Persons.over`."""
        asked = (now, age, unfinished)
        with self.database.reading() as connection:
            found = connection.execute(SQL["over"], asked).fetchall()
            return [
                campaign
                for campaign, seconds in found
                if _ended(connection, campaign) + seconds <= now
            ]

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
        self.custody.recover(campaign, now)
        note = (campaign, now, "purge", mask_text(actor), mask_text(reason))
        with self.database.writing() as connection:
            before = standing(connection, campaign)
            if before.purged is not None:
                return Purged(0)
            self._refuse_work(connection, campaign)
            counts = connection.execute(SQL["counts"], (campaign,))
            gone = counted(dict(counts.fetchall()))
            if not unfinished:
                refuse_unfinished(before.name, gone)
            for name in (*ERASED, "purge_identity"):
                connection.execute(SQL[name], (campaign,))
            purge_contents(connection, campaign)
            found = connection.execute(SQL["purge_suppression"], (campaign,)).rowcount
            connection.execute(SQL["purge_flow"])
            connection.execute(SQL["purge_seats"], (now,))
            connection.execute(SQL["purge_reasons"], (now,))
            move(connection, campaign, gone.waiting, State.WAITING, State.CANCELLED)
            connection.execute(SQL["purge_campaign"], (campaign, now))
            connection.execute(SQL["note_control"], note)
            _note_unswept(connection)
        return attrs.evolve(gone, mailboxes=found)

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
        for campaign in {row.campaign for row in self._rows(mailbox) if row.sent}:
            self.custody.recover(campaign, now)
        note = (now, "forget", mask_text(actor), mask_text(reason))
        with self.database.writing() as connection:
            rows = self._settled_rows(connection, mailbox)
            for row in rows:
                connection.execute(SQL["forget"], (row.id,))
                forget_heard(connection, row.campaign, row.id)
                move(connection, row.campaign, 1, row.state, row.after)
            for campaign in {row.campaign: None for row in rows}:
                connection.execute(SQL["note_control"], (campaign, *note))
            if suppress:
                _suppress(connection, mailbox, rows, now)
            if rows:
                _note_unswept(connection)
        return [row.forgotten() for row in rows]

    def about(self, mailbox: bytes) -> list[Trace]:
        """See `Persons.about`."""
        with self.database.reading() as connection:
            return [
                row.trace(self._opened(row), heard_of(connection, row.campaign, row.id))
                for row in _rows_of(connection, mailbox)
            ]

    def sweep(self) -> bool:
        """See `Persons.sweep`."""
        # secure_delete overwrites what is erased, but not the copies that SQLite leaves
        # in the free space of a page when it moves rows to another (balance_nonroot in
        # its btree.c). Encrypted payloads tell nothing there, but digests and replies
        # do: after a purge every ledger is written anew, else one in clear.
        with self.database.reading() as connection:
            (erased,) = connection.execute(SQL["erased"]).fetchone()
            meta = dict(connection.execute(SQL["meta"]).fetchall())
        plain = not self.encrypted and erased != meta["tidied"]
        unswept = _ROWS if plain else meta.get(_UNSWEPT)
        if unswept is None:
            return True
        if unswept == _ROWS:
            if not self.database.rebuild():
                return False
            facts = [("tidied", erased), (_UNSWEPT, _LOG)]
            with self.database.writing() as connection:
                connection.executemany(SQL["set_meta"], facts)
        if not self.database.truncate(_MOMENT):
            return False
        with self.database.writing() as connection:
            connection.execute(SQL["unset_meta"], (_UNSWEPT,))
        return True

    def destroy_key(self, now: float) -> str:
        """See `Persons.destroy_key`."""
        with self.database.writing() as connection:
            (left,) = connection.execute(SQL["unpurged_left"]).fetchone()
            refuse_left(left)
            meta = dict(connection.execute(SQL["meta"]).fetchall())
            place = KeyPlace(self.database.path, self.key_home, meta["id"].decode())
            place.must_be_file()
            connection.execute(SQL["set_meta"], (DESTROYED, str(now).encode()))
        place.destroy()
        return str(place.file)

    def _rows(self, mailbox: bytes) -> list[Known]:
        with self.database.reading() as connection:
            return _rows_of(connection, mailbox)

    def _opened(self, row: Known) -> bytes | None:
        if row.payload is None:
            return None
        return self.vault.unseal(row.digest, row.payload)

    def _refuse_work(self, connection: sqlite3.Connection, campaign: int) -> None:
        if connection.execute(SQL["open_runs"], (campaign,)).fetchone() is not None:
            refuse_work(self.database.path)
        self.drafts.abandon(connection, campaign)

    def _settled_rows(
        self, connection: sqlite3.Connection, mailbox: bytes
    ) -> list[Known]:
        """The live rows of a mailbox, none of which is in anybody's hand."""
        rows = _rows_of(connection, mailbox)
        for campaign in {row.campaign: None for row in rows if row.drafted}:
            self.drafts.abandon(connection, campaign)
        return live_rows(rows)


def _rows_of(connection: sqlite3.Connection, mailbox: bytes) -> list[Known]:
    found = connection.execute(SQL["rows_of"], (mailbox,)).fetchall()
    return [Known(*values) for values in found]


def _ended(connection: sqlite3.Connection, campaign: int) -> float:
    (date,) = connection.execute(SQL["last_outcome"], (campaign,)).fetchone()
    return float(date)


def _note_unswept(connection: sqlite3.Connection) -> None:
    connection.execute(SQL["set_meta"], (_UNSWEPT, _ROWS))


def _suppress(
    connection: sqlite3.Connection, mailbox: bytes, rows: Iterable[Known], now: float
) -> None:
    campaigns = [one[0] for one in connection.execute(SQL["campaigns"])]
    under = suppressed_under(rows, campaigns)
    connection.execute(SQL["suppress_asked"], (mailbox, now, under))
