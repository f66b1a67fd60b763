"""intake/postgres_query.py: against a real PostgreSQL."""

from __future__ import annotations

import sys

import psycopg
import pytest

from safesend import Campaign, Secret, Template, read_query
from safesend.errors import AudienceError, ConfigurationError
from safesend.intake.postgres_query import settings_of
from safesend.ledger import open_ledger

pytestmark = pytest.mark.server

PEOPLE = """
CREATE TABLE people AS
SELECT i AS nr, 'p' || i || '@example.org' AS email, 'Person ' || i AS "First name",
       date '2031-02-03' AS "day", 1.50::numeric AS due, i % 2 = 0 AS "even",
       CASE WHEN i > 3 THEN 'x' END AS note
  FROM generate_series(1, 3000) i
"""


@pytest.fixture
def people(postgres):
    """A table with 3,000 of them."""
    with psycopg.connect(postgres.url) as line:
        line.execute(PEOPLE)
    return postgres


def _made(audience, name="fees"):
    return Campaign(
        name=name,
        sender="treasurer@example.org",
        template=Template(subject="Nr {{ nr }}", text="Dear {{ first_name }}.\n"),
        audience=audience,
    )


def test_columns_are_fields_and_values_are_text(people):
    """Named as the titles of a file would be; NULL is empty."""
    found = read_query(people.url, "SELECT * FROM people ORDER BY nr;", key="nr")
    first, *others = found
    assert dict(first.fields) == {
        "nr": "1",
        "email": "p1@example.org",
        "first_name": "Person 1",
        "day": "2031-02-03",
        "due": "1.50",
        "even": "false",
        "note": "",
    }
    assert (len(others), others[-1].source) == (2999, "the query:3000")


def test_parameters_go_to_the_server_apart(people):
    """As psycopg writes them; a percent sign is one where there are none."""
    sql = "SELECT email FROM people WHERE nr < %(most)s"
    assert len(list(read_query(people.url, sql, parameters={"most": 5}))) == 4
    sql = "SELECT email FROM people WHERE email LIKE 'p11%'"
    assert len(list(read_query(people.url, sql))) == 111


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO people (nr) VALUES (0) RETURNING email",
        "DELETE FROM people RETURNING email",
        "WITH x AS (DELETE FROM people RETURNING email) SELECT * FROM x",
        "SELECT email FROM people; DROP TABLE people",
        "SELECT email FROM people; COMMIT; DROP TABLE people",
        "COPY people TO STDOUT",
        "COPY people FROM STDIN",
        "DROP TABLE people",
        "COMMIT",
        "EXPLAIN ANALYZE DELETE FROM people",
        "SELECT nextval('numbers')::text || '@example.org' AS email",
        "SELECT set_config('transaction_read_only', 'off', true) AS email FROM people",
        "SELECT email FROM people WHERE pg_terminate_backend(pg_backend_pid())",
        "SELECT email FROM secret",
        "'ada@example.org'",
        "SELECT email, 'ada@example.org'::integer FROM people",
        "SELECT email, 1 / (nr - 2000) FROM people",
        "SELECT email, date 'infinity' AS day FROM people",
        'SELECT email, email AS "E-MAIL" FROM people',
        "SELECT nr FROM people",
        "SELECT email, convert_to(email, 'UTF8') AS x FROM people",
        "SELECT email, array[1] AS x FROM people",
        "SELECT email, repeat('x', 2000000) AS x FROM people WHERE nr < 3",
        "SELECT email FROM people UNION ALL SELECT 'P7@example.org'",
    ],
)
def test_nothing_but_a_whole_query_is_a_list(people, tmp_path, sql):
    """Everybody is still there afterwards, nobody is shown, nothing is enrolled."""
    with psycopg.connect(people.url) as line:
        line.execute("CREATE SEQUENCE numbers")
    audience = read_query(people.url, sql)
    place = tmp_path / "fees.db"
    with pytest.raises(AudienceError, match="the query") as caught:
        _made(audience).send(f"eml:{tmp_path / 'out'}", ledger=place)
    assert "ada@" not in str(caught.value)
    assert people.ask("SELECT count(*) FROM people") == [("3000",)]
    assert people.ask("SELECT is_called FROM numbers") == [("f",)]
    if place.exists():
        book = open_ledger(str(place))
        assert [sum(book.counts(one.id).values()) for one in book.campaigns()] == [0]
        book.close()


def test_many_columns_are_no_trouble(people):
    """As many as PostgreSQL has."""
    more = ", ".join(f"{number} AS c{number}" for number in range(1600))
    [one] = read_query(people.url, f"SELECT email, {more} FROM people LIMIT 1")
    assert len(one.fields) == 1601


def test_a_server_that_goes_away_leaves_nothing_half_enrolled(own_postgres, tmp_path):
    """The list is read whole before anybody is enrolled; the next call reads it all."""
    with psycopg.connect(own_postgres.url) as line:
        line.execute(PEOPLE)
        # Whoever reads row 2,000 is thrown out by the server.
        line.execute(
            "CREATE FUNCTION gone(i integer) RETURNS text LANGUAGE plpgsql AS $$ BEGIN"
            " IF i = 2000 AND EXISTS (SELECT 1 FROM pg_settings WHERE name ="
            " 'application_name' AND setting = 'safesend') THEN"
            " PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN ''; END $$"
        )
    sql = "SELECT *, gone(nr) AS gone FROM people ORDER BY nr"
    campaign, url = _made(read_query(own_postgres.url, sql)), own_postgres.url
    with pytest.raises(AudienceError, match="terminating connection"):
        campaign.send(f"eml:{tmp_path / 'out'}", ledger=url)
    book = open_ledger(url)
    assert [sum(book.counts(one.id).values()) for one in book.campaigns()] == [0]
    book.close()
    with psycopg.connect(url) as line:
        line.execute(
            "CREATE OR REPLACE FUNCTION gone(i integer) RETURNS text LANGUAGE sql"
            " AS 'SELECT ''''::text'"
        )
    assert campaign.send(f"eml:{tmp_path / 'out'}", ledger=url).accepted == 3000


def test_a_server_that_is_not_there_is_told_without_the_password():
    """Neither that of the URL nor the one that was given."""
    url = "postgresql://me:hidden@127.0.0.1:1/people"
    with pytest.raises(AudienceError, match="cannot be reached") as caught:
        list(read_query(url, "SELECT 1", password=Secret("hidden2")))
    assert "hidden" not in str(caught.value)


def test_a_password_is_taken_from_where_it_is():
    """A secret or a text; the URL's is replaced."""
    url = "postgresql://me:one@h/d"
    assert settings_of(url, None)["password"] == "one"
    assert settings_of(url, "two")["password"] == "two"
    assert settings_of(url, Secret("three"))["password"] == "three"


def test_without_psycopg_the_extra_is_named(monkeypatch):
    """What to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match=r"safesend\[postgres\]"):
        read_query("postgresql://h/d", "SELECT 1")


def test_behind_pgbouncer_too(pgbouncer, postgres):
    """In transaction mode: what is declared lives in one transaction."""
    [one] = read_query(
        pgbouncer.url(postgres.name), "SELECT 'ada@example.org' AS email"
    )
    assert one.address.wire == "ada@example.org"


def test_a_host_that_can_be_none_cannot_be_reached():
    """Nothing else is wrong then."""
    query = read_query("postgresql://me@a..b/mail", "SELECT 1")
    with pytest.raises(AudienceError, match="no name of a host"):
        list(query)
