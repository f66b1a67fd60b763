import sqlite3
from contextlib import closing

import pytest

from ledger.postgres.rooms import rooms
from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.base import Allowance, Control, Result, State
from safesend.ledger.heard import Heard, Word
from safesend.ledger.hindsight import RowNews
from safesend.ledger.history import RehearsalNote, Sessions
from safesend.testing.ledger_rows import NOW, claimed_rows, live_campaign

NOTE = RehearsalNote(
    at=NOW,
    rows=9,
    new=9,
    digest=b"d",
    checks=("L1",),
    version="1",
    actor="ada@example.org",
    seconds=0.5,
)
TABLES = (
    *("campaign", "run", "delivery", "control", "hold", "allowance", "approval"),
    *("rehearsal", "session", "suppression", "heard", "heard_tally"),
)


@pytest.fixture
def ledger(postgres):
    with rooms(postgres.url) as opened:
        yield opened


def eventful(path):
    """A campaign in a file in which everything happened."""
    with closing(open_ledger(path)) as ledger:
        campaign = live_campaign(ledger, 30, providers=("b.example", "A", "a"))
        ledger.note_allowances(campaign, [Allowance("L1", "x", "mine")], NOW)
        ledger.consent.approve(campaign, b"d", actor="ada", reason="good", now=NOW)
        ledger.history.note_rehearsal(campaign, NOTE)
        run, rows = claimed_rows(ledger, campaign, 24)
        ledger.history.note_sessions(run, [Sessions("smtp:", "TLSv1.3", 3)])
        fates = [
            Result(0, State.ACCEPTED, code=250, text="ok"),
            Result(0, State.REFUSED, code=550, enhanced="5.1.1", text="b"),
            Result(0, State.REFUSED, code=550, enhanced="5.1.1", text="B"),
            Result(0, State.WAITING, NOW + 900, code=450, text="later"),
            Result(0, State.IN_DOUBT, text="no reply"),
            Result(0, State.FAILED),
        ]
        for number, row in enumerate(rows):
            fate = fates[number % len(fates)]
            said = {"state": fate.state, "code": fate.code, "text": fate.text}
            result = Result(row.id, not_before=fate.not_before, **said)
            ledger.record(run, [result], NOW + 37 * number)
        word = Word(Heard.BOUNCED, NOW + 99, 550, None, "gone")
        news = [RowNews(rows[0].id, word, suppress=True)]
        ledger.hindsight.hear(campaign, news, NOW + 99)
        doubted = [rows[4].digest]
        ledger.resolve(campaign, State.ACCEPTED, doubted, NOW + 999, "ada")
        ledger.end_run(run, NOW + 999, "bob stopped it")
        ada = {"actor": "ada", "reason": "a rest", "now": NOW + 1000}
        ledger.orders.hold(campaign, "b.example", Control.PAUSE, **ada)
        ledger.orders.hold(campaign, "A", Control.PAUSE, **ada)
        ledger.set_control(campaign, Control.PAUSE, **ada)
        ledger.persons.keep(campaign, 60)
        return ledger.history.chronicle(campaign, NOW + 1001)


CHANGED = {
    ("delivery", "pilot"): bool,
    ("suppression", "asked"): bool,
    ("delivery", "dated"): lambda date: date if date > 1 else None,
    ("delivery", "holder"): lambda holder: holder - (1 << 23),
}
"""What is written otherwise than in a file."""


def copied(path, ledger):
    """The tables of the file, as PostgreSQL has them."""
    with closing(sqlite3.connect(path)) as file, ledger.database.writing() as line:
        for table in TABLES:
            cursor = file.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            given = "OVERRIDING SYSTEM VALUE" if "id" in names else ""
            values = ", ".join(f"${number}" for number, _ in enumerate(names, 1))
            insert = (
                f"INSERT INTO {table} ({', '.join(names)}) {given} VALUES ({values})"
            )
            for row in cursor:
                changed = [
                    CHANGED.get((table, name), lambda value: value)(value)
                    for name, value in zip(names, row, strict=True)
                ]
                line.execute(insert, changed)
        tally = "INSERT INTO tally VALUES ($1, $2, 0, $3)"
        line.executemany(tally, file.execute("SELECT * FROM tally").fetchall())


def test_the_past_is_the_same_in_both_databases(ledger, tmp_path):
    """
    Of the same tables, whatever happened, in the same order.
    """
    wanted = eventful(tmp_path / "a.db")
    copied(tmp_path / "a.db", ledger)

    assert ledger.history.chronicle(1, NOW + 1001) == wanted
    assert wanted.on_trust == 1
    assert len(wanted.replies) > 3


def test_sessions_are_added_up(ledger, postgres):
    """
    Of however many workers, and of none.
    """
    campaign, _ = ledger.live(1)
    run = ledger.run(campaign)
    sessions = [Sessions("smtp:", "", 2), Sessions("smtp:", "", 1)]
    ledger.history.note_sessions(run, sessions)
    ledger.history.note_sessions(run, [])
    with rooms(postgres.url) as other:
        more = [Sessions("smtp:", "", 4), Sessions("a", "TLSv1.3", 1)]
        other.history.note_sessions(run, more)

    found = ledger.history.chronicle(campaign, NOW).sessions
    assert found == (Sessions("a", "TLSv1.3", 1), Sessions("smtp:", "", 7))


def test_a_run_elsewhere_is_alive_as_its_lease_says(ledger):
    """
    And what is not there has no past.
    """
    campaign, _ = ledger.live(1)
    run = ledger.run(campaign)
    ledger.history.note_rehearsal(campaign, NOTE)

    [early] = ledger.history.chronicle(campaign, NOW).runs
    ledger.change("UPDATE run SET lease = 0 WHERE id = $1", run)
    [late] = ledger.history.chronicle(campaign, NOW).runs
    assert (early.alive, late.alive) == (True, False)
    assert late.actor == "ada"
    with pytest.raises(LedgerError):
        ledger.history.chronicle(99, NOW)


def test_a_chronicle_is_of_one_moment(ledger, postgres):
    """
    Others write meanwhile, and it does not see them.
    """
    campaign, _ = ledger.live(1)
    count = "SELECT count(*) FROM rehearsal"
    with (
        rooms(postgres.url) as other,
        ledger.database.reading(snapshot=True) as connection,
    ):
        assert connection.execute(count).fetchall() == [(0,)]
        other.history.note_rehearsal(campaign, NOTE)
        assert connection.execute(count).fetchall() == [(0,)]
    [told] = ledger.history.chronicle(campaign, NOW).rehearsals
    assert told.actor == "a…@example.org"
