from contextlib import closing

import pytest

from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.database import Database
from safesend.ledger.migrating import migrate
from safesend.ledger.postgres.schema import STEPS
from safesend.ledger.queries import migrations

NOW = len(tuple(migrations()))


def test_a_file_is_brought_up_to_date(tmp_path):
    """
    From whatever version; a second time there is nothing to do.
    """
    path = tmp_path / "spring.db"
    Database(path, steps=tuple(migrations())[:3]).close()
    done = migrate(str(path))
    assert (done.name, done.before, done.after) == (str(path), 3, NOW)
    assert migrate(str(path)).before == NOW


def test_tables_in_postgresql_are_made(postgres, tmp_path):
    """
    For workers that may not make any; its name has no password.
    """
    url = postgres.url.replace("@", ":hunter2@")
    done = migrate(url)
    assert (done.name, done.before, done.after) == (postgres.url, 0, len(STEPS))
    assert migrate(url).before == done.after
    with closing(open_ledger(url, key_home=tmp_path / "keys")) as ledger:
        assert ledger.campaigns() == []


def test_what_is_newer_is_left_alone(tmp_path):
    """
    Nothing is taken back.
    """
    path = tmp_path / "spring.db"
    Database(path, steps=(*migrations(), "CREATE TABLE more (id);")).close()
    with pytest.raises(LedgerError, match="newer safesend"):
        migrate(str(path))
