"""cli/ledgers.py: a ledger that is there."""

from __future__ import annotations

import pytest

from cli.campaigns import make_folder
from safesend.cli.folder import open_folder
from safesend.cli.ledgers import chosen_campaign, existing_ledger, ledger_of, usable
from safesend.errors import ConfigurationError
from safesend.ledger.memory import MemoryLedger


def test_a_path_and_a_folder_lead_to_the_ledger(tmp_path):
    """The campaign folder is as good as the path of its ledger."""
    folder = make_folder(tmp_path)
    ledger = tmp_path / "fair.safesend.db"
    ledger.write_bytes(b"SQLite format 3\0")
    assert existing_ledger(str(ledger)) == str(ledger)
    assert existing_ledger(str(folder)) == str(ledger.resolve())


def test_a_ledger_is_never_made_by_looking(tmp_path):
    """A mistyped path is an error, not an empty ledger."""
    with pytest.raises(ConfigurationError, match="there is no ledger at"):
        existing_ledger(str(tmp_path / "x.db"))
    with pytest.raises(ConfigurationError, match=r"nothing was sent from .*fair yet"):
        existing_ledger(str(make_folder(tmp_path)))
    assert not list(tmp_path.glob("*.db"))


@pytest.mark.parametrize("place", ["mysql://u:p1ss@h/d", "postgresql:/u:p1ss@h/d"])
def test_the_url_of_something_else_is_no_path(place):
    """What kinds there are is said, and nothing of the URL."""
    with pytest.raises(ConfigurationError, match="is no kind of ledger") as caught:
        existing_ledger(place)
    assert "postgresql://user@host/database" in str(caught.value)
    assert "p1ss" not in str(caught.value)


def test_tables_that_may_be_made_are_not_looked_for():
    """Nobody is asked whether the database is there."""
    for found in (
        existing_ledger("postgresql://h/d", bare=True),
        usable("postgresql://h/d"),
    ):
        assert found == "postgresql://h/d"


def test_another_ledger_for_what_began_is_refused(tmp_path, monkeypatch):
    """Unless it is named, or nobody has the mailing yet."""
    file = make_folder(tmp_path) / "campaign.toml"
    monkeypatch.setenv("SAFESEND_LEDGER", str(tmp_path / "all.db"))
    folder = open_folder(file.parent)
    assert ledger_of(folder, None) == str(tmp_path / "all.db")
    folder.campaign().send("memory:", ledger=folder.ledger)
    with pytest.raises(ConfigurationError, match="knows 3 people who are done"):
        ledger_of(folder, None)
    assert ledger_of(folder, str(folder.ledger)) == str(folder.ledger)
    monkeypatch.delenv("SAFESEND_LEDGER")
    assert ledger_of(folder, None) == str(folder.ledger)


def test_a_folder_may_name_its_ledger(tmp_path, monkeypatch):
    """A path counts from the folder; it goes before the environment."""
    folder = make_folder(tmp_path, more='ledger = "all.db"\n')
    monkeypatch.setenv("SAFESEND_LEDGER", "postgresql://h/d")
    assert open_folder(folder).place == str(folder / "all.db")


def test_one_campaign_needs_no_name():
    """Several do, and none is taken for another."""
    book = MemoryLedger()
    with pytest.raises(ConfigurationError, match="the ledger holds no campaign"):
        chosen_campaign(book, None)
    spring = book.campaign("spring", 0.0)
    assert chosen_campaign(book, None) == chosen_campaign(book, "spring") == spring
    book.campaign("summer", 0.0)
    for name, told in ((None, "say which"), ("autumn", "no campaign 'autumn'")):
        with pytest.raises(ConfigurationError, match=f"{told}.*: spring, summer"):
            chosen_campaign(book, name)


def test_a_purged_campaign_is_meant_by_its_name_only():
    """The one that is left needs no name."""
    book = MemoryLedger()
    spring, summer = (book.campaign(name, 0.0) for name in ("spring", "summer"))
    book.persons.purge(spring.id, actor="ada", reason="x", now=1.0)
    assert chosen_campaign(book, None) == summer
    assert chosen_campaign(book, "spring").purged == 1.0
    book.persons.purge(summer.id, actor="ada", reason="x", now=1.0)
    with pytest.raises(ConfigurationError, match="holds: spring, summer"):
        chosen_campaign(book, None)


def test_a_list_or_a_setting_is_not_taken_for_a_ledger(tmp_path):
    """A slip of the hand is told as one: running it again would not help."""
    folder = make_folder(tmp_path)
    for name in ("people.csv", "campaign.toml"):
        with pytest.raises(ConfigurationError, match="is not a ledger; give the camp"):
            existing_ledger(str(folder / name))
    with pytest.raises(ConfigurationError, match="is not there; make it first"):
        usable(str(tmp_path / "no" / "x.db"))


@pytest.mark.parametrize("head", [b"", b"SQLite format 3\0", b"\0\0\0\0damaged"])
def test_what_may_have_been_a_ledger_is_left_to_the_ledger(tmp_path, head):
    """It knows what to say of one that is empty or damaged."""
    (tmp_path / "x.db").write_bytes(head)
    assert usable(str(tmp_path / "x.db")) == str(tmp_path / "x.db")
    assert usable("postgresql://host/db") == "postgresql://host/db"
