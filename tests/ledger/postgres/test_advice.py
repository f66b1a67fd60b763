"""ledger/postgres/advice.py: what PostgreSQL says, and what to do about it."""

from __future__ import annotations

import psycopg
import pytest

from safesend.ledger.postgres.advice import away, refused

NAME = "postgresql://me@db/mail"


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ('FATAL:  database "mail" does not exist', "createdb mail"),
        ('FATAL:  role "me" does not exist', "createuser me"),
        ('FATAL:  password authentication failed for user "me"', "PGPASSWORD"),
        ("fe_sendauth: no password supplied", "~/.pgpass"),
        ('FATAL:  no pg_hba.conf entry for host "192.0.2.1"', "pg_hba.conf lets"),
        ('FATAL:  permission denied for database "mail"', "GRANT CONNECT"),
        (
            "cannot execute INSERT in a read-only transaction",
            "a standby perhaps",
        ),
        ("FATAL:  sorry, too many clients already", "max_connections"),
        ("connection refused", "see whether PostgreSQL runs there"),
    ],
)
def test_a_door_that_is_shut_is_explained(said: str, advice: str) -> None:
    """What was said, on one line, and what to do."""
    told = away(NAME, psycopg.OperationalError(f"connection failed:\n{said}"))
    assert told.startswith(f"the ledger {NAME} cannot be reached (connection failed: ")
    assert advice in told.partition(" (connection failed: ")[2].partition(");")[2]


def test_a_line_that_is_gone_has_no_words() -> None:
    """Nothing stands in brackets then."""
    told = away(NAME)
    assert told.startswith(f"the ledger {NAME} cannot be reached; see whether")


def test_what_is_refused_is_told_without_values() -> None:
    """The words of PostgreSQL about data quote data."""
    told = refused(NAME, psycopg.errors.InvalidTextRepresentation("ada@example.org"))
    assert told == f"the ledger {NAME}: PostgreSQL says: InvalidTextRepresentation"


def test_who_lacks_a_right_is_told_which() -> None:
    """And whose it is to give."""
    told = refused(NAME, psycopg.errors.InsufficientPrivilege("no"))
    assert "GRANT CREATE ON DATABASE" in told


def test_what_libpq_says_in_two_lines_are_two_sentences() -> None:
    """One follows the other on one line, and they are told apart."""
    error = psycopg.OperationalError("failed: refused\n\tIs it running?\n")
    assert "(failed: refused; Is it running?); see" in away(NAME, error)
