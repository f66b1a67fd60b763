import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import safesend.ledger
from safesend.ledger.queries import (
    for_rows,
    migrations,
    named_queries,
    run_for_rows,
)

NAMED = re.compile(r"^-- (\w+) --$", re.MULTILINE)
ROOM = Path(safesend.ledger.__file__).parent
SOURCE = "".join(path.read_text("utf-8") for path in sorted(ROOM.glob("*.py")))

# What is asked while mails go out, and must not get slower as the ledger grows.
HOT = ("claim", "record_final", "record_open", "release", "run", "standing", "account")
INDEXED = (
    "due_again",
    "next_provider",
    "fresh_of",
    "next_put_off",
    "doubts",
    "resend_known",
    "put_off",
    "expire",
    "reasons",
    "accept_doubtful",
    "enrolled",
)


@pytest.fixture
def empty():
    with closing(sqlite3.connect(":memory:")) as connection:
        for script in migrations():
            connection.executescript(script)
        connection.execute(named_queries()["create_seen"])
        yield connection


@pytest.mark.parametrize("name", named_queries())
def test_every_statement_fits_the_schema(empty, name):
    """
    Each is one statement that SQLite can prepare.
    """
    query = named_queries()[name]
    values = [0] * len(set(re.findall(r"\?\d+", query)))

    empty.execute(f"EXPLAIN {query}", values).fetchall()


@pytest.mark.parametrize("name", named_queries())
def test_every_statement_is_used(name):
    """
    No SQL lies about that nothing runs.
    """
    verb, _, rest = name.partition("_")
    built = {"accept", "resend"} if verb in {"accept", "resend"} else {name}

    assert any(f'"{found}' in SOURCE for found in built) or rest in SOURCE


@pytest.mark.parametrize("name", [*HOT, *INDEXED, "resend_doubtful"])
def test_no_hot_statement_reads_the_whole_ledger(empty, name):
    """
    Rows are found by number or through an index, never by looking at all of them.
    """
    query = named_queries()[name]
    values = [0] * len(set(re.findall(r"\?\d+", query)))
    plan = empty.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
    scans = [line[3] for line in plan if line[3].startswith("SCAN")]

    assert [scan for scan in scans if "delivery" in scan] == []
    assert plan


def test_statements_have_no_comments_left():
    """
    A comment belongs to the file, not to what is sent to SQLite.
    """
    assert [q for q in named_queries().values() if "--" in q or q.endswith(";")] == []


def test_migrations_are_numbered_without_gaps():
    """
    The n-th file makes schema n.
    """
    names = sorted(path.name for path in (ROOM / "sql").glob("[0-9]*.sql"))

    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert len(migrations()) == len(names)


def test_every_statement_has_a_name_of_its_own():
    """
    None takes another's place, in whatever file it lies.
    """
    files = (ROOM / "sql").glob("[a-z]*.sql")
    names = [name for file in files for name in NAMED.findall(file.read_text("utf-8"))]
    assert sorted(names) == sorted(named_queries())


def test_a_statement_for_many_rows_numbers_its_values_on():
    """
    What stands before the rows keeps its number.
    """
    query = "UPDATE t SET a = ?1 FROM (VALUES (?2, ?3)) WHERE b = column1"
    wanted = "UPDATE t SET a = ?1 FROM (VALUES (?2, ?3), (?4, ?5)) WHERE b = column1"

    assert for_rows(query, 1) == (query, 2)
    assert for_rows(query, 2) == (wanted, 2)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 63, 64, 65, 200])
def test_a_statement_runs_for_any_number_of_rows(count):
    """
    Each row once, those that are not there not at all, and no others.
    """
    query = (
        "UPDATE t SET n = n + ?1 + column2 FROM (VALUES (?2, ?3)) WHERE id = column1"
    )
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?, 0)", [(n,) for n in range(99)])
        rows = [(number, number) for number in range(count)]

        assert run_for_rows(connection, query, (1,), rows) == min(count, 99)
        found = connection.execute("SELECT n FROM t ORDER BY id").fetchall()
    assert [n for (n,) in found] == [n + 1 if n < count else 0 for n in range(99)]
