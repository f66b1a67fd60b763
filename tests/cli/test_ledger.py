"""cli/ledger.py: the tables of a ledger, for the safesend that is here."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from safesend.cli.app import app
from safesend.ledger.database import Database
from safesend.ledger.queries import migrations

NEWEST = len(tuple(migrations()))


def _migrate(*words):
    return CliRunner().invoke(app, ["ledger", "migrate", *map(str, words)])


@pytest.fixture
def old(tmp_path):
    """A ledger of an earlier safesend."""
    path = tmp_path / "spring.safesend.db"
    Database(path, steps=tuple(migrations())[:3]).close()
    return path


def test_it_says_what_was_done(old):
    """From which schema to which; a second time that it is up to date."""
    done = _migrate(old)
    assert (done.exit_code, done.stdout) == (
        0,
        f"{old}: migrated from schema 3 to {NEWEST}.\n",
    )
    assert _migrate(old).stdout == f"{old}: schema {NEWEST}, which is up to date.\n"


def test_a_program_may_ask(old):
    """With --json it is one object."""
    done = _migrate(old, "--json")
    assert json.loads(done.stdout) == {
        "ok": True,
        "ledger": str(old),
        "schema_before": 3,
        "schema": NEWEST,
        "exit_code": 0,
    }


def test_tables_are_made_in_a_database(postgres):
    """For workers that may not make any."""
    done = _migrate(postgres.url)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{postgres.url}: its tables are made (schema ")


def test_what_is_not_there_is_not_made(tmp_path):
    """A path is a slip of the pen then: exit code 2."""
    done = _migrate(tmp_path / "nothing.db")
    assert done.exit_code == 2
    assert "there is no ledger at" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_newer_one_is_left_alone(postgres):
    """It says what to update; exit code 3, as for all that a ledger says no to."""
    assert _migrate(postgres.url).exit_code == 0
    postgres.ask("INSERT INTO safesend.migration VALUES (99, 0, '')")
    done = _migrate(postgres.url, "--json")
    assert done.exit_code == 3
    assert "pip install -U safesend" in json.loads(done.stdout)["message"]
