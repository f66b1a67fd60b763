"""Runs and the rows they hold: begun, kept alive, ended, settled after a death.

The progress marks of a run lie on its own machine. A run that died on another one has
none to be read: of its rows those in the windows that it opened (`run.begun`) are in
doubt, and the others are known to be untouched. The run's number fences it off: who was
taken for dead opens no window any more, and writes nothing.

Whether a lease is over the server's clock says alone, in the transaction that asks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import attrs

from safesend.clock import Clock
from safesend.errors import LedgerError, RunLost
from safesend.ledger.base import Progress, Recovery, Result
from safesend.ledger.history import DIED
from safesend.ledger.postgres.booking import book, doubt, release
from safesend.ledger.postgres.clock import ServerClock
from safesend.ledger.postgres.database import SQL, Connection, Database, again
from safesend.ledger.postgres.states import standing, sweep_cancelled, unpurged
from safesend.ledger.progress import Marks, read_marks
from safesend.ledger.runs import (
    LEASE,
    Presence,
    Process,
    is_over,
    left_marks,
    marks_of_runs,
    marks_path,
    this_process,
)
from safesend.redaction import mask_text

__all__ = ["Custody"]

_Fates = dict[int, Result | None]


@attrs.define
class Custody:
    """The runs of this process, and the rows of those that died.

    `base`: marks lie beside it, under its name.
    """

    database: Database
    base: Path
    lease: float = LEASE
    own: dict[int, Marks] = attrs.field(factory=dict)
    letters: dict[int, bytes] = attrs.field(factory=dict)
    """The fingerprint of the campaign of each run, as the run began."""
    begun: dict[int, set[int]] = attrs.field(factory=dict)
    """What may be on the wire and is not recorded, of runs that tell it."""
    _clock: ServerClock | None = None
    _campaigns: dict[int, int] = attrs.field(factory=dict)

    @again
    def start(self, campaign: int, now: float, relay: str, actor: str) -> int:
        """See `Ledger.start_run`."""
        here = this_process()
        process = (here.boot, here.space, here.pid, here.born)
        presence = (*process, now, self.lease, relay, mask_text(actor))
        marks: Marks | None = None
        try:
            with self.database.writing(campaign) as connection:
                unpurged(connection, campaign)
                added = connection.execute(SQL["add_run"], (campaign, *presence))
                [(number, letter)] = added.fetchall()
                run = int(number)
                # Locked before others can see the run.
                marks = Marks(marks_path(self.base, run), here.boot)
        except BaseException:
            if marks is not None:
                marks.remove()
            raise
        self.own[run], self._campaigns[run] = marks, campaign
        if letter:  # it is live
            self.letters[run] = letter
        return run

    def progress(self, run: int) -> Progress:
        """See `Ledger.progress`."""
        if (marks := self.own.get(run)) is None:
            raise LedgerError(f"run {run} is not one of this process, or it has ended")
        marks.asked_for = True
        return marks

    @again
    def campaign_of(self, run: int) -> int | None:
        """The campaign of a run, if there is such a run."""
        if (known := self._campaigns.get(run)) is not None:
            return known
        with self.database.reading() as connection:
            found = connection.execute(SQL["campaign_of_run"], (run,)).fetchone()
        return None if found is None else int(found[0])

    @again
    def beat(self, run: int) -> None:
        """See `Ledger.beat`."""
        asked = self._moment()
        with self.database.writing(durable=False) as connection:
            told = connection.execute(SQL["beat"], (run, self.lease)).fetchone()
        self._heard(run, told, asked)

    @again
    def begin(self, run: int, ids: Sequence[int]) -> None:
        """See `Ledger.begin`."""
        begun, asked = self.begun.get(run, set()).union(ids), self._moment()
        told = self.database.at_once(SQL["begin"], run, self.lease, sorted(begun))
        self._heard(run, told, asked)
        self.begun[run] = begun

    @again
    def clock(self, own: Clock) -> Clock:
        """See `Ledger.clock`."""
        if self._clock is None or self._clock.own is not own:
            self._clock = ServerClock(own)
        with self.database.reading() as connection:
            asked = self._moment()
            [told] = connection.execute(SQL["now"]).fetchall()
        self._clock.told(told[0], asked)
        return self._clock

    @again
    def end(self, run: int, now: float, stopped: str) -> None:
        """See `Ledger.end_run`."""
        campaign = self.campaign_of(run)
        if campaign is not None:
            with self.database.writing(campaign) as connection:
                connection.execute(SQL["note_stop"], (run, mask_text(stopped)))
                found = connection.execute(SQL["run"], (run,)).fetchone()
                if found is not None and not found[1]:
                    fates = self._fates(run, this_process().boot)
                    self._settle(connection, campaign, run, now, fates)
        self._campaigns.pop(run, None)
        self.begun.pop(run, None)
        self.letters.pop(run, None)
        if (marks := self.own.pop(run, None)) is not None:
            marks.remove()

    def recover(self, campaign: int, now: float) -> Recovery:
        """See `Ledger.recover`."""
        found = self._recover(campaign, now)
        with contextlib.suppress(LedgerError):  # the next time
            self._tidy()
        return found

    @again
    def _recover(self, campaign: int, now: float) -> Recovery:
        found: list[Recovery] = []
        ended: list[int] = []
        with self.database.writing(campaign) as connection:
            standing(connection, campaign)
            [(began,)] = connection.execute(SQL["server_began"]).fetchall()
            for row in connection.execute(SQL["open_runs"], (campaign,)).fetchall():
                lease = self._believed(row[5], began)
                who = Presence(row[0], Process(*row[1:5]), lease)
                if not self.alive(who, row[6]):
                    connection.execute(SQL["note_stop"], (who.run, DIED))
                    fates = self._fates(who.run, who.process.boot)
                    found.append(
                        self._settle(connection, campaign, who.run, now, fates)
                    )
                    ended.append(who.run)
        for run in ended:
            marks_path(self.base, run).unlink(missing_ok=True)
        return Recovery(*map(sum, zip(*map(attrs.astuple, found), strict=True)))

    def _tidy(self) -> None:
        """Remove marks that nobody will read."""
        with self.database.reading() as connection:
            living = _open_runs(connection)
        if marks_of_runs(self.base).keys() <= living:
            return
        with self.database.writing() as connection:
            # A run that is about to begin has its marks before others see it.
            connection.execute(SQL["lock_runs"])
            for path in left_marks(self.base, _open_runs(connection)):
                with contextlib.suppress(OSError):
                    path.unlink()

    def alive(self, who: Presence, now: float) -> bool:
        """Whether a run goes on at that date, as far as can be known from here."""
        if who.run in self.own:
            return True
        return not is_over(who, this_process(), now, marks_path(self.base, who.run))

    def _believed(self, lease: float, began: float) -> float:
        """Until when a run is believed, on a server that began at that date.

        While it was away nobody could renew a lease: who had one then has a whole one
        from that date. One that ran out before anybody would still wait for the server
        is of somebody who was dead already.
        """
        return max(lease, began + self.lease) if lease > began - 2 * LEASE else lease

    def _moment(self) -> float:
        return 0.0 if self._clock is None else self._clock.monotonic()

    def _heard(self, run: int, told: tuple[float] | None, asked: float) -> None:
        """What time the server has, if it knows the run."""
        if told is None:
            raise RunLost(run)
        if self._clock is not None:
            self._clock.told(told[0], asked)

    def close(self) -> None:
        """Let go of the runs that did not end; recovery settles their rows."""
        for run in list(self.own):
            self.own.pop(run).close()

    def _fates(self, run: int, boot: str) -> _Fates:
        """What the marks of a run of that boot tell.

        A file of that number may be another run's: a ledger that was put back to an
        earlier state gives its numbers again.
        """
        here = this_process().boot
        return read_marks(marks_path(self.base, run), here) if boot == here else {}

    def _settle(
        self,
        connection: Connection,
        campaign: int,
        run: int,
        now: float,
        fates: _Fates,
    ) -> Recovery:
        connection.execute(SQL["end_run"], (run, now))
        held = connection.execute(SQL["held"], (campaign, run)).fetchall()
        # What was begun by no claim needs no marks.
        fates = {**{id_: None for id_, untouched in held if untouched}, **fates}
        ids = [id_ for id_, _ in held]
        results = [fate for id_ in ids if (fate := fates.get(id_)) is not None]
        untouched = [id_ for id_ in ids if id_ in fates and fates[id_] is None]
        found = Recovery(
            recorded=book(connection, campaign, run, results, now),
            waiting=release(connection, campaign, run, untouched),
            in_doubt=doubt(
                connection, campaign, run, [id_ for id_ in ids if id_ not in fates]
            ),
        )
        sweep_cancelled(connection, campaign)
        return found


def _open_runs(connection: Connection) -> set[int]:
    return {run for (run,) in connection.execute(SQL["all_open_runs"]).fetchall()}
