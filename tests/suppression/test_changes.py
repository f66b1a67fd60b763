"""suppression/changes.py: each change of a list has a number and a mark."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from safesend import SuppressionList
from safesend.errors import ConfigurationError, LedgerError
from safesend.ledger.memory import MemoryLedger
from safesend.message.address import Address
from safesend.suppression import Deed, Reason
from safesend.suppression.freshness import keep_up

NOW = 1_900_000_000.0
ADA, BOB = "ada@example.org", "bob@example.com"


@pytest.fixture
def shared(tmp_path):
    with SuppressionList(tmp_path / "a.db", key_home=tmp_path / "keys") as opened:
        yield opened


def older(path):
    """Make of a list what an older safesend has: it knows of no changes."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("DROP TABLE change")
        file.execute("PRAGMA user_version = 1")


def test_what_changes_it_is_counted(shared):
    """Each in its turn, with its date; a mark comes once."""
    seen = [shared.changes.newest()]
    assert (seen[0].number, seen[0].at, seen[0].era) == (1, 0.0, 0.0)
    shared.add([ADA, BOB], now=NOW)
    seen.append(shared.changes.newest())
    shared.unsubscribe(_token(shared), now=NOW + 1)
    seen.append(shared.changes.newest())
    shared.remove(ADA, actor="ada", reason="wrote", now=NOW + 2)
    seen.append(shared.changes.newest())
    assert [one.number for one in seen] == [1, 2, 3, 4]
    assert [one.at for one in seen[1:]] == [NOW, NOW + 1, NOW + 2]
    assert len({one.mark for one in seen}) == 4
    assert all(shared.changes.has(one) for one in seen)


def _token(shared):
    return shared.unsubscribe_key().token(Address.parse("cy@example.net"), "spring")


def test_what_changes_nothing_is_not_counted(shared):
    """Somebody who is on it already, who is not on it, and what ended by itself."""
    shared.add([ADA], expires=NOW + 5, now=NOW)
    before = shared.changes.newest()
    shared.add([ADA], expires=NOW + 4, now=NOW)
    shared.add([], now=NOW + 9)
    shared.remove(BOB, actor="ada", reason="never was")
    assert shared.changes.newest() == before


def test_an_import_is_one_change(shared, tmp_path):
    """However many come by it."""
    file = tmp_path / "people.csv"
    file.write_text("email\n" + "".join(f"p{i}@example.org\n" for i in range(9)))
    shared.import_file(file)
    assert shared.changes.newest().number == 2


def test_a_file_that_was_moved_away_says_nothing(shared, tmp_path):
    """Its changes are not those of the list at that path."""
    (tmp_path / "a.db").rename(tmp_path / "away.db")
    with pytest.raises(LedgerError, match="deleted, moved or replaced"):
        shared.changes.newest()
    (tmp_path / "away.db").rename(tmp_path / "a.db")


def test_an_old_list_goes_on(shared, tmp_path):
    """With everybody on it, and its history as one change of its last date."""
    shared.add([ADA], now=NOW)
    shared.add([BOB], actor="ada", now=NOW + 1)
    shared.close()
    older(tmp_path / "a.db")
    with SuppressionList(tmp_path / "a.db", key_home=tmp_path / "keys") as found:
        first = found.changes.newest()
        assert (first.number, first.at, len(first.mark)) == (1, NOW + 1, 8)
        assert found.has(ADA)
        found.add(["cy@example.net"], now=NOW + 2)
        assert found.changes.newest().number == 2
        assert found.changes.has(first)
        assert found.counts()[Reason.BY_HAND].number == 3


def test_copies_of_an_old_list_are_told_apart(shared, tmp_path):
    """Nobody knows which of two was changed before: the first one counts."""
    shared.close()
    older(tmp_path / "a.db")
    shutil.copy(tmp_path / "a.db", tmp_path / "b.db")
    ledger = MemoryLedger()
    with SuppressionList(tmp_path / "a.db", key_home=tmp_path / "keys") as one:
        keep_up(one, ledger)
    with (
        SuppressionList(tmp_path / "b.db", key_home=tmp_path / "keys") as other,
        pytest.raises(ConfigurationError, match="changed by itself"),
    ):
        keep_up(other, ledger)


def test_a_person_makes_a_copy_the_list(shared):
    """It is noted who, when, why, and how many were on it; eras only grow."""
    shared.add([ADA, BOB], now=NOW)
    assert shared.restored(actor="ada", reason="of Monday", now=NOW + 1) == 2
    first = shared.changes.newest()
    assert (first.number, first.era) == (3, NOW + 1)
    assert shared.deeds() == [Deed(NOW + 1, "ada", "restored", 2, "of Monday")]
    shared.remove(ADA, actor="ada", reason="wrote", now=NOW + 2)
    assert shared.changes.newest().era == NOW + 1
    shared.restored(actor="ada", reason="a clock that was set back", now=NOW - 9)
    assert shared.changes.newest().era == NOW + 2
    shared.restored(actor="ada", reason="as a ledger says", now=NOW, after=NOW + 50)
    assert shared.changes.newest().era == NOW + 51
    shared.restored(actor="ada", reason="once more", now=NOW + 99, after=NOW + 51)
    assert shared.changes.newest().era == NOW + 99
