"""intake/answers.py: what a connection of any driver answers."""

from __future__ import annotations

import sqlite3

import pytest

from safesend import read_query
from safesend.errors import AudienceError
from safesend.intake.answers import QueryFailed, of_connection, titles_of


@pytest.fixture
def connection():
    with sqlite3.connect(":memory:") as line:
        line.execute("CREATE TABLE people (email TEXT, nr INTEGER)")
        many = [(f"p{number}@example.org", number) for number in range(1200)]
        line.executemany("INSERT INTO people VALUES (?, ?)", many)
        yield line
    line.close()


def test_an_open_connection_is_asked_and_left_open(connection):
    """In batches, with parameters as its driver writes them."""
    sql = "SELECT * FROM people WHERE nr >= ? ORDER BY nr"
    found = read_query(connection, sql, parameters=[3])
    assert [row.fields["nr"] for row in found][:2] == ["3", "4"]
    assert len(list(found)) == 1197
    assert connection.execute("SELECT count(*) FROM people").fetchone() == (1200,)


def test_what_the_driver_says_is_not_told(connection):
    """It may hold values; the kind of error has to do."""
    with pytest.raises(AudienceError, match="raised OperationalError") as caught:
        list(read_query(connection, "SELECT * FROM secret"))
    assert "secret" not in str(caught.value)


def test_an_error_of_somebody_else_is_let_through(connection):
    """Only what the driver raises is explained."""
    with (
        pytest.raises(KeyError),
        of_connection(connection, "SELECT 1", None),
    ):
        raise KeyError


def test_a_statement_without_rows_is_no_list(connection):
    """Whatever it did: a connection of yours is not made read-only."""
    with pytest.raises(QueryFailed, match="gives no rows"):
        titles_of(connection.execute("UPDATE people SET nr = 1 WHERE false"))
    with pytest.raises(AudienceError, match="gives no rows"):
        list(read_query(connection, "UPDATE people SET nr = 1 WHERE false"))
