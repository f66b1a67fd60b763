import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.ledger.postgres.address import SCHEMA, is_address, parse_address

SECRETS = st.text("abcdef%@:/?#&=", min_size=6).map(lambda text: f"S{text}S")


def test_a_url_is_read():
    """
    What PostgreSQL connects with, the schema of ours, and a name to show.
    """
    url = "postgres://ada:hunter2@db.example:5433/mail?schema=spring&sslmode=require"
    found = parse_address(url)

    assert found.schema == "spring"
    assert found.settings["host"] == "db.example"
    assert found.settings["password"] == "hunter2"
    shown = "postgresql://ada@db.example:5433/mail?sslmode=require&schema=spring"
    assert found.name == shown
    assert "hunter2" not in repr(found)
    assert parse_address("postgresql:///mail").schema == SCHEMA


def test_a_password_among_the_settings_is_not_shown():
    """
    Wherever libpq takes one.
    """
    found = parse_address("postgresql://h/mail?password=hunter2&sslpassword=hunter3")

    assert "hunter" not in found.name
    assert found.settings["password"] == "hunter2"


@given(SECRETS)
def test_whatever_the_password_is_nobody_reads_it(secret):
    """
    Neither in the name nor in what is said about a wrong URL.
    """
    try:
        shown = parse_address(f"postgresql://ada:{secret}@h/mail").name
    except ConfigurationError as error:
        shown = str(error)
    assert secret not in shown


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://h/mail?schema=",
        "postgresql://h/mail?schema=A",
        "postgresql://h/mail?schema=pg_temp",
        "postgresql://h/mail?schema=x;drop",
        "postgresql://h/mail?schemas=x",
        "postgresql://[::1/mail",
        "postgresql://ada:hunter/2@h/mail",
        "postgresql://ada:hunter?2@h/mail",
        "postgresql://ada:hunter#2@h/mail",
    ],
)
def test_what_is_no_address_is_refused(url):
    """
    Before anything is connected to.
    """
    with pytest.raises(ConfigurationError, match="URL of the ledger"):
        parse_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada@h/mail&sslmode=verify-full",
        "postgresql://ada@h/mail&password=hunter2&schema=spring",
        "postgresql://ada@h/mail&sslmode=require?schema=spring",
        "postgresql://ada@h/sslmode=require",
        "postgresql://ada@h&sslmode=require",
    ],
)
def test_a_setting_without_a_question_mark_is_no_name_of_a_database(url):
    """
    It is asked whether one was meant; what may be a password is not repeated.
    """
    with pytest.raises(ConfigurationError, match=r"did you mean '\?'") as caught:
        parse_address(url)
    assert "hunter2" not in str(caught.value)


def test_a_name_with_such_a_character_is_written_in_hex():
    """
    And a password may have it.
    """
    found = parse_address("postgresql://ada:a&b=c@h/black%26white%3D")
    assert found.settings["dbname"] == "black&white="
    assert found.settings["password"] == "a&b=c"


def test_only_urls_of_postgresql_are_addresses():
    """
    A path is none, whatever it is called.
    """
    assert is_address("postgres://h")
    assert not is_address("postgresql.db")


def test_without_psycopg_it_is_said_what_to_install(monkeypatch):
    """
    By name.
    """
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match=r"safesend\[postgres\]"):
        parse_address("postgresql://h/mail")
