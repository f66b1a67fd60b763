"""cli/listed.py: from campaign.toml to people."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from cli.campaigns import make_folder
from safesend.cli.folder import open_folder
from safesend.errors import ConfigurationError


def _asking(tmp_path, more, settings=""):
    """A folder whose list is a query."""
    folder = make_folder(tmp_path)
    toml = folder / "campaign.toml"
    text = toml.read_text().replace('list = "people.csv"\n', settings)
    toml.write_text(f"{text}[list]\n{more}")
    (folder / "people.sql").write_text("SELECT mail, name FROM people ORDER BY mail\n")
    with closing(sqlite3.connect(folder / "people.db")) as line, line:
        line.execute("CREATE TABLE people (mail TEXT, name TEXT)")
        line.execute("INSERT INTO people VALUES ('ada@example.org', 'Ada')")
    return folder


SQLITE = 'database = "people.db"\nquery = "people.sql"\n'
SERVER = 'database = "postgresql://me@h/d"\nquery = "people.sql"\n'


def test_a_query_to_a_file_of_sqlite(tmp_path):
    """Both are found from the folder."""
    folder = _asking(tmp_path, SQLITE, 'address = "mail"\nkey = "name"\n')
    [ada] = open_folder(folder).campaign().audience
    assert (ada.address.wire, ada.key) == ("ada@example.org", "Ada")
    assert ada.source == f"the query {folder / 'people.sql'}:1"


def test_files_by_a_pattern(tmp_path):
    """In natural order."""
    folder = make_folder(tmp_path)
    toml = folder / "campaign.toml"
    toml.write_text(toml.read_text().replace("people.csv", "part-*.csv"))
    for number in (10, 9):
        text = f"email,name\np{number}@example.org,P\n"
        (folder / f"part-{number}.csv").write_text(text)
    found = [one.address.wire for one in open_folder(folder).campaign().audience]
    assert found == ["p9@example.org", "p10@example.org"]


@pytest.mark.parametrize(
    ("more", "settings", "message"),
    [
        (SQLITE, 'encoding = "cp1252"\n', "'encoding' is for CSV files only"),
        (SQLITE.replace("people.sql", "no.sql"), "", "no.sql cannot be read: No such"),
        (SERVER + 'password_env = "SAFESEND_NO_SUCH"\n', "", "SAFESEND_NO_SUCH should"),
        (SERVER + 'password_file = "pw"\n', "", "there is no password file .*pw"),
        (SERVER + 'password_keyring = "members"\n', "", "keyring"),
        (SQLITE.replace("people.db", "mysql://h/d"), "", "toml:4: a database is"),
    ],
)
def test_what_is_wrong_with_a_query_is_told(tmp_path, more, settings, message):
    """Before anything is asked."""
    folder = open_folder(_asking(tmp_path, more, settings))
    with pytest.raises(ConfigurationError, match=message):
        folder.campaign()


def test_a_password_is_found_where_it_was_said_to_be(tmp_path, monkeypatch):
    """And is shown nowhere."""
    monkeypatch.setenv("PW", "hidden")
    folder = _asking(tmp_path, SERVER + 'password_env = "PW"\n')
    assert "hidden" not in repr(open_folder(folder).campaign())
    (folder / "pw").write_text("hidden\n")
    (folder / "pw").chmod(0o600)
    toml = folder / "campaign.toml"
    toml.write_text(
        toml.read_text().replace('password_env = "PW"', 'password_file = "pw"')
    )
    assert "hidden" not in repr(open_folder(folder).campaign())


def test_parts_of_several_kinds_are_told_with_the_line(tmp_path):
    """And a pattern that means nothing."""
    folder = make_folder(tmp_path)
    toml = folder / "campaign.toml"
    toml.write_text(toml.read_text().replace("people.csv", "part-*"))
    with pytest.raises(ConfigurationError, match=r"toml:3: there is no file"):
        open_folder(folder).campaign()
    for name in ("part-1.csv", "part-2.jsonl"):
        (folder / name).touch()
    with pytest.raises(ConfigurationError, match=r"toml:3: .* of one kind"):
        open_folder(folder).campaign()
