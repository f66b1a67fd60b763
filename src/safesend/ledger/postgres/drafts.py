"""Enrolment: a list is written as a draft, and goes live with one update.

A batch is written with one COPY. The rows have their unique key at once: nearly every
list names everybody once, so whom the campaign has already is looked up only where it
has live rows, or where a COPY was refused.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import attrs
from psycopg.errors import UniqueViolation

from safesend.errors import LedgerBusy, LedgerError
from safesend.ledger.base import NewRow, State
from safesend.ledger.postgres.database import SQL, Connection, Database, again
from safesend.ledger.postgres.states import (
    move,
    standing,
    sweep_cancelled,
    unpurged,
)
from safesend.ledger.progress import Marks
from safesend.ledger.runs import (
    Presence,
    Process,
    is_over,
    marks_path,
    this_process,
)
from safesend.ledger.states import CODES, Standing
from safesend.ledger.vault import Vault

__all__ = ["Drafts"]

_LEASE = 600.0
"""Seconds for which another machine is believed to enrol, or to rehearse."""
_MANY = 5_000
"""So many new rows change how a table is best read."""
_COLUMNS = ("int4", "bytea", "bytea", "text", "bytea", "int2")


@attrs.frozen
class _Own:
    run: int
    marks: Marks


@attrs.define
class Drafts:
    """The drafts of this process, by campaign. `base` is where marks lie."""

    database: Database
    vault: Vault
    base: Path
    _own: dict[int, _Own] = attrs.field(factory=dict)

    @again
    def begin(self, campaign: int) -> None:
        """See `Ledger.begin_draft`."""
        marks: Marks | None = None
        here = this_process()
        process = (here.boot, here.space, here.pid, here.born)
        try:
            with self.database.writing(campaign) as connection:
                now = unpurged(connection, campaign)
                self._take_over(connection, now.draft)
                _drop(connection, campaign, now)
                asked = (campaign, *process, _LEASE)
                (run,) = connection.execute(SQL["add_enroller"], asked).fetchall()[0]
                connection.execute(SQL["set_draft"], (campaign, run))
                # Locked before others can see the run.
                marks = Marks(marks_path(self.base, run), here.boot)
        except BaseException:
            if marks is not None:
                marks.remove()
            raise
        self._release(campaign)
        self._own[campaign] = _Own(run, marks)

    @again
    def enrol(self, campaign: int, rows: Sequence[NewRow]) -> int:
        """See `Ledger.enrol`."""
        # Durable: a server that crashed and came back would miss a part of the list.
        with self.database.writing(campaign, shared=True) as connection:
            now = self._fenced(connection, campaign)
            connection.execute(SQL["beat_enroller"], (now.draft, _LEASE))
            first: dict[bytes, NewRow] = {}
            for row in rows:
                first.setdefault(row.digest, row)
            new: Sequence[NewRow] = [*first.values()]
            if now.enrolled:
                new = _unknown(connection, campaign, new)
            try:
                with connection.attempt():
                    self._append(connection, campaign, new)
            except UniqueViolation:
                new = _unknown(connection, campaign, new)
                self._append(connection, campaign, new)
            move(connection, campaign, len(new), None, State.DRAFT)
        return len(new)

    @again
    def drop(self, campaign: int) -> None:
        """See `Ledger.drop_draft`. Only this process' own draft is dropped."""
        if (own := self._own.get(campaign)) is None:
            return
        with self.database.writing(campaign) as connection:
            now = standing(connection, campaign)
            if now.draft == own.run:
                _drop(connection, campaign, now)
                connection.execute(SQL["drop_run"], (own.run,))
        self._release(campaign)

    def go_live(self, campaign: int, fingerprint: bytes, date: float) -> int:
        """See `Ledger.go_live`."""
        total, new = self._go_live(campaign, fingerprint, date)
        if new >= _MANY:
            # Whose turn it is comes too early for the server to have had a look itself.
            with contextlib.suppress(LedgerError):
                self._survey()
        return total

    @again
    def _go_live(
        self, campaign: int, fingerprint: bytes, date: float
    ) -> tuple[int, int]:
        with self.database.writing(campaign) as connection:
            now = self._fenced(connection, campaign)
            drafted = (campaign, now.live_upto)
            new, last = connection.execute(SQL["drafted"], drafted).fetchall()[0]
            live = (campaign, last or 0, new, fingerprint, date)
            connection.execute(SQL["go_live"], live)
            move(connection, campaign, new, State.DRAFT, State.WAITING)
            gone = connection.execute(SQL["suppress_new"], drafted).rowcount
            move(connection, campaign, gone, State.WAITING, State.SUPPRESSED)
            connection.execute(SQL["drop_run"], (now.draft,))
            sweep_cancelled(connection, campaign)
        self._release(campaign)
        return now.enrolled + int(new), int(new)

    @again
    def _survey(self) -> None:
        with self.database.writing() as connection:
            connection.execute(SQL["survey_rows"])

    def abandon(self, connection: Connection, campaign: int) -> None:
        """Drop what a process left that died; raises `LedgerBusy` while one enrols.

        In a transaction that has the campaign to itself.
        """
        if campaign in self._own:
            raise LedgerBusy(
                f"a list is being read into this campaign of {self.database.path}; try"
                " again when that is done"
            )
        now = standing(connection, campaign)
        self._take_over(connection, now.draft)
        _drop(connection, campaign, now)

    def close(self) -> None:
        """Forget what was drafted and never went live."""
        for campaign in list(self._own):
            self.drop(campaign)

    def _take_over(self, connection: Connection, run: int | None) -> None:
        """Make sure that nobody else enrols; clear up after who did."""
        if run is None or run in {own.run for own in self._own.values()}:
            return
        asked = connection.execute(SQL["enroller"], (run,))
        for number, boot, space, pid, born, lease, now in asked.fetchall():
            who = Presence(number, Process(boot, space, pid, born), lease)
            marks = marks_path(self.base, run)
            if not is_over(who, this_process(), now, marks):
                raise LedgerBusy(
                    f"another process (number {pid}) reads a list into this campaign of"
                    f" {self.database.path}; try again when it is done"
                )
            marks.unlink(missing_ok=True)
        connection.execute(SQL["drop_run"], (run,))

    def _fenced(self, connection: Connection, campaign: int) -> Standing:
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
        self, connection: Connection, campaign: int, rows: Sequence[NewRow]
    ) -> None:
        sealed = self.vault.seal([(row.digest, row.payload) for row in rows])
        written = (
            (campaign, row.digest, row.suppression, row.provider, payload, row.kind)
            for row, payload in zip(rows, sealed, strict=True)
        )
        connection.copy(SQL["enrol"], _COLUMNS, written)

    def _release(self, campaign: int) -> None:
        if (own := self._own.pop(campaign, None)) is not None:
            own.marks.remove()


def _unknown(
    connection: Connection, campaign: int, rows: Sequence[NewRow]
) -> list[NewRow]:
    """The rows that the campaign does not have."""
    asked = (campaign, [row.digest for row in rows])
    known = {digest for (digest,) in connection.execute(SQL["enrolled"], asked)}
    return [row for row in rows if row.digest not in known]


def _drop(connection: Connection, campaign: int, now: Standing) -> None:
    connection.execute(SQL["drop_draft"], (campaign, now.live_upto))
    connection.execute(SQL["clear_count"], (campaign, CODES[State.DRAFT]))
