"""intake/query.py: a query is a list."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from safesend import Campaign, Secret, Template, read_query
from safesend.errors import AudienceError, ConfigurationError


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A SQLite file with three people."""
    place = tmp_path / "people #1?.db"
    with closing(sqlite3.connect(place)) as line, line:
        line.execute('CREATE TABLE p (nr INTEGER, email TEXT, "First name" TEXT)')
        line.executemany(
            "INSERT INTO p VALUES (?, ?, ?)",
            [
                (1, "ada@example.org", "Ada"),
                (2, "bo@example.com", None),
                (3, "c@d.org", "C"),
            ],
        )
    return place


def test_a_query_is_walked_as_often_as_wanted_and_asked_once(people):
    """What was found stays found, whatever becomes of the database."""
    found = read_query(people, "SELECT * FROM p ORDER BY nr", key="nr")
    first = list(found)
    people.unlink()
    assert list(found) == first
    assert [row.key for row in first] == ["1", "2", "3"]
    assert dict(first[1].fields) == {
        "nr": "2",
        "email": "bo@example.com",
        "first_name": "",
    }
    assert first[1].source == "the query:2"


def test_a_query_lies_in_a_file(people, tmp_path):
    """Which errors name, with the row."""
    file = tmp_path / "people.sql"
    file.write_text("SELECT email FROM p UNION ALL SELECT 'nobody' -- all\n;\n")
    found = read_query(str(people), file)
    with pytest.raises(AudienceError) as caught:
        list(found)
    [problem] = caught.value.problems
    assert str(problem).startswith(f"row 4 of the query {file}, column 'email': ")
    assert "nobody" not in str(problem)


def test_somebody_twice_is_told_with_both_rows(people):
    """As in a file."""
    sql = "SELECT email FROM p UNION ALL SELECT 'Ada@Example.org'"
    with pytest.raises(AudienceError, match=r"row 4 of.*same mailbox as row 1"):
        list(read_query(people, sql))


def test_values_without_text_are_told_at_each_pass(people):
    """And such rows can be left out."""
    sql = "SELECT email, iif(nr = 2, x'00ff', 'x') AS x FROM p"
    found = read_query(people, sql)
    for _ in range(2):
        with pytest.raises(AudienceError, match=r"row 2 .*'x': it holds octets"):
            list(found)
    left = read_query(people, sql, skip_invalid=True)
    assert len(list(left)) == 2
    assert left.skipped == 1


def test_a_campaign_goes_by_a_query(people, tmp_path):
    """With the values of its columns."""
    sql = "SELECT * FROM p WHERE nr <> 2"
    campaign = Campaign(
        name="q",
        sender="a@example.org",
        template=Template(subject="Nr {{ nr }}", text="Dear {{ first_name }}.\n"),
        audience=read_query(people, sql, columns=["nr", "first_name"]),
    )
    report = campaign.send(f"eml:{tmp_path / 'out'}", ledger=tmp_path / "q.db")
    assert report.accepted == 2


@pytest.mark.parametrize(
    ("database", "sql", "message"),
    [
        ("mysql://h/d", "SELECT 1", "a database is postgresql://"),
        (7, "SELECT 1", "not a int"),
        ("x.db", " ", "is empty, or no text"),
        ("x.db", "SELECT '\0'", "is empty, or no text"),
        ("x.db", Path("missing.sql"), "missing.sql cannot be read: No such file"),
        ("postgresql://me:pw@[h/d", "SELECT 1", "URL of the database is not one"),
    ],
)
def test_settings_that_cannot_be_are_told_at_once(database, sql, message):
    """Before anything is connected; no password is shown."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_query(database, sql)
    assert "pw" not in str(caught.value)


def test_a_file_that_is_no_text_holds_no_query(tmp_path):
    """The reason is the encoding."""
    (tmp_path / "q.sql").write_bytes(b"SELECT '\xff'")
    with pytest.raises(ConfigurationError, match="it is not UTF-8"):
        read_query("x.db", tmp_path / "q.sql")


def test_only_postgresql_has_a_password(people):
    """One that goes nowhere is a mistake."""
    with pytest.raises(ConfigurationError, match="password= is for PostgreSQL"):
        read_query(people, "SELECT 1", password=Secret("pw"))


def test_no_repr_shows_a_password():
    """Nor does the audience's."""
    found = read_query("postgresql://me:hidden@h/d", "SELECT 1", password="hidden")
    assert "hidden" not in f"{found!r}{found._origins!r}"


def test_a_list_of_nobody_is_refused(people):
    """And a query that finds none names itself."""
    with pytest.raises(AudienceError, match="the query: nobody is in this list"):
        list(read_query(people, "SELECT email FROM p WHERE false"))


def test_half_an_answer_is_none(people):
    """Rows that came before the database failed are not sent to."""
    deep = "SELECT email FROM p UNION ALL SELECT abs(-9223372036854775808)"
    with pytest.raises(AudienceError, match="the query: SQLite says: integer overflow"):
        next(iter(read_query(people, deep)))


def test_memory_stays_flat(people):
    """Rows lie in a file between passes."""
    import tracemalloc

    sql = (
        "WITH RECURSIVE n(i) AS"
        " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
        " SELECT i || '@example.org' AS email, 'Person ' || i AS name FROM n"
    )
    found = read_query(people, sql)
    tracemalloc.start()
    try:
        assert sum(1 for _ in found) == 20_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000
    assert "psycopg" not in vars(sys.modules["safesend.intake.query"])
