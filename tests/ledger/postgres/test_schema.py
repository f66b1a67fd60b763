from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from ledger.postgres.scenes import assert_consistent, opened
from safesend.cli.app import app
from safesend.errors import LedgerError
from safesend.ledger.base import Allowance, Control, Result, State
from safesend.ledger.keyfile import VARIABLE
from safesend.ledger.postgres.address import parse_address
from safesend.ledger.postgres.database import Database
from safesend.ledger.postgres.schema import FOLDER, STEPS, refuse_other, version_of
from safesend.ledger.queries import named_queries
from safesend.testing.ledger_rows import NOW, account_of, claimed_rows, digest, payload

LEFT = Path(__file__).with_name("schema_1.sql")
"""Two campaigns, spring and summer: see `test_what_schema_1_holds_...`."""


@pytest.mark.parametrize("upgrade", [True, False])
def test_only_ones_own_version_is_worked_with(upgrade):
    """
    A new database is none, and an old one is for whoever upgrades it.
    """
    refuse_other("x", 0, 2, upgrade=upgrade)
    refuse_other("x", 2, 2, upgrade=upgrade)
    with pytest.raises(LedgerError, match="newer safesend"):
        refuse_other("x", 3, 2, upgrade=upgrade)


def test_an_old_one_is_for_whoever_upgrades_it():
    """
    Others are told how, with the name as the shell takes it.
    """
    refuse_other("x", 1, 2, upgrade=True)
    with pytest.raises(LedgerError, match=r"ledger migrate 'x\?schema=y'"):
        refuse_other("x?schema=y", 1, 2, upgrade=False)


def test_the_steps_that_were_taken_are_counted(postgres):
    """
    In a table of their own; none where there is nothing.
    """
    with (
        closing(Database(parse_address(postgres.url))) as database,
        database.reading() as connection,
    ):
        assert version_of(connection, "safesend") == len(STEPS)
        assert version_of(connection, "others") == 0
    steps = postgres.ask("SELECT number FROM safesend.migration ORDER BY number")
    assert len(steps) == len(STEPS)


def test_every_statement_is_one_that_the_tables_have(postgres):
    """
    PostgreSQL understands all of them, with the types of their values.
    """
    with closing(Database(parse_address(postgres.url))) as database:
        for name, query in database.sql.items():
            if query.startswith(("LOCK", "COPY", "SET", "ANALYZE")):
                continue
            with database.writing() as connection:
                connection.run_script(f"PREPARE asked AS {query}; DEALLOCATE asked")
            assert name


def test_names_of_statements_are_unique():
    """
    A file does not hide what another says.
    """
    texts = "\n".join(path.read_text("utf-8") for path in FOLDER.glob("[a-z]*.sql"))
    names = [line for line in texts.splitlines() if line.startswith("-- ")]
    names = [line for line in names if line.endswith(" --")]
    assert len(names) == len(set(names)) == len(named_queries(FOLDER))


@pytest.fixture
def old(postgres, monkeypatch):
    """The URL of a ledger of schema 1 with what a safesend of that time left in it."""
    monkeypatch.setenv(VARIABLE, "5a" * 32)
    Database(parse_address(postgres.url), steps=STEPS[:1]).close()
    postgres.ask(LEFT.read_text("ascii"))
    return postgres.url


def test_what_schema_1_holds_is_there_after_a_migration(old, postgres, tmp_path):
    """
    Who had it, who is not to be written to, what was ordered, and who still waits:
    these are sent to, and only these.
    """
    with pytest.raises(LedgerError, match="an older safesend"):
        opened(postgres, tmp_path)
    done = CliRunner().invoke(app, ["ledger", "migrate", old])
    assert (done.exit_code, done.stdout) == (
        0,
        f"{old}: migrated from schema 1 to {len(STEPS)}.\n",
    )
    with closing(opened(postgres, tmp_path)) as ledger:
        assert_consistent(ledger)
        spring, summer = ledger.campaigns()
        assert (spring.name, spring.enrolled, spring.control) == (
            "spring",
            6,
            Control.RUN,
        )
        assert (summer.name, summer.enrolled, summer.control) == (
            "summer",
            1,
            Control.PAUSE,
        )
        assert dict(ledger.counts(spring.id)) == {
            State.ACCEPTED: 1,
            State.REFUSED: 1,
            State.WAITING: 3,
            State.IN_DOUBT: 1,
        }
        assert ledger.counts(summer.id) == {State.WAITING: 1}
        found = [account_of(ledger, spring.id, number) for number in range(5)]
        assert [(one.state, one.code, one.text) for one in found] == [
            (State.ACCEPTED, 250, "Ok"),
            (State.REFUSED, 550, "no such mailbox"),
            (State.WAITING, 451, "later"),
            (State.IN_DOUBT, None, "the line broke"),
            (State.WAITING, None, ""),
        ]
        assert [ledger.suppressed(digest(n)[::-1]) for n in (0, 1)] == [False, True]
        assert ledger.suppressions()["spring"].number == 1
        assert ledger.allowances(spring.id) == [Allowance("mail", "", "a test")]
        [doubt] = ledger.doubts(spring.id)
        assert (doubt.digest, doubt.payload) == (digest(3), payload(3))

        assert ledger.deferred(spring.id) == 1
        run, rows = claimed_rows(ledger, spring.id, 9)
        assert {row.payload for row in rows} == {payload(4), payload(5)}
        rows += ledger.claim(spring.id, run, 9, NOW + 300)
        assert {row.payload for row in rows} == {payload(2), payload(4), payload(5)}
        ledger.begin(run, [row.id for row in rows])
        ledger.record(run, [Result(row.id, State.ACCEPTED) for row in rows], NOW + 301)
        assert ledger.counts(spring.id)[State.ACCEPTED] == 4
        assert_consistent(ledger)


def test_a_migration_is_taken_step_by_step(old, postgres):
    """
    From every version there ever was to the newest.
    """
    for number in range(2, len(STEPS)):
        with closing(
            Database(parse_address(old), upgrade=True, steps=STEPS[:number])
        ) as database:
            assert database.prepared == (number - 1, number)
    with closing(Database(parse_address(old), upgrade=True)) as database:
        assert database.prepared[1] == len(STEPS)
    [(people,)] = postgres.ask("SELECT count(*) FROM safesend.delivery")
    assert people == "7"
