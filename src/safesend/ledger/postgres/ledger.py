"""The ledger in PostgreSQL: one truth for the programs of several machines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from safesend.errors import LedgerError
from safesend.ledger.base import (
    ALL,
    Account,
    Allowance,
    CampaignRecord,
    Control,
    Doubt,
    LeftOut,
    NewRow,
    Progress,
    Recovery,
    Result,
    Row,
    Shares,
    State,
)
from safesend.ledger.custody import given_up
from safesend.ledger.flow import Arrivals, Flow
from safesend.ledger.keyfile import KeyPlace
from safesend.ledger.place import private_folder
from safesend.ledger.postgres.address import Address
from safesend.ledger.postgres.booking import book, release
from safesend.ledger.postgres.campaigns import Campaigns
from safesend.ledger.postgres.consent import PostgresConsent
from safesend.ledger.postgres.contents import PostgresContents
from safesend.ledger.postgres.custody import Custody
from safesend.ledger.postgres.database import SQL, Connection, Database, again
from safesend.ledger.postgres.decisions import Decisions
from safesend.ledger.postgres.drafts import Drafts
from safesend.ledger.postgres.hindsight import PostgresHindsight, heard_by_digest
from safesend.ledger.postgres.history import PostgresHistory
from safesend.ledger.postgres.kinds import PostgresKinds
from safesend.ledger.postgres.orders import PostgresOrders
from safesend.ledger.postgres.persons import PostgresPersons
from safesend.ledger.postgres.pilots import begin_pilot, held_to, pilot_of
from safesend.ledger.postgres.routes import Routes
from safesend.ledger.postgres.sight import PostgresSight
from safesend.ledger.postgres.states import (
    move,
    standing,
    sweep_cancelled,
    unpurged,
)
from safesend.ledger.postgres.suppressions import Suppressions
from safesend.ledger.postgres.turns import Looking, Taking, Turns
from safesend.ledger.records import account_of
from safesend.ledger.replies import reason
from safesend.ledger.rota import earliest
from safesend.ledger.states import CODES, STATES, held_of
from safesend.ledger.unlock import unlock
from safesend.ledger.vault import open_vault

__all__ = ["PostgresLedger"]


class PostgresLedger:
    """See `Ledger` for what its methods promise.

    `encrypted`: whether addresses and fields that wait are encrypted. It is settled
    when the tables are made: they are if `cryptography` is installed then.
    """

    def __init__(self, address: Address, key_home: Path) -> None:
        """Connect; tables and key are made if need be.

        Raises `LedgerError`, `LedgerKeyError`.
        """
        self.database = Database(address)
        self.name = address.name
        try:
            known = self.database.repeat(lambda: unlock(self.database, key_home))
            self.secret, self.encrypted = known
            self._vault = open_vault(self.secret, sealed=self.encrypted)
            key = KeyPlace(self.name, key_home, self._id(), self.database.kind)
            # Beside the keys: what only this machine can know of its runs.
            base = private_folder(key_home.parent / "runs") / key.id
        except BaseException:
            self.database.close()
            raise
        self._campaigns = Campaigns(self.database)
        self._custody = Custody(self.database, base)
        self._drafts = Drafts(self.database, self._vault, base)
        self._routes = Routes(self.database)
        self._decisions = Decisions(self.database, self._vault)
        self._suppressions = Suppressions(self.database)
        self.consent = PostgresConsent(self.database, self._vault)
        self.hindsight = PostgresHindsight(self.database)
        self.history = PostgresHistory(self.database, self._custody.alive)
        self.contents = PostgresContents(self.database, self._vault, self.secret)
        self.kinds = PostgresKinds(self.database)
        self.orders = PostgresOrders(self.database)
        self.persons = PostgresPersons(
            self.database,
            self._vault,
            self._custody.recover,
            self._drafts.abandon,
            self.encrypted,
            key,
        )
        self.sight = PostgresSight(self.database, self._custody.alive)
        self._turns: dict[int, Turns] = {}

    def campaign(self, name: str, now: float) -> CampaignRecord:
        """See `Ledger.campaign`."""
        return self._campaigns.named(name, now)

    def campaigns(self) -> list[CampaignRecord]:
        """See `Ledger.campaigns`."""
        return self._campaigns.all()

    def begin_draft(self, campaign: int) -> None:
        """See `Ledger.begin_draft`."""
        self._drafts.begin(campaign)

    def enrol(self, campaign: int, rows: Sequence[NewRow]) -> int:
        """See `Ledger.enrol`."""
        return self._drafts.enrol(campaign, rows)

    def drop_draft(self, campaign: int) -> None:
        """See `Ledger.drop_draft`."""
        self._drafts.drop(campaign)

    def go_live(self, campaign: int, fingerprint: bytes, now: float) -> int:
        """See `Ledger.go_live`."""
        return self._drafts.go_live(campaign, fingerprint, now)

    def note_allowances(
        self, campaign: int, allowances: Sequence[Allowance], now: float
    ) -> None:
        """See `Ledger.note_allowances`."""
        self._campaigns.note(campaign, allowances, now)

    def allowances(self, campaign: int) -> list[Allowance]:
        """See `Ledger.allowances`."""
        return self._campaigns.allowances(campaign)

    def start_run(
        self, campaign: int, now: float, relay: str = "", actor: str = ""
    ) -> int:
        """See `Ledger.start_run`."""
        return self._custody.start(campaign, now, relay, actor)

    def progress(self, run: int) -> Progress:
        """See `Ledger.progress`."""
        return self._custody.progress(run)

    def beat(self, run: int, now: float) -> None:
        """See `Ledger.beat`."""
        self._custody.beat(run, now)

    def end_run(self, run: int, now: float, stopped: str = "") -> None:
        """See `Ledger.end_run`."""
        self._custody.end(run, now, stopped)
        self._look_again()

    def recover(self, campaign: int, now: float) -> Recovery:
        """See `Ledger.recover`."""
        found = self._custody.recover(campaign, now)
        self._look_again()
        return found

    def claim(
        self, campaign: int, run: int, limit: int, now: float, shares: Shares = ALL
    ) -> list[Row]:
        """See `Ledger.claim`."""
        while (rows := self._claim(campaign, run, limit, now, shares)) is None:
            self._begin_pilot(campaign, now)
        return rows

    @again
    def _claim(
        self, campaign: int, run: int, limit: int, now: float, shares: Shares
    ) -> list[Row] | None:
        """The rows; None where a pilot is to begin first."""
        with self.database.writing(campaign, shared=True) as connection:
            found = connection.execute(SQL["run"], (run,)).fetchone()
            if found is None or found[0] != campaign or found[1]:
                unpurged(connection, campaign)
                raise LedgerError(given_up(run))
            if found[2] != Control.RUN or now < found[4]:
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
        unseal = self._vault.unseal
        return [
            Row(id_, digest, tries, tried, unseal(digest, payload), *rest)
            for id_, digest, tries, tried, payload, *rest in map(rows.__getitem__, ids)
        ]

    @again
    def _begin_pilot(self, campaign: int, now: float) -> None:
        with self.database.writing(campaign) as connection:
            upto = unpurged(connection, campaign).live_upto
            begin_pilot(connection, campaign, upto, now)

    @again
    def record(self, run: int, results: Sequence[Result], now: float) -> int:
        """See `Ledger.record`."""
        if (campaign := self._custody.campaign_of(run)) is None:
            return 0
        with self.database.writing(campaign, shared=True, durable=False) as connection:
            changed = book(connection, campaign, run, results, now)
            sweep_cancelled(connection, campaign)
        if any(result.state is State.WAITING for result in results):
            self._look_again()
        self._forgotten(run, [result.id for result in results])
        return changed

    @again
    def release(self, run: int, ids: Sequence[int]) -> None:
        """See `Ledger.release`."""
        if (campaign := self._custody.campaign_of(run)) is None:
            return
        with self.database.writing(campaign, shared=True, durable=False) as connection:
            release(connection, campaign, run, ids)
            sweep_cancelled(connection, campaign)
        self._look_again()
        self._forgotten(run, ids)

    @again
    def counts(self, campaign: int) -> Mapping[State, int]:
        """See `Ledger.counts`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["counts"], (campaign,)).fetchall()
        return {STATES[code]: number for code, number in found}

    @again
    def deferred(self, campaign: int) -> int:
        """See `Ledger.deferred`."""
        with self.database.reading() as connection:
            [(number,)] = connection.execute(SQL["put_off"], (campaign,)).fetchall()
        return int(number)

    @again
    def next_due(
        self, campaign: int, held: Collection[str] = frozenset()
    ) -> float | None:
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
    def expire(self, campaign: int, tried_before: float, now: float) -> int:  # noqa: ARG002
        """See `Ledger.expire`."""
        with self.database.writing(campaign) as connection:
            gone = connection.execute(SQL["expire"], (campaign, tried_before)).rowcount
            move(connection, campaign, gone, State.WAITING, State.EXPIRED)
        return gone

    @again
    def control(self, campaign: int) -> Control:
        """See `Ledger.control`."""
        with self.database.reading() as connection:
            return standing(connection, campaign).control

    def set_control(
        self, campaign: int, control: Control, *, actor: str, reason: str, now: float
    ) -> None:
        """See `Ledger.set_control`."""
        self.orders.order(campaign, control, actor=actor, reason=reason, now=now)

    def doubts(self, campaign: int) -> list[Doubt]:
        """See `Ledger.doubts`."""
        return self._decisions.doubts(campaign)

    def resolve(
        self,
        campaign: int,
        state: State,
        digests: Iterable[bytes] | None,
        now: float,
        actor: str = "",
    ) -> int:
        """See `Ledger.resolve`."""
        return self._decisions.resolve(campaign, state, digests, now, actor)

    def resend_known(
        self, campaign: int, relay: str, sent_after: float, now: float
    ) -> int:
        """See `Ledger.resend_known`."""
        return self._decisions.resend_known(campaign, relay, sent_after, now)

    def suppressed(self, suppression: bytes) -> bool:
        """See `Ledger.suppressed`."""
        return self._suppressions.has(suppression)

    def lift(self, suppression: bytes, *, actor: str, reason: str, now: float) -> bool:
        """See `Ledger.lift`."""
        return self._suppressions.lift(suppression, actor=actor, reason=reason, now=now)

    def suppressions(self) -> Mapping[str, LeftOut]:
        """See `Ledger.suppressions`."""
        return self._suppressions.summary()

    def flows(self, since: float = 0.0) -> list[Flow]:
        """See `Ledger.flows`."""
        return self._routes.flows(since)

    def note_flows(self, flows: Sequence[Flow]) -> None:
        """See `Ledger.note_flows`."""
        self._routes.note(flows)

    def arrivals(self) -> Arrivals:
        """See `Ledger.arrivals`."""
        return self._routes.arrivals()

    @again
    def account(self, campaign: int, digest: bytes) -> Account | None:
        """See `Ledger.account`."""
        with self.database.reading(snapshot=True) as connection:
            found = connection.execute(SQL["account"], (campaign, digest)).fetchone()
            if found is None:
                return None
            return account_of(found, heard_by_digest(connection, campaign, digest))

    def reasons(self, campaign: int, state: State) -> Iterator[tuple[str, int]]:
        """See `Ledger.reasons`."""
        yield from self._reasons(campaign, state)

    @again
    def _reasons(self, campaign: int, state: State) -> list[tuple[str, int]]:
        code = CODES[state]
        query = "reasons" if code > CODES[State.ACCEPTED] else "reasons_unindexed"
        if state is State.WAITING:
            query = "reasons_put_off"
        asked = (campaign,) if state is State.WAITING else (campaign, code)
        with self.database.reading() as connection:
            found = connection.execute(SQL[query], asked).fetchall()
        return [(reason(*row[:3]), row[3]) for row in found]

    def close(self) -> None:
        """See `Ledger.close`. May be called twice."""
        if self.database.closed:
            return
        try:
            self._drafts.close()
        finally:
            self._custody.close()
            self.database.close()

    def _id(self) -> str:
        with self.database.reading() as connection:
            meta = dict(connection.execute(SQL["meta"]).fetchall())
        return bytes(meta["id"]).decode()

    def _look_again(self) -> None:
        """Rows may wait again that had been taken."""
        for turns in self._turns.values():
            turns.look_again()

    def _marked(self, run: int, ids: Sequence[int]) -> None:
        marks = self._custody.own.get(run)
        # Who does not mark what is begun must not have it taken for never begun.
        if marks is not None and marks.asked_for:
            marks.admit(ids)

    def _forgotten(self, run: int, ids: Sequence[int]) -> None:
        if (marks := self._custody.own.get(run)) is not None:
            marks.forget(ids)
