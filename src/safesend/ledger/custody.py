"""Runs and the rows they hold: begun, kept alive, ended, settled after a death."""

from __future__ import annotations

import contextlib
import sqlite3

import attrs

from safesend.errors import LedgerError, RunLost
from safesend.ledger.base import Progress, Recovery, State
from safesend.ledger.booking import book, release
from safesend.ledger.database import SQL, Database
from safesend.ledger.history import DIED
from safesend.ledger.progress import Marks, read_marks
from safesend.ledger.runs import (
    LEASE,
    Presence,
    Process,
    is_over,
    left_marks,
    marks_path,
    this_process,
)
from safesend.ledger.states import (
    CODES,
    HOLDER,
    move,
    standing,
    sweep_cancelled,
    unpurged,
)
from safesend.redaction import mask_text

__all__ = ["Custody"]


@attrs.define
class Custody:
    """The runs of this process, and the rows of those that died."""

    database: Database
    own: dict[int, Marks] = attrs.field(factory=dict)
    letters: dict[int, bytes] = attrs.field(factory=dict)
    """The fingerprint of the campaign of each run, as the run began."""

    def start(self, campaign: int, now: float, relay: str, actor: str) -> int:
        """See `Ledger.start_run`."""
        here = this_process()
        process = (here.boot, here.space, here.pid, here.born)
        presence = (*process, now, now + LEASE, relay, mask_text(actor))
        with self.database.writing() as connection:
            unpurged(connection, campaign)
            added = connection.execute(SQL["add_run"], (campaign, *presence))
            run = added.lastrowid or 0
            letter = connection.execute(SQL["run"], (run,)).fetchone()[6]
            # Locked before others can see the run.
            marks = Marks(marks_path(self.database.path, run), here.boot)
        self.own[run] = marks
        if letter:  # it is live
            self.letters[run] = letter
        return run

    def progress(self, run: int) -> Progress:
        """See `Ledger.progress`."""
        if (marks := self.own.get(run)) is None:
            raise LedgerError(f"run {run} is not one of this process, or it has ended")
        marks.asked_for = True
        return marks

    def beat(self, run: int, now: float) -> None:
        """See `Ledger.beat`. Raises `RunLost`."""
        with self.database.writing(durable=False) as connection:
            beaten = connection.execute(SQL["beat"], (run, now + LEASE))
            if not beaten.rowcount:
                raise RunLost(run)

    def look(self, run: int) -> None:
        """Raises `RunLost` for a run that has ended."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["run"], (run,)).fetchone()
        if found is None or found[1]:
            raise RunLost(run)

    def end(self, run: int, now: float, stopped: str) -> None:
        """See `Ledger.end_run`."""
        with self.database.writing() as connection:
            connection.execute(SQL["note_stop"], (run, mask_text(stopped)))
            found = connection.execute(SQL["run"], (run,)).fetchone()
            if found is not None and not found[1]:
                self._settle(connection, found[0], run, now)
        self.letters.pop(run, None)
        if (marks := self.own.pop(run, None)) is not None:
            marks.remove()

    def recover(self, campaign: int, now: float) -> Recovery:
        """See `Ledger.recover`."""
        here = this_process()
        total = Recovery()
        ended: list[int] = []
        with self.database.writing() as connection:
            standing(connection, campaign)
            for row in connection.execute(SQL["open_runs"], (campaign,)).fetchall():
                who = Presence(row[0], Process(*row[1:5]), row[5])
                marks = marks_path(self.database.path, who.run)
                if who.run not in self.own and is_over(who, here, now, marks):
                    connection.execute(SQL["note_stop"], (who.run, DIED))
                    found = self._settle(connection, campaign, who.run, now)
                    total = _sum(total, found)
                    ended.append(who.run)
            alive = {run for (run,) in connection.execute(SQL["all_open_runs"])}
            # Here and now: a number that was rolled back may be given out again.
            for path in left_marks(self.database.path, alive):
                with contextlib.suppress(OSError):
                    path.unlink()
        for run in ended:
            marks_path(self.database.path, run).unlink(missing_ok=True)
        return total

    def close(self) -> None:
        """Let go of the runs that did not end; recovery settles their rows."""
        for run in list(self.own):
            self.own.pop(run).close()

    def _settle(
        self, connection: sqlite3.Connection, campaign: int, run: int, now: float
    ) -> Recovery:
        connection.execute(SQL["end_run"], (run, now))
        sending = (campaign, CODES[State.SENDING])
        count = connection.execute(SQL["count_of"], sending).fetchone()
        if count is None or not count[0]:
            return Recovery()
        held = connection.execute(SQL["held"], (campaign, HOLDER + run)).fetchall()
        path = marks_path(self.database.path, run)
        fates = read_marks(path, this_process().boot) if held else {}
        ids = [id_ for (id_,) in held]
        results = [fate for id_ in ids if (fate := fates.get(id_)) is not None]
        found = Recovery(
            recorded=book(connection, campaign, run, results, now),
            waiting=release(
                connection,
                campaign,
                run,
                [id_ for id_ in ids if id_ in fates and fates[id_] is None],
            ),
            in_doubt=_doubt(
                connection, campaign, run, [id_ for id_ in ids if id_ not in fates]
            ),
        )
        sweep_cancelled(connection, campaign)
        return found


def _doubt(
    connection: sqlite3.Connection, campaign: int, run: int, ids: list[int]
) -> int:
    rows = [(id_, HOLDER + run) for id_ in ids]
    doubted = connection.executemany(SQL["doubt"], rows).rowcount if rows else 0
    move(connection, campaign, doubted, State.SENDING, State.IN_DOUBT)
    return doubted


def _sum(one: Recovery, other: Recovery) -> Recovery:
    return Recovery(
        one.waiting + other.waiting,
        one.in_doubt + other.in_doubt,
        one.recorded + other.recorded,
    )
