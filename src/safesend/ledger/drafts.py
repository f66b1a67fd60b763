"""Enrolment: a list is written as a draft, and goes live with one update.

A million digests inserted in random order into the index of a large table crawl; so
the draft's rows are appended in list order, their digests gathered in a temporary table
of this process, and written into `identity` in order of the digests at go-live.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence

import attrs

from safesend.errors import LedgerBusy, LedgerError
from safesend.ledger.base import NewRow, State
from safesend.ledger.database import SQL, Database
from safesend.ledger.progress import Marks
from safesend.ledger.runs import (
    Presence,
    Process,
    is_over,
    marks_path,
    this_process,
)
from safesend.ledger.states import (
    CODES,
    Standing,
    move,
    standing,
    sweep_cancelled,
    unpurged,
)
from safesend.ledger.vault import Vault

__all__ = ["Drafts"]


@attrs.frozen
class _Own:
    run: int
    marks: Marks


@attrs.define
class Drafts:
    """The drafts of this process, by campaign."""

    database: Database
    vault: Vault
    _own: dict[int, _Own] = attrs.field(factory=dict)

    def begin(self, campaign: int) -> None:
        """See `Ledger.begin_draft`."""
        with self.database.writing() as connection:
            connection.execute(SQL["create_seen"])
            now = unpurged(connection, campaign)
            self._take_over(connection, now.draft)
            _drop(connection, campaign, now)
            own = self._register(connection, campaign)
        self._release(campaign)
        self._own[campaign] = own

    def enrol(self, campaign: int, rows: Sequence[NewRow]) -> int:
        """See `Ledger.enrol`."""
        # What is not live may be lost with the machine, so nothing waits for the disk.
        with self.database.writing(durable=False) as connection:
            now = self._fenced(connection, campaign)
            new = _unknown(connection, "enrolled", campaign, rows, now.enrolled)
            (last,) = connection.execute(SQL["last_row"]).fetchone()
            new = _note(connection, campaign, new, last + 1)
            self._append(connection, campaign, new, last + 1)
            move(connection, campaign, len(new), None, State.DRAFT)
        return len(new)

    def drop(self, campaign: int) -> None:
        """See `Ledger.drop_draft`. Only this process' own draft is dropped."""
        if (own := self._own.get(campaign)) is None:
            return
        with self.database.writing() as connection:
            now = standing(connection, campaign)
            if now.draft == own.run:
                _drop(connection, campaign, now)
                connection.execute(SQL["drop_run"], (own.run,))
        self._release(campaign)

    def go_live(self, campaign: int, fingerprint: bytes, date: float) -> int:
        """See `Ledger.go_live`."""
        with self.database.writing() as connection:
            now = self._fenced(connection, campaign)
            new = connection.execute(SQL["identify"], (campaign,)).rowcount
            (last,) = connection.execute(SQL["last_row"]).fetchone()
            connection.execute(SQL["go_live"], (campaign, last, new, fingerprint, date))
            move(connection, campaign, new, State.DRAFT, State.WAITING)
            known = (campaign, now.live_upto)
            gone = connection.execute(SQL["suppress_new"], known).rowcount
            move(connection, campaign, gone, State.WAITING, State.SUPPRESSED)
            connection.execute(SQL["drop_seen"], (campaign,))
            connection.execute(SQL["drop_run"], (now.draft,))
            sweep_cancelled(connection, campaign)
        self._release(campaign)
        return now.enrolled + new

    def has(self, campaign: int, digest: bytes) -> bool:
        """Whether the row is in this process' draft."""
        if campaign not in self._own:
            return False
        with self.database.reading() as connection:
            found = connection.execute(SQL["seen"], (campaign, digest)).fetchone()
        return found is not None

    def abandon(self, connection: sqlite3.Connection, campaign: int) -> None:
        """Drop what a process left that died; raises `LedgerBusy` while one enrols."""
        if campaign in self._own:
            raise LedgerBusy(
                f"a list is being read into this campaign of {self.database.path}; try"
                " again when that is done"
            )
        connection.execute(SQL["create_seen"])
        now = standing(connection, campaign)
        self._take_over(connection, now.draft)
        _drop(connection, campaign, now)

    def close(self) -> None:
        """Forget what was drafted and never went live."""
        for campaign in list(self._own):
            self.drop(campaign)

    def _take_over(self, connection: sqlite3.Connection, run: int | None) -> None:
        """Make sure that nobody else enrols; clear up after who did."""
        if run is None or run in {own.run for own in self._own.values()}:
            return
        number, boot, space, pid, born, lease = connection.execute(
            SQL["presence"], (run,)
        ).fetchone()
        who = Presence(number, Process(boot, space, pid, born), lease)
        marks = marks_path(self.database.path, run)
        if not is_over(who, this_process(), math.inf, marks):
            raise LedgerBusy(
                f"another process (number {pid}) reads a list into this campaign of"
                f" {self.database.path}; try again when it is done"
            )
        connection.execute(SQL["drop_run"], (run,))
        marks.unlink(missing_ok=True)

    def _register(self, connection: sqlite3.Connection, campaign: int) -> _Own:
        here = this_process()
        process = (here.boot, here.space, here.pid, here.born)
        presence = (campaign, *process, None, 0.0, "", "")
        run = connection.execute(SQL["add_run"], presence).lastrowid or 0
        connection.execute(SQL["set_draft"], (campaign, run))
        # Locked before others can see the run.
        return _Own(run, Marks(marks_path(self.database.path, run), here.boot))

    def _fenced(self, connection: sqlite3.Connection, campaign: int) -> Standing:
        now = unpurged(connection, campaign)
        own = self._own.get(campaign)
        if own is None:
            raise LedgerError("nothing can be enrolled before begin_draft()")
        if now.draft != own.run:
            raise LedgerBusy(
                f"another process took over the draft of this campaign in"
                f" {self.database.path}; nothing was enrolled here"
            )
        return now

    def _append(
        self,
        connection: sqlite3.Connection,
        campaign: int,
        rows: Sequence[NewRow],
        first: int,
    ) -> None:
        sealed = self.vault.seal([(row.digest, row.payload) for row in rows])
        connection.executemany(
            SQL["enrol"],
            [
                (
                    number,
                    campaign,
                    row.digest,
                    row.suppression,
                    row.provider,
                    payload,
                    row.kind,
                )
                for number, (row, payload) in enumerate(
                    zip(rows, sealed, strict=True), first
                )
            ],
        )

    def _release(self, campaign: int) -> None:
        if (own := self._own.pop(campaign, None)) is not None:
            own.marks.remove()


