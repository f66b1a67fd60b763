"""The ledger alone: what remembering costs, while sending and before.

Compared: the calls of the engine on a SQLite file and on a PostgreSQL of this machine
with its usual settings, in its batches and at its default durability (a claim is on
the disk before it returns): claim, mark as begun, mark the outcome, record. Beside it
the same file handling in the fewest statements that sqlite3 allows: a claim and a
result are two UPDATEs, no states, no marks, no encryption, nothing erased. Enrolling:
every row is new and must be so, which a unique index sees to; the plain cases have it
from the beginning, or build it at the end.

Not compared: what the server of PostgreSQL works beside the process that is measured;
on one machine it has the other core. Making the rows (reading the list, their digests)
and the outcomes; a machine whose disk takes longer to flush (the virtual disk here
takes 0.3 ms).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import sqlite3
from collections.abc import Iterator
from typing import Any

from benchmarks import letter
from benchmarks.core.question import CPU, ROWS, SECONDS, Case, Measure, Question
from benchmarks.core.site import Site
from benchmarks.means.stopwatch import Stopwatch
from safesend.engine.dispatcher import BATCH
from safesend.ledger import open_ledger
from safesend.ledger.base import Ledger, NewRow, Result, State
from safesend.message.recipient import Recipient
from safesend.message.rowdata import pack

__all__ = ["CLAIM", "ENROL", "NOW", "QUESTIONS", "REPLY", "new_rows"]

NOW = 1_800_000_000.0
CLAIM = BATCH // 2
"""The hand holds BATCH rows and is filled again when it is half empty."""
ENROL = 500
REPLY = "Ok: queued as 4F2A61C0D7"


@contextlib.contextmanager
def _place(site: Site, kind: str) -> Iterator[str]:
    """Where a new ledger of that kind is to lie."""
    if kind == "memory":
        yield ":memory:"
    elif kind == "file":
        file = site.folder / "ledger" / "ledger.db"
        file.parent.mkdir()
        yield str(file)
    else:
        from servers.postgres import run_postgres

        with run_postgres(fsync=True) as server, server.database() as database:
            yield database.url


@contextlib.contextmanager
def _book(site: Site, kind: str) -> Iterator[Ledger]:
    with (
        _place(site, kind) as place,
        contextlib.closing(open_ledger(place, key_home=site.folder / "keys")) as book,
    ):
        yield book


def new_rows(number: int) -> Iterator[list[NewRow]]:
    """New rows in batches, as the engine would make them."""
    for begin in range(0, number, ENROL):
        yield [_row(one) for one in range(begin, min(number, begin + ENROL))]


def _row(number: int) -> NewRow:
    values: dict[str, Any] = dict(letter.fields(number))
    person = values.pop("email")
    digest = hashlib.sha256(person.encode()).digest()
    payload = pack(Recipient(person, source=f"people.csv:{number + 2}", **values))
    return NewRow(digest[:16], digest[16:], "example.org", payload)


def _enrolled(book: Ledger, campaign: int, number: int, watch: Stopwatch) -> None:
    with watch:
        book.begin_draft(campaign)
    for rows in new_rows(number):
        with watch:
            book.enrol(campaign, rows)
    with watch:
        book.go_live(campaign, bytes(32), NOW)


def _sent(site: Site, kind: str = "file") -> Measure:
    """Claim, begin, settle and record every row."""
    with _book(site, kind) as book:
        return _all_sent(site, book)


def _all_sent(site: Site, book: Ledger) -> Measure:
    campaign = book.campaign("ledger", NOW).id
    _enrolled(book, campaign, site.messages, Stopwatch())
    run = book.start_run(campaign, NOW)
    marks, watch = book.progress(run), Stopwatch()
    while True:
        with watch:
            rows = book.claim(campaign, run, CLAIM, NOW)
            for row in rows:
                marks.take(row.id)
        if not rows:
            break
        results = [
            Result(row.id, State.ACCEPTED, code=250, enhanced="2.0.0", text=REPLY)
            for row in rows
        ]
        with watch:
            for result in results:
                marks.settle(result)
            book.record(run, results, NOW)
    counts = dict(book.counts(campaign))
    book.end_run(run, NOW)
    if counts != {State.ACCEPTED: site.messages}:
        raise SystemExit(f"the ledger disagrees: {counts}")
    return watch.measure(site.messages)


_sent_in_memory = functools.partial(_sent, kind="memory")
_sent_in_postgresql = functools.partial(_sent, kind="postgresql")


def _database(site: Site, *, unique: str = "") -> sqlite3.Connection:
    found = sqlite3.connect(site.folder / "plain.db", isolation_level=None)
    found.execute("PRAGMA journal_mode = WAL")
    found.execute("PRAGMA synchronous = FULL")
    found.execute(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, digest BLOB, suppression BLOB,"
        " provider TEXT, payload BLOB, state INTEGER DEFAULT 0, code INTEGER,"
        f" reply TEXT{unique})"
    )
    return found


def _inserted(base: sqlite3.Connection, rows: list[NewRow]) -> None:
    told = [(one.digest, one.suppression, one.provider, one.payload) for one in rows]
    base.execute("BEGIN")
    base.executemany(
        "INSERT INTO people (digest, suppression, provider, payload) VALUES (?,?,?,?)",
        told,
    )
    base.execute("COMMIT")


def _plain(site: Site) -> Measure:
    """The least that keeps who was begun and what came of it."""
    base, watch = _database(site), Stopwatch()
    for rows in new_rows(site.messages):
        _inserted(base, rows)
    for begin in range(1, site.messages + 1, CLAIM):
        share = (begin, min(site.messages, begin + CLAIM - 1))
        with watch:
            base.execute("BEGIN")
            base.execute("UPDATE people SET state = 1 WHERE id BETWEEN ? AND ?", share)
            found = base.execute(
                "SELECT id, payload FROM people WHERE id BETWEEN ? AND ?", share
            ).fetchall()
            base.execute("COMMIT")
        results = [(2, 250, REPLY, id_) for id_, _ in found]
        with watch:
            base.execute("BEGIN")
            base.executemany(
                "UPDATE people SET state = ?, code = ?, reply = ? WHERE id = ?", results
            )
            base.execute("COMMIT")
    (number,) = base.execute("SELECT count(*) FROM people WHERE state = 2").fetchone()
    base.close()
    return watch.measure(number)


def _enrolment(site: Site, kind: str = "file") -> Measure:
    watch = Stopwatch()
    with _book(site, kind) as book:
        campaign = book.campaign("ledger", NOW).id
        _enrolled(book, campaign, site.messages, watch)
        counts = dict(book.counts(campaign))
    if counts != {State.WAITING: site.messages}:
        raise SystemExit(f"the ledger disagrees: {counts}")
    return watch.measure(site.messages)


_enrolment_in_postgresql = functools.partial(_enrolment, kind="postgresql")


def _plain_enrolment(site: Site) -> Measure:
    base, watch = _database(site), Stopwatch()
    for rows in new_rows(site.messages):
        with watch:
            _inserted(base, rows)
    with watch:
        base.execute("CREATE UNIQUE INDEX people_once ON people (digest)")
    base.close()
    return watch.measure(site.messages)


def _indexed_enrolment(site: Site) -> Measure:
    base, watch = _database(site, unique=", UNIQUE (digest)"), Stopwatch()
    for rows in new_rows(site.messages):
        with watch:
            _inserted(base, rows)
    base.close()
    return watch.measure(site.messages)


_SERVER = ("psycopg", "psql")
_APART = "the server works on the other core, and its processor time is not counted"

QUESTIONS = (
    Question(
        name="ledger",
        title="The ledger alone",
        text=(
            f"Claim, begin, settle and record in batches of {CLAIM}, as the engine does"
            " it: a claim is on the disk (SQLite, WAL, `synchronous=FULL`; PostgreSQL"
            " with its usual settings) before it returns."
        ),
        cases=(
            Case(
                "plain",
                "sqlite3, two UPDATEs a row, `executemany`",
                _plain,
                note="no states, no marks, nothing is encrypted or erased",
            ),
            Case("sqlite", "safesend, SQLite", _sent),
            Case("memory", "safesend, in memory", _sent_in_memory),
            Case(
                "postgresql",
                "safesend, PostgreSQL",
                _sent_in_postgresql,
                needs=_SERVER,
                note=_APART,
                alone=False,
            ),
        ),
        reference="plain",
        messages=40_000,
        figure=CPU,
        beside=(ROWS,),
    ),
    Question(
        name="enrolment",
        title="Enrolling a list",
        text=(
            f"A list whose rows are made is written in batches of {ENROL}, every"
            " recipient once: seconds for all of them, and on the disk at the end."
        ),
        cases=(
            Case("plain", "sqlite3, unique index at the end", _plain_enrolment, 5),
            Case("indexed", "sqlite3, unique index always", _indexed_enrolment, 5),
            Case("sqlite", "safesend, SQLite", _enrolment, 5),
            Case(
                "postgresql",
                "safesend, PostgreSQL",
                _enrolment_in_postgresql,
                5,
                needs=_SERVER,
                note=_APART,
                alone=False,
            ),
            Case("plain-1m", "the first, 1 million", _plain_enrolment, full=True),
            Case("sqlite-1m", "safesend, 1 million", _enrolment, full=True),
        ),
        reference="plain",
        messages=1_000_000,
        figure=ROWS,
        beside=(SECONDS, CPU),
        rounds=3,
    ),
)
