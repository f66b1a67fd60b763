"""Rows in the hand of a run: claimed, and recorded or released."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs

from safesend.errors import RunLost
from safesend.ledger.base import Control, Result, Row, Shares, State
from safesend.ledger.postgres.booking import book, release
from safesend.ledger.postgres.custody import Custody
from safesend.ledger.postgres.database import SQL, Connection, Database, again
from safesend.ledger.postgres.pilots import begin_pilot, held_to, pilot_of
from safesend.ledger.postgres.states import move, standing, sweep_cancelled, unpurged
from safesend.ledger.postgres.turns import Looking, Taking, Turns
from safesend.ledger.rota import earliest
from safesend.ledger.states import held_of
from safesend.ledger.vault import Vault

__all__ = ["Claims"]


@attrs.define
class Claims:
    """What the runs of this process take in hand, and give out of it."""

    database: Database
    vault: Vault
    custody: Custody
    _turns: dict[int, Turns] = attrs.field(factory=dict)

    def claim(
        self, campaign: int, run: int, limit: int, now: float, shares: Shares
    ) -> list[Row]:
        """See `Ledger.claim`."""
        while (rows := self._claim(campaign, run, limit, now, shares)) is None:
            self._begin_pilot(campaign, now)
        return rows

    @again
    def record(self, run: int, results: Sequence[Result], now: float) -> int:
        """See `Ledger.record`."""
        if (campaign := self.custody.campaign_of(run)) is None:
            return 0
        # Durable as a claim is: what a server that crashed does not remember would be
        # in doubt, though its outcome had come in.
        with self.database.writing(campaign, shared=True) as connection:
            changed = book(connection, campaign, run, results, now)
            sweep_cancelled(connection, campaign)
        if any(result.state is State.WAITING for result in results):
            self.look_again()
        self._forgotten(run, [result.id for result in results])
        return changed

    @again
    def release(self, run: int, ids: Sequence[int]) -> None:
        """See `Ledger.release`."""
        if (campaign := self.custody.campaign_of(run)) is None:
            return
        with self.database.writing(campaign, shared=True) as connection:
            release(connection, campaign, run, ids)
            sweep_cancelled(connection, campaign)
        self.look_again()
        self._forgotten(run, ids)

    @again
    def next_due(self, campaign: int, held: Collection[str]) -> float | None:
        """See `Ledger.next_due`."""
        with self.database.reading(snapshot=True) as connection:
            now = standing(connection, campaign)
            held = {*held, *now.held}
            if (pilot := held_to(connection, campaign)) is not None:
                due = pilot.next_due(connection, held)
            else:
                due = earliest(Looking(connection, campaign, now.live_upto), held)
        return None if due is None else max(due, now.begins)

    @again
    def expire(self, campaign: int, tried_before: float) -> int:
        """See `Ledger.expire`."""
        with self.database.writing(campaign) as connection:
            gone = connection.execute(SQL["expire"], (campaign, tried_before)).rowcount
            move(connection, campaign, gone, State.WAITING, State.EXPIRED)
        return gone

    def look_again(self) -> None:
        """Rows may wait again that had been taken."""
        for turns in self._turns.values():
            turns.look_again()

    @again
    def _claim(
        self, campaign: int, run: int, limit: int, now: float, shares: Shares
    ) -> list[Row] | None:
        try:
            return self._chosen(campaign, run, limit, now, shares)
        except BaseException:
            # What it was about to take is there still.
            self.look_again()
            raise

    def _chosen(
        self, campaign: int, run: int, limit: int, now: float, shares: Shares
    ) -> list[Row] | None:
        """The rows; None where a pilot is to begin first."""
        with self.database.writing(campaign, shared=True) as connection:
            found = connection.execute(SQL["run"], (run,)).fetchone()
            if found is None or found[0] != campaign or found[1]:
                unpurged(connection, campaign)
                raise RunLost(run)
            letter = self.custody.letters.get(run, found[6])
            if found[2] != Control.RUN or now < found[4] or letter != found[6]:
                return []
            shares = shares.without(held_of(found[5]))
            pilot, span = pilot_of(connection, campaign) or (None, None)
            if pilot is not None and pilot.holds and span is not None:
                ids = span.choose(connection, shares=shares, limit=limit, now=now)
            elif pilot is not None and pilot.over is None:
                return None
            else:
                turns = self._turns.setdefault(campaign, Turns())
                waiting = Taking(connection, campaign, found[3], turns)
                ids = turns.choose(waiting, shares=shares, limit=limit, now=now)
            claimed = self._claimed(connection, campaign, run, ids, now)
            move(connection, campaign, len(claimed), State.WAITING, State.SENDING)
            # Before the commit: a mark too many is harmless, one too few is a doubt.
            self._marked(run, [row.id for row in claimed])
        return claimed

    def _claimed(
        self,
        connection: Connection,
        campaign: int,
        run: int,
        ids: list[int],
        now: float,
    ) -> list[Row]:
        if not ids:
            return []
        found = connection.execute(SQL["claim"], (campaign, run, ids, now))
        rows = {row[0]: row for row in found}
        unseal = self.vault.unseal
        return [
            Row(id_, digest, tries, tried, unseal(digest, payload), *rest)
            for id_, digest, tries, tried, payload, *rest in map(rows.__getitem__, ids)
        ]

    @again
    def _begin_pilot(self, campaign: int, now: float) -> None:
        with self.database.writing(campaign) as connection:
            upto = unpurged(connection, campaign).live_upto
            begin_pilot(connection, campaign, upto, now)

    def _marked(self, run: int, ids: Sequence[int]) -> None:
        marks = self.custody.own.get(run)
        # Who does not mark what is begun must not have it taken for never begun.
        if marks is not None and marks.asked_for:
            marks.admit(ids)

    def _forgotten(self, run: int, ids: Sequence[int]) -> None:
        self.custody.begun.get(run, set()).difference_update(ids)
        if (marks := self.custody.own.get(run)) is not None:
            marks.forget(ids)
