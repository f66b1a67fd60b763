"""Enrolment: a list is written as a draft, and goes live with one update.

A million digests inserted in random order into the index of a large table crawl; so
the draft's rows are appended in list order, and their digests written into `identity`
at go-live, in order of the digests.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence

import attrs

from safesend.errors import LedgerBusy, LedgerError
from safesend.ledger.base import NewRow, State
from safesend.ledger.database import SQL, Database
from safesend.ledger.newcomers import Newcomers, unknown
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
    newcomers: Newcomers


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
            own = self._register(connection, campaign, now.live_upto)
        self._release(campaign)
        self._own[campaign] = own

    def enrol(self, campaign: int, rows: Sequence[NewRow]) -> int:
        """See `Ledger.enrol`."""
        # What is not live may be lost with the machine, so nothing waits for the disk.
        with self.database.writing(durable=False) as connection:
            now = self._fenced(connection, campaign)
            newcomers = self._own[campaign].newcomers
            new = unknown(connection, "enrolled", campaign, rows, now.enrolled)
            (last,) = connection.execute(SQL["last_row"]).fetchone()
            new, in_table = newcomers.among(connection, new, last + 1)
            self._append(connection, campaign, new, last + 1)
            move(connection, campaign, len(new), None, State.DRAFT)
        newcomers.settle(in_table=in_table)
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
            drafted = (campaign, now.live_upto)
            self._own[campaign].newcomers.release()
            new = connection.execute(SQL["identify"], drafted).rowcount
            (last,) = connection.execute(SQL["last_row"]).fetchone()
            connection.execute(SQL["go_live"], (campaign, last, new, fingerprint, date))
            move(connection, campaign, new, State.DRAFT, State.WAITING)
            gone = connection.execute(SQL["suppress_new"], drafted).rowcount
            move(connection, campaign, gone, State.WAITING, State.SUPPRESSED)
            connection.execute(SQL["drop_seen"], (campaign,))
            connection.execute(SQL["drop_run"], (now.draft,))
            sweep_cancelled(connection, campaign)
        self._release(campaign)
        return now.enrolled + new

    def has(self, campaign: int, digest: bytes) -> bool:
        """Whether the row is in this process' draft."""
        own = self._own.get(campaign)
        if own is None or not own.newcomers.may_have(digest):
            return False
        with self.database.writing(durable=False) as connection:
            found = own.newcomers.has(connection, digest)
        own.newcomers.settle(in_table=True)
        return found

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

    def _register(
        self, connection: sqlite3.Connection, campaign: int, live_upto: int
    ) -> _Own:
        here = this_process()
        process = (here.boot, here.space, here.pid, here.born)
        presence = (campaign, *process, None, 0.0, "", "")
        run = connection.execute(SQL["add_run"], presence).lastrowid or 0
        connection.execute(SQL["set_draft"], (campaign, run))
        # Locked before others can see the run.
        marks = Marks(marks_path(self.database.path, run), here.boot)
        return _Own(run, marks, Newcomers(campaign, live_upto))

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
                    # What is no plain number, float, text or bytearray takes a detour
                    # of a microsecond through the adapters of sqlite3.
                    bytearray(row.digest),
                    bytearray(row.suppression),
                    row.provider,
                    bytearray(payload),
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
