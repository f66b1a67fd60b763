from contextlib import closing

import pytest

from ledger.scenes import look
from safesend.ledger import open_ledger
from safesend.ledger.base import LeftOut, Result, State
from safesend.ledger.database import Database
from safesend.ledger.suppressions import Suppressions
from safesend.testing.ledger_rows import NOW, claimed_rows, live_campaign, make_rows

MAILBOXES = [row.suppression for row in make_rows(4)]


@pytest.fixture
def path(tmp_path):
    """Mailboxes 0 and 1 are none, says spring; 0 and 2, says summer."""
    with closing(open_ledger(tmp_path / "a.db")) as ledger:
        runs = []
        for name in ("spring", "summer", "autumn"):
            runs.append(claimed_rows(ledger, live_campaign(ledger, 4, name), 4))
        for number, gone in enumerate([(0, 1), (0, 2)]):
            run, rows = runs[number]
            results = [
                Result(rows[row].id, State.REFUSED, suppress=True) for row in gone
            ]
            ledger.record(run, results, NOW + number)
    return tmp_path / "a.db"


@pytest.fixture
def suppressions(path):
    with closing(Database(path)) as database:
        yield Suppressions(database)


def lift(suppressions, number, reason="she asks x@example.org"):
    return suppressions.lift(MAILBOXES[number], actor="ada", reason=reason, now=NOW + 9)


def test_a_mailbox_is_known_over_all_campaigns(suppressions):
    """
    The first campaign to find out counts it.
    """
    assert [suppressions.has(one) for one in MAILBOXES] == [True, True, True, False]
    assert list(suppressions.summary().items()) == [
        ("spring", LeftOut(2, NOW, NOW)),
        ("summer", LeftOut(1, NOW + 1, NOW + 1)),
    ]


def test_a_mailbox_is_lifted_once(suppressions):
    """
    Only that one, and only if it was left out.
    """
    assert [lift(suppressions, number) for number in (0, 0, 3)] == [True, False, False]
    assert [suppressions.has(one) for one in MAILBOXES] == [False, True, True, False]
    assert suppressions.summary()["spring"] == LeftOut(1, NOW, NOW)


def test_a_lift_is_written_down(suppressions, path):
    """
    Who, when and why, beside what else was decided; nothing for what changed nothing.
    """
    lift(suppressions, 2)
    lift(suppressions, 3)

    assert look(path, "SELECT campaign, at, control, actor, reason FROM control") == [
        (2, NOW + 9, "lift", "ada", "she asks …@example.org")
    ]
