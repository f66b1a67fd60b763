"""intake/sqlite_query.py: a SQLite file is read and nothing else."""

from __future__ import annotations

import _thread
import sqlite3
import threading
from contextlib import closing

import pytest

from safesend import read_query
from safesend.errors import AudienceError
from safesend.intake.sqlite_query import asked


@pytest.fixture
def people(tmp_path):
    place = tmp_path / "people.db"
    with closing(sqlite3.connect(place)) as line, line:
        line.execute("CREATE TABLE p (email TEXT)")
        line.execute("INSERT INTO p VALUES ('ada@example.org')")
    return place


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO p VALUES ('x@y.org') RETURNING email",
        "DELETE FROM p RETURNING email",
        "DROP TABLE p",
        "SELECT email FROM p; DROP TABLE p",
        "PRAGMA user_version = 3",
        "ATTACH 'other.db' AS other",
        "VACUUM INTO 'copy.db'",
        "SELECT load_extension('x') AS email",
        "BEGIN",
        "nonsense 'ada@example.org'",
        "SELECT missing FROM p",
        "SELECT zeroblob(1000000000) AS email",
        "SELECT email, hex(zeroblob(3000000)) AS x FROM p",
    ],
)
def test_nothing_but_a_query_is_run(people, tmp_path, monkeypatch, sql):
    """Whatever is written there, the file stays as it is, and no address is shown."""
    monkeypatch.chdir(tmp_path)
    before = people.read_bytes()
    with pytest.raises(AudienceError, match="the query: ") as caught:
        list(read_query(people, sql))
    assert "ada@" not in str(caught.value)
    assert people.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["people.db"]


def test_a_view_with_functions_and_recursion_may_be_read(people):
    """All that only reads."""
    with closing(sqlite3.connect(people)) as line, line:
        line.execute("CREATE VIEW v AS SELECT upper(email) AS email FROM p")
    [one] = read_query(people, "SELECT * FROM v", parameters={})
    assert one.address.wire == "ADA@example.org"


def test_text_that_is_no_utf8_is_told_with_its_row(people):
    """A row more or less, not the end of the list."""
    sql = "SELECT email, CAST(x'41ff' AS TEXT) AS name FROM p"
    with pytest.raises(
        AudienceError, match=r"row 1 .*'name': it holds text that is no"
    ):
        list(read_query(people, sql))


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    """A typing error is no empty list."""
    with pytest.raises(AudienceError, match="there is no file"):
        list(read_query(tmp_path / "none.db", "SELECT 1"))
    (tmp_path / "no.db").write_text("this is no database, whatever it is called")
    with pytest.raises(AudienceError, match="SQLite says: file is not a database"):
        list(read_query(tmp_path / "no.db", "SELECT email FROM p"))
    assert not (tmp_path / "none.db").exists()


def test_parameters_are_values(people):
    """And never part of the statement."""
    with asked(people, "SELECT email FROM p WHERE email = ?", ["x' OR 1"]) as (
        names,
        rows,
    ):
        assert (names, list(rows)) == (["email"], [])


def test_a_query_without_an_end_is_ended_by_ctrl_c(people):
    """SQLite itself hears nothing while it looks for the first row."""
    sql = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
    pressed = threading.Timer(0.2, _thread.interrupt_main)

    def ask():
        pressed.start()
        list(read_query(people, f"{sql} SELECT n AS email FROM c WHERE n < 0"))

    with pytest.raises(KeyboardInterrupt):
        ask()
    pressed.join()
