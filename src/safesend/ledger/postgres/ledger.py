"""The ledger in PostgreSQL: one truth for the programs of several machines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from safesend.clock import Clock
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
from safesend.ledger.flow import Arrivals, Flow
from safesend.ledger.keyfile import KeyPlace
from safesend.ledger.place import private_folder
from safesend.ledger.postgres.address import Address
from safesend.ledger.postgres.campaigns import Campaigns
from safesend.ledger.postgres.claims import Claims
from safesend.ledger.postgres.consent import PostgresConsent
from safesend.ledger.postgres.contents import PostgresContents
from safesend.ledger.postgres.custody import Custody
from safesend.ledger.postgres.database import SQL, Database
from safesend.ledger.postgres.decisions import Decisions
from safesend.ledger.postgres.drafts import Drafts
from safesend.ledger.postgres.figures import Figures
from safesend.ledger.postgres.hindsight import PostgresHindsight
from safesend.ledger.postgres.history import PostgresHistory
from safesend.ledger.postgres.kinds import PostgresKinds
from safesend.ledger.postgres.lists import PostgresLists
from safesend.ledger.postgres.orders import PostgresOrders
from safesend.ledger.postgres.persons import PostgresPersons
from safesend.ledger.postgres.routes import Routes
from safesend.ledger.postgres.seats import PostgresSeats
from safesend.ledger.postgres.sight import PostgresSight
from safesend.ledger.postgres.suppressions import Suppressions
from safesend.ledger.runs import LEASE
from safesend.ledger.unlock import unlock
from safesend.ledger.vault import open_vault

__all__ = ["PostgresLedger"]


class PostgresLedger:
    """See `Ledger` for what its methods promise.

    `encrypted`: whether addresses and fields that wait are encrypted. It is settled
    when the tables are made: they are if `cryptography` is installed then.
    """

    many_machines = True

    def __init__(
        self, address: Address, key_home: Path, *, lease: float = LEASE
    ) -> None:
        """Connect; tables and key are made if need be.

        `lease`: seconds for which a run is believed to live without a word from it.
        Raises `LedgerError`, `LedgerKeyError`.
        """
        self.lease = lease
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
        self._custody = Custody(self.database, base, lease)
        self._claims = Claims(self.database, self._vault, self._custody)
        self._drafts = Drafts(self.database, self._vault, base)
        self._figures = Figures(self.database)
        self._routes = Routes(self.database)
        self._decisions = Decisions(self.database, self._vault)
        self._suppressions = Suppressions(self.database)
        self.consent = PostgresConsent(self.database, self._vault)
        self.hindsight = PostgresHindsight(self.database)
        self.history = PostgresHistory(self.database, self._custody.alive)
        self.contents = PostgresContents(self.database, self._vault, self.secret)
        self.kinds = PostgresKinds(self.database)
        self.lists = PostgresLists(self.database)
        self.orders = PostgresOrders(self.database)
        self.persons = PostgresPersons(
            self.database,
            self._vault,
            self._custody.recover,
            self._drafts.abandon,
            self.encrypted,
            key,
        )
        self.seats = PostgresSeats(self.database)
        self.sight = PostgresSight(self.database, self._custody.alive)

    def clock(self, own: Clock) -> Clock:
        """See `Ledger.clock`: the server's."""
        return self._custody.clock(own)

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

    def beat(self, run: int, now: float) -> None:  # noqa: ARG002
        """See `Ledger.beat`."""
        self._custody.beat(run)

    def end_run(self, run: int, now: float, stopped: str = "") -> None:
        """See `Ledger.end_run`."""
        self._custody.end(run, now, stopped)
        self._claims.look_again()
        self.persons.sweep()

    def recover(self, campaign: int, now: float) -> Recovery:
        """See `Ledger.recover`."""
        found = self._custody.recover(campaign, now)
        self._claims.look_again()
        return found

    def claim(
        self, campaign: int, run: int, limit: int, now: float, shares: Shares = ALL
    ) -> list[Row]:
        """See `Ledger.claim`."""
        return self._claims.claim(campaign, run, limit, now, shares)

    def begin(self, run: int, ids: Sequence[int]) -> None:
        """See `Ledger.begin`."""
        self._custody.begin(run, ids)

    def record(self, run: int, results: Sequence[Result], now: float) -> int:
        """See `Ledger.record`."""
        return self._claims.record(run, results, now)

    def release(self, run: int, ids: Sequence[int]) -> None:
        """See `Ledger.release`."""
        self._claims.release(run, ids)

    def counts(self, campaign: int) -> Mapping[State, int]:
        """See `Ledger.counts`."""
        return self._figures.counts(campaign)

    def deferred(self, campaign: int) -> int:
        """See `Ledger.deferred`."""
        return self._figures.deferred(campaign)

    def next_due(
        self, campaign: int, held: Collection[str] = frozenset()
    ) -> float | None:
        """See `Ledger.next_due`."""
        return self._claims.next_due(campaign, held)

    def expire(self, campaign: int, tried_before: float, now: float) -> int:  # noqa: ARG002
        """See `Ledger.expire`."""
        return self._claims.expire(campaign, tried_before)

    def control(self, campaign: int) -> Control:
        """See `Ledger.control`."""
        return self._figures.control(campaign)

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

    def account(self, campaign: int, digest: bytes) -> Account | None:
        """See `Ledger.account`."""
        return self._figures.account(campaign, digest)

    def reasons(self, campaign: int, state: State) -> Iterator[tuple[str, int]]:
        """See `Ledger.reasons`."""
        yield from self._figures.reasons(campaign, state)

    def close(self) -> None:
        """See `Ledger.close`. May be called twice."""
        if self.database.closed:
            return
        try:
            self._drafts.close()
            if self.database.connected:
                self.persons.sweep()
        finally:
            self._custody.close()
            self.database.close()

    def _id(self) -> str:
        with self.database.reading() as connection:
            meta = dict(connection.execute(SQL["meta"]).fetchall())
        return bytes(meta["id"]).decode()
