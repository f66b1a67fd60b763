"""ledger/lists.py: every ledger knows how far a list has come, in each of its lines."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing

import attrs
import pytest

from ledger.postgres.scenes import opened
from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.lists import Change, OwnLists
from safesend.ledger.postgres.address import parse_address
from safesend.ledger.postgres.database import Database, migrate
from safesend.ledger.postgres.schema import STEPS
from safesend.ledger.queries import migrations

CHANGE = Change(3, b"\x00\xff", 1_900_000_000.25)


def test_eras_go_ahead_of_numbers():
    """What a person said is later than what was counted; within an era numbers tell."""
    restored = Change(2, b"b", 0.0, era=5.0)
    assert attrs.evolve(CHANGE, number=4).is_after(CHANGE)
    assert not CHANGE.is_after(CHANGE)
    assert restored.is_after(CHANGE)
    assert not CHANGE.is_after(restored)


def test_one_process_keeps_it_for_itself():
    """The newest of each list."""
    lists = OwnLists()
    assert lists.newest("a") is None
    assert lists.note("a", CHANGE) == CHANGE
    assert lists.note("a", attrs.evolve(CHANGE, number=2)) == CHANGE
    assert lists.newest("a") == CHANGE


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_two_lines_see_the_same(kind, request, tmp_path):
    """What one notes the other knows, and so does whoever opens the ledger later."""

    def line():
        if kind == "postgres":
            return opened(request.getfixturevalue("postgres"), tmp_path)
        return open_ledger(tmp_path / "a.db", key_home=tmp_path / "keys")

    with ExitStack() as stack:
        one, other = (stack.enter_context(closing(line())) for _ in range(2))
        assert one.lists.note("a", CHANGE) == CHANGE
        assert other.lists.newest("a") == CHANGE
        apart = attrs.evolve(CHANGE, mark=b"apart")
        assert other.lists.note("a", apart) == CHANGE
    with closing(line()) as later:
        assert later.lists.newest("a") == CHANGE


def test_an_old_file_gets_its_table(tmp_path):
    """A ledger of schema 9 knows of no list yet, and learns."""
    path = tmp_path / "a.db"
    open_ledger(path, key_home=tmp_path / "keys").close()
    with closing(sqlite3.connect(path)) as file:
        file.execute("DROP TABLE seen_list")
        file.execute("PRAGMA user_version = 9")
    with closing(open_ledger(path, key_home=tmp_path / "keys")) as ledger:
        assert ledger.lists.newest("a") is None
        assert ledger.lists.note("a", CHANGE) == CHANGE
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (len(migrations()),)


def test_old_tables_get_theirs(postgres, tmp_path):
    """Of schema 2 in PostgreSQL, when somebody migrates them."""
    address = parse_address(postgres.url)
    Database(address, steps=STEPS[:2]).close()
    with pytest.raises(LedgerError, match="safesend ledger migrate"):
        opened(postgres, tmp_path)
    assert migrate(address) == (2, len(STEPS))
    with closing(opened(postgres, tmp_path)) as ledger:
        assert ledger.lists.note("a", CHANGE) == CHANGE
