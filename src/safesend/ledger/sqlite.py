"""The ledger in one SQLite file: a crash at any point leaves what can be understood."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from safesend.errors import RunLost
from safesend.ledger.agreements import Agreements
from safesend.ledger.at_home import AtHome
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
from safesend.ledger.booking import book, release
from safesend.ledger.custody import Custody
from safesend.ledger.database import SQL, Database
from safesend.ledger.decisions import Decisions
from safesend.ledger.drafts import Drafts
from safesend.ledger.flow import Arrivals, Flow
from safesend.ledger.pilots import begun_pilot, held_to
from safesend.ledger.records import account_of, campaign_of
from safesend.ledger.replies import reason
from safesend.ledger.routes import Routes
from safesend.ledger.sqlite_contents import SqliteContents
from safesend.ledger.sqlite_hindsight import SqliteHindsight, heard_by_digest
from safesend.ledger.sqlite_history import SqliteHistory
from safesend.ledger.sqlite_kinds import SqliteKinds
from safesend.ledger.sqlite_lists import SqliteLists
from safesend.ledger.sqlite_orders import SqliteOrders
from safesend.ledger.sqlite_persons import SqlitePersons
from safesend.ledger.sqlite_seats import SqliteSeats
from safesend.ledger.sqlite_sight import SqliteSight
from safesend.ledger.states import (
    CODES,
    HOLDER,
    STATES,
    held_of,
    move,
    standing,
    sweep_cancelled,
    unpurged,
)
from safesend.ledger.suppressions import Suppressions
from safesend.ledger.turns import Turns, next_due
from safesend.ledger.unlock import unlock
from safesend.ledger.vault import open_vault

__all__ = ["SqliteLedger"]

_PAGE = 200


class SqliteLedger(AtHome):
    """See `Ledger` for what its methods promise.

    `encrypted`: whether addresses and fields that wait are encrypted. It is settled
    when the file is made: they are if `cryptography` is installed then.
    """

    many_machines = False

    def __init__(self, path: Path, key_home: Path) -> None:
        """Open the file, made if need be, with its key, made if need be.

        Raises `LedgerError`, `LedgerKeyError`.
        """
        self._database = Database(path)
        try:
            self.secret, self.encrypted = unlock(self._database, key_home)
            self._vault = open_vault(self.secret, sealed=self.encrypted)
        except BaseException:
            self._database.close()
            raise
        self.name = str(path)
        self._custody = Custody(self._database)
        self.history = SqliteHistory(self._database, self._custody.own.__contains__)
        self._drafts = Drafts(self._database, self._vault)
        self._decisions = Decisions(self._database, self._vault)
        self._routes = Routes(self._database)
        self._suppressions = Suppressions(self._database)
        self.persons = SqlitePersons(
            self._database,
            self._vault,
            self._custody,
            self._drafts,
            self.encrypted,
            key_home,
        )
        self.orders = SqliteOrders(self._database)
        self.hindsight = SqliteHindsight(self._database)
        self.kinds = SqliteKinds(self._database)
        self.contents = SqliteContents(self._database, self._vault, self.secret)
        self.lists = SqliteLists(self._database)
        self.seats = SqliteSeats(self._database)
        self.sight = SqliteSight(self._database, self._custody.own)
        self.consent = Agreements(self._database, self._vault)
        self._turns: dict[int, Turns] = {}

    def campaign(self, name: str, now: float) -> CampaignRecord:
        """See `Ledger.campaign`."""
        with self._database.reading() as connection:
            found = connection.execute(SQL["campaign_of_name"], (name,)).fetchone()
        if found is None:
            with self._database.writing() as connection:
                connection.execute(SQL["add_campaign"], (name, now))
                found = connection.execute(SQL["campaign_of_name"], (name,)).fetchone()
        return campaign_of(found)

    def campaigns(self) -> list[CampaignRecord]:
        """See `Ledger.campaigns`."""
        with self._database.reading() as connection:
            found = connection.execute(SQL["campaigns"]).fetchall()
        return [campaign_of(row) for row in found]

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
        if not allowances:
            return
        rows = [(campaign, now, one.check, one.place, one.reason) for one in allowances]
        with self._database.writing() as connection:
            connection.executemany(SQL["note_allowance"], rows)

    def allowances(self, campaign: int) -> list[Allowance]:
        """See `Ledger.allowances`."""
        with self._database.reading() as connection:
            found = connection.execute(SQL["allowances"], (campaign,)).fetchall()
        return [Allowance(*row) for row in found]

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
        self.persons.sweep()
        self._database.truncate()

    def recover(self, campaign: int, now: float) -> Recovery:
        """See `Ledger.recover`."""
        return self._custody.recover(campaign, now)

    def claim(
        self, campaign: int, run: int, limit: int, now: float, shares: Shares = ALL
    ) -> list[Row]:
        """See `Ledger.claim`."""
        with self._database.writing() as connection:
            found = connection.execute(SQL["run"], (run,)).fetchone()
            if found is None or found[0] != campaign or found[1]:
                unpurged(connection, campaign)
                raise RunLost(run)
            letter = self._custody.letters.get(run, found[6])
            if found[2] != Control.RUN or now < found[4] or letter != found[6]:
                return []
            shares = shares.without(held_of(found[5]))
            pilot = begun_pilot(connection, campaign, found[3], now)
            if pilot is not None:
                ids = pilot.choose(connection, shares=shares, limit=limit, now=now)
            else:
                turns = self._turns.setdefault(campaign, Turns())
                ids = turns.choose_from(
                    connection, campaign, found[3], shares=shares, limit=limit, now=now
                )
            claimed = self._claimed(connection, campaign, run, ids, now)
            move(connection, campaign, len(claimed), State.WAITING, State.SENDING)
            # Before the commit: a mark too many is harmless, one too few is a doubt.
            self._marked(run, [row.id for row in claimed])
        return claimed

    def _claimed(
        self,
        connection: sqlite3.Connection,
        campaign: int,
        run: int,
        ids: list[int],
        now: float,
    ) -> list[Row]:
        asked = json.dumps(ids)
        connection.execute(SQL["claim"], (campaign, HOLDER + run, asked, now))
        found = connection.execute(SQL["claimed"], (HOLDER + run, asked))
        rows = {row[0]: row for row in found}
        unseal = self._vault.unseal
        return [
            Row(id_, digest, tries, tried, unseal(digest, payload), *rest)
            for id_, digest, tries, tried, payload, *rest in map(rows.__getitem__, ids)
        ]

    def record(self, run: int, results: Sequence[Result], now: float) -> int:
        """See `Ledger.record`."""
        with self._database.writing(durable=False) as connection:
            found = connection.execute(SQL["run"], (run,)).fetchone()
            if found is None:
                return 0
            changed = book(connection, found[0], run, results, now)
            if found[2] == Control.CANCEL or found[5] != "[]":
                sweep_cancelled(connection, found[0])
        self._forgotten(run, [result.id for result in results])
        return changed

    def release(self, run: int, ids: Sequence[int]) -> None:
        """See `Ledger.release`."""
        with self._database.writing(durable=False) as connection:
            found = connection.execute(SQL["run"], (run,)).fetchone()
            if found is None:
                return
            release(connection, found[0], run, ids)
            sweep_cancelled(connection, found[0])
        self._forgotten(run, ids)

    def counts(self, campaign: int) -> Mapping[State, int]:
        """See `Ledger.counts`."""
        with self._database.reading() as connection:
            found = connection.execute(SQL["counts"], (campaign,)).fetchall()
        return {STATES[code]: number for code, number in found}

    def deferred(self, campaign: int) -> int:
        """See `Ledger.deferred`."""
        with self._database.reading() as connection:
            (number,) = connection.execute(SQL["put_off"], (campaign,)).fetchone()
        return int(number)

    def next_due(
        self, campaign: int, held: Collection[str] = frozenset()
    ) -> float | None:
        """See `Ledger.next_due`."""
        with self._database.reading() as connection:
            now = standing(connection, campaign)
            held = {*held, *now.held}
            if (pilot := held_to(connection, campaign)) is not None:
                due = pilot.next_due(connection, held)
            else:
                due = next_due(connection, campaign, now.live_upto, held)
        return None if due is None else max(due, now.begins)

    def expire(self, campaign: int, tried_before: float, now: float) -> int:  # noqa: ARG002
        """See `Ledger.expire`."""
        with self._database.writing() as connection:
            gone = connection.execute(SQL["expire"], (campaign, tried_before)).rowcount
            move(connection, campaign, gone, State.WAITING, State.EXPIRED)
        return gone

    def control(self, campaign: int) -> Control:
        """See `Ledger.control`."""
        with self._database.reading() as connection:
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

    def account(self, campaign: int, digest: bytes) -> Account | None:
        """See `Ledger.account`."""
        with self._database.reading() as connection:
            found = connection.execute(SQL["account"], (campaign, digest)).fetchone()
            if found is not None:
                return account_of(found, heard_by_digest(connection, campaign, digest))
        if self._drafts.has(campaign, digest):
            return Account(State.DRAFT, 0, None, "", None, None, "")
        return None

    def reasons(self, campaign: int, state: State) -> Iterator[tuple[str, int]]:
        """See `Ledger.reasons`."""
        query = (
            "reasons" if CODES[state] > CODES[State.ACCEPTED] else "reasons_unindexed"
        )
        if state is State.WAITING:
            query = "reasons_put_off"
        asked = (campaign,) if state is State.WAITING else (campaign, CODES[state])
        with self._database.reading() as connection:
            cursor = connection.execute(SQL[query], asked)
        while True:
            with self._database.reading():
                page = cursor.fetchmany(_PAGE)
            yield from ((reason(*row[:3]), row[3]) for row in page)
            if not page:
                return

    def close(self) -> None:
        """See `Ledger.close`. May be called twice."""
        if self._database.closed:
            return
        try:
            self._drafts.close()
            if not self._others_work():
                self.persons.sweep()
        finally:
            self._routes.close()
            self._custody.close()
            self._database.close()

    def _run(self, run: int) -> None:
        self._custody.look(run)

    def _others_work(self) -> bool:
        """Whether another process has the file to itself, and sweeps it afterwards."""
        with self._database.reading() as connection:
            found = {run for (run,) in connection.execute(SQL["all_open_runs"])}
        return bool(found - self._custody.own.keys())

    def _marked(self, run: int, ids: Sequence[int]) -> None:
        marks = self._custody.own.get(run)
        # Who does not mark what is begun must not have it taken for never begun.
        if marks is not None and marks.asked_for:
            marks.admit(ids)

    def _forgotten(self, run: int, ids: Sequence[int]) -> None:
        if (marks := self._custody.own.get(run)) is not None:
            marks.forget(ids)