def _drop(connection: sqlite3.Connection, campaign: int, now: Standing) -> None:
    connection.execute(SQL["drop_draft"], (campaign, now.live_upto))
    connection.execute(SQL["drop_seen"], (campaign,))
    connection.execute(SQL["clear_count"], (campaign, CODES[State.DRAFT]))


def _unknown(
    connection: sqlite3.Connection,
    query: str,
    campaign: int,
    rows: Sequence[NewRow],
    known: int,
) -> Sequence[NewRow]:
    """The rows that a table of digests, which has so many, does not have."""
    if not known:
        return rows
    find = connection.cursor().execute
    return [
        row
        for row in rows
        if find(SQL[query], (campaign, row.digest)).fetchone() is None
    ]


def _note(
    connection: sqlite3.Connection, campaign: int, rows: Sequence[NewRow], first: int
) -> Sequence[NewRow]:
    """Note the digests of the draft; gives the rows that were not in it."""
    first_mentions: dict[bytes, NewRow] = {}
    for row in rows:
        first_mentions.setdefault(row.digest, row)
    rows = list(first_mentions.values())
    connection.execute("SAVEPOINT note")
    added = _add_seen(connection, campaign, rows, first)
    if added != len(rows):
        # Rare: a list that names somebody twice. Which rows, is only asked for then.
        connection.execute("ROLLBACK TO note")
        rows = _unknown(connection, "seen", campaign, rows, known=1)
        _add_seen(connection, campaign, rows, first)
    connection.execute("RELEASE note")
    return rows


def _add_seen(
    connection: sqlite3.Connection, campaign: int, rows: Sequence[NewRow], first: int
) -> int:
    return connection.executemany(
        SQL["add_seen"],
        [(campaign, row.digest, number) for number, row in enumerate(rows, first)],
    ).rowcount
