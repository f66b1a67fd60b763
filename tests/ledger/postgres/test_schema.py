from contextlib import closing

import pytest

from safesend.errors import LedgerError
from safesend.ledger.postgres.address import parse_address
from safesend.ledger.postgres.database import Database
from safesend.ledger.postgres.schema import FOLDER, STEPS, refuse_other, version_of
from safesend.ledger.queries import named_queries


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
