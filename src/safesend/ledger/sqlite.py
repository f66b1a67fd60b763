"""The ledger in one SQLite file: a crash at any point leaves what can be understood."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from safesend.errors import LedgerError, LedgerKeyError
from safesend.ledger.base import (
    Account,
    Allowance,
    CampaignRecord,
    Control,
    NewRow,
    Progress,
    Recovery,
    Result,
    Row,
    State,
)
from safesend.ledger.booking import book, release
from safesend.ledger.custody import Custody, given_up
from safesend.ledger.database import SQL, Database
from safesend.ledger.drafts import Drafts
from safesend.ledger.keyfile import KeyPlace
from safesend.ledger.replies import reason
from safesend.ledger.states import (
    CODES,
    HOLDER,
    STATES,
    move,
    standing,
    sweep_cancelled,
)
from safesend.ledger.vault import can_seal, open_vault
from safesend.message.identity import CampaignKey
from safesend.redaction import mask_text

__all__ = ["SqliteLedger"]

_PAGE = 200


class SqliteLedger:
    """See `Ledger` for what its methods promise.

    `encrypted`: whether addresses and fields that wait are encrypted. It is settled
    when the file is made: they are if `cryptography` is installed then.
    """

    def __init__(self, path: Path, key_home: Path) -> None:
        """Open the file, made if need be, with its key, made if need be.

        Raises `LedgerError`, `LedgerKeyError`.
        """
        self._database = Database(path)
        try:
            self.secret, self.encrypted = _unlock(self._database, key_home)
            self._vault = open_vault(self.secret, sealed=self.encrypted)
        except BaseException:
            self._database.close()
            raise
        self.name = str(path)
        self._custody = Custody(self._database)
        self._drafts = Drafts(self._database, self._vault)

    def campaign(self, name: str, now: float) -> CampaignRecord:
        """See `Ledger.campaign`."""
        with self._database.reading() as connection:
            found = connection.execute(SQL["campaign_of_name"], (name,)).fetchone()
        if found is None:
            with self._database.writing() as connection:
                connection.execute(SQL["add_campaign"], (name, now))
                found = connection.execute(SQL["campaign_of_name"], (name,)).fetchone()
        return _campaign(found)

    def campaigns(self) -> list[CampaignRecord]:
        """See `Ledger.campaigns`."""
        with self._database.reading() as connection:
            found = connection.execute(SQL["campaigns"]).fetchall()
        return [_campaign(row) for row in found]

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

    def start_run(self, campaign: int, now: float) -> int:
        """See `Ledger.start_run`."""
        return self._custody.start(campaign, now)

    def progress(self, run: int) -> Progress:
        """See `Ledger.progress`."""
        return self._custody.progress(run)

    def beat(self, run: int, now: float) -> None:
        """See `Ledger.beat`."""
        self._custody.beat(run, now)

    def end_run(self, run: int, now: float) -> None:
        """See `Ledger.end_run`."""
        self._custody.end(run, now)
        self._tidy()
        self._database.truncate()

    def recover(self, campaign: int, now: float) -> Recovery:
        """See `Ledger.recover`."""
        return self._custody.recover(campaign, now)

    def claim(self, campaign: int, run: int, limit: int, now: float) -> list[Row]:
        """See `Ledger.claim`."""
        with self._database.writing() as connection:
            found = connection.execute(SQL["run"], (run,)).fetchone()
            if found is None or found[0] != campaign or found[1]:
                raise LedgerError(given_up(run))
            if found[2] != Control.RUN:
                return []
            # RETURNING is unordered, says SQLite; the list's order is in the ids.
            rows = sorted(
                connection.execute(
                    SQL["claim"], (campaign, HOLDER + run, found[3], now, limit)
                )
            )
            move(connection, campaign, len(rows), State.WAITING, State.SENDING)
            claimed = [self._opened(*row) for row in rows]
            # Before the commit: a mark too many is harmless, one too few is a doubt.
            self._marked(run, [row.id for row in claimed])
        return claimed

    def record(self, run: int, results: Sequence[Result], now: float) -> int:
        """See `Ledger.record`."""
        with self._database.writing(durable=False) as connection:
            found = connection.execute(SQL["run"], (run,)).fetchone()
            if found is None:
                return 0
            changed = book(connection, found[0], run, results, now)
            if found[2] == Control.CANCEL:
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

    def next_due(self, campaign: int) -> float | None:
        """See `Ledger.next_due`."""
        with self._database.reading() as connection:
            upto = standing(connection, campaign).live_upto
            found = (
                connection.execute(SQL["next_fresh"], (campaign, upto)).fetchone()
                or connection.execute(SQL["next_put_off"], (campaign,)).fetchone()
            )
        return None if found is None else float(found[0])

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
        note = (campaign, now, control.value, mask_text(actor), mask_text(reason))
        with self._database.writing() as connection:
            standing(connection, campaign)
            connection.execute(SQL["set_control"], (campaign, control.value))
            connection.execute(SQL["note_control"], note)
            sweep_cancelled(connection, campaign)

    def resolve(
        self, campaign: int, state: State, digests: Iterable[bytes] | None, now: float
    ) -> int:
        """See `Ledger.resolve`."""
        if state not in {State.ACCEPTED, State.WAITING}:
            raise LedgerError("a row in doubt becomes accepted or waiting")
        verb = "accept" if state is State.ACCEPTED else "resend"
        date = () if state is State.ACCEPTED else (now,)
        with self._database.writing() as connection:
            if digests is None:
                query, rows = f"{verb}_doubtful", [(campaign, *date)]
            else:
                query = f"{verb}_one"
                rows = [(campaign, digest, *date) for digest in digests]
            decided = connection.executemany(SQL[query], rows).rowcount if rows else 0
            move(connection, campaign, decided, State.IN_DOUBT, state)
            sweep_cancelled(connection, campaign)
        return decided

    def account(self, campaign: int, digest: bytes) -> Account | None:
        """See `Ledger.account`."""
        with self._database.reading() as connection:
            found = connection.execute(SQL["account"], (campaign, digest)).fetchone()
        if found is not None:
            return _account(found)
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
            self._tidy()
        finally:
            self._custody.close()
            self._database.close()

    def _tidy(self) -> None:
        # secure_delete overwrites what is erased, but not the copies that SQLite leaves
        # in the free space of a page when it moves rows to another (balance_nonroot in
        # its btree.c). Encrypted ones tell nothing; else the pages are written anew.
        if self.encrypted:
            return
        with self._database.reading() as connection:
            (erased,) = connection.execute(SQL["erased"]).fetchone()
            meta = dict(connection.execute(SQL["meta"]).fetchall())
        if erased != meta["tidied"] and self._database.rebuild():
            with self._database.writing() as connection:
                connection.execute(SQL["set_meta"], ("tidied", erased))

    def _opened(
        self,
        id_: int,
        digest: bytes,
        attempts: int,
        first_tried: float | None,
        payload: bytes,
    ) -> Row:
        return Row(
            id_, digest, attempts, first_tried, self._vault.unseal(digest, payload)
        )

    def _marked(self, run: int, ids: Sequence[int]) -> None:
        marks = self._custody.own.get(run)
        # Who does not mark what is begun must not have it taken for never begun.
        if marks is not None and marks.asked_for:
            marks.admit(ids)

    def _forgotten(self, run: int, ids: Sequence[int]) -> None:
        if (marks := self._custody.own.get(run)) is not None:
            marks.forget(ids)


def _unlock(database: Database, key_home: Path) -> tuple[bytes, bool]:
    """The key, checked, and whether payloads are encrypted."""
    with database.reading() as connection:
        meta = dict(connection.execute(SQL["meta"]).fetchall())
    if not meta:
        return _introduce(database, key_home)
    return _known_key(database.path, key_home, meta), meta["payload"] == b"aes-256-gcm"


def _introduce(database: Database, key_home: Path) -> tuple[bytes, bool]:
    sealed = can_seal()
    with database.writing() as connection:
        meta: dict[str, Any] = dict(connection.execute(SQL["meta"]).fetchall())
        if meta:
            # Another process made the ledger at the same moment.
            sealed = meta["payload"] == b"aes-256-gcm"
            return _known_key(database.path, key_home, meta), sealed
        place = KeyPlace(database.path, key_home, secrets.token_hex(8))
        secret = place.find() or place.make()
        facts = [
            ("id", place.id.encode()),
            ("check", CampaignKey(secret, "").check_value()),
            ("payload", b"aes-256-gcm" if sealed else b"plain"),
            ("tidied", b"0"),
        ]
        connection.executemany(SQL["set_meta"], facts)
    return secret, sealed


def _known_key(path: Path, key_home: Path, meta: Mapping[str, bytes]) -> bytes:
    place = KeyPlace(path, key_home, meta["id"].decode())
    if (secret := place.find()) is None:
        raise LedgerKeyError(
            f"the key of the ledger {path} is missing; looked for {place.looked_for()}."
            " Without it nobody could be told from those who have the message already"
        )
    if not hmac.compare_digest(CampaignKey(secret, "").check_value(), meta["check"]):
        raise LedgerKeyError(
            f"this is not the key of the ledger {path}; found in {place.looked_for()}"
        )
    return secret


def _campaign(row: tuple[Any, ...]) -> CampaignRecord:
    id_, name, live, enrolled, fingerprint, control = row
    return CampaignRecord(
        id_, name, bool(live), enrolled, fingerprint, Control(control)
    )


def _account(row: tuple[Any, ...]) -> Account:
    code, attempts, last_tried, stage, reply, enhanced, text = row
    return Account(
        STATES[code], attempts, last_tried, stage or "", reply, enhanced, text or ""
    )
