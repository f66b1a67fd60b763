"""ledger/sqlite_contents.py: what campaigns are made of, in a file."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.contents import digest_of
from safesend.testing import ledger_contents as contents
from safesend.testing.ledger_rows import NOW

MAP = b"%PDF-1.7 a map for ada@example.org"


@pytest.fixture
def path(tmp_path):
    """Where the ledger lies."""
    return tmp_path / "x.db"


def change(path, statement, *values):
    """What another program does to the file."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(statement, values).fetchall()
        connection.commit()
    return found


def kept(path):
    """A ledger that holds one campaign; gives its number."""
    with closing(open_ledger(path)) as ledger:
        campaign = ledger.campaign("spring", NOW).id
        ledger.contents.keep(campaign, b"manifest of spring", [MAP, MAP, b"logo"])
    return campaign


@pytest.mark.parametrize("name", contents.__all__)
def test_it_keeps_its_promises(name, path):
    """
    As every ledger does.
    """
    with closing(open_ledger(path)) as ledger:
        getattr(contents, name)(ledger)


def test_it_is_there_when_the_ledger_is_opened_anew(path):
    """
    The manifest and every part.
    """
    campaign = kept(path)
    with closing(open_ledger(path)) as ledger:
        assert ledger.contents.manifest(campaign) == b"manifest of spring"
        assert ledger.contents.part(digest_of(MAP)) == MAP


def test_each_part_is_there_once_and_sealed(path):
    """
    Neither its octets nor its SHA-256 are found in the file.
    """
    kept(path)
    assert change(path, "SELECT count(*) FROM content") == [(3,)]
    octets = path.read_bytes()
    assert not [one for one in (MAP, b"manifest of", digest_of(MAP)) if one in octets]


def test_what_was_changed_by_another_program_is_refused(path):
    """
    A part in another's place, as well as octets that nobody sealed.
    """
    campaign = kept(path)
    [(first,), (second,), *_] = change(path, "SELECT octets FROM content")
    change(path, "UPDATE content SET octets = ? WHERE octets = ?", second, first)
    with closing(open_ledger(path)) as ledger, pytest.raises(LedgerError):
        ledger.contents.manifest(campaign)
    change(path, "UPDATE content SET octets = x'00'")
    with closing(open_ledger(path)) as ledger, pytest.raises(LedgerError):
        ledger.contents.part(digest_of(MAP))


def test_a_part_that_is_gone_is_told(path):
    """
    Nothing stands in for it.
    """
    kept(path)
    change(path, "DELETE FROM content")
    with closing(open_ledger(path)) as ledger, pytest.raises(LedgerError, match="part"):
        ledger.contents.part(digest_of(MAP))


def test_a_purge_leaves_nothing_of_it(path):
    """
    Not even in the space that is free.
    """
    campaign = kept(path)
    with closing(open_ledger(path)) as ledger:
        [(sealed,), *_] = change(path, "SELECT octets FROM content")
        ledger.persons.purge(campaign, actor="ada", reason="a test", now=NOW)
        ledger.persons.sweep()
    assert change(path, "SELECT count(*) FROM content") == [(0,)]
    assert sealed not in path.read_bytes()
