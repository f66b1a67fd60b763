"""cli/asked.py: the table [list]; what is wrong with it is in test_settings.py."""

from __future__ import annotations

from safesend.cli.asked import Asked
from safesend.cli.settings import read_settings

LEAST = 'name = "q"\nsender = "a@example.org"\n[list]\n'


def test_a_table_asks_a_database(tmp_path):
    """And is shown to a person by the file of its query."""
    file = tmp_path / "campaign.toml"
    file.write_text(
        LEAST
        + 'database = "postgresql://me@h/d"\nquery = "q.sql"\npassword_env = "PW"\n'
    )
    asked = read_settings(file).list
    assert asked == Asked(
        database="postgresql://me@h/d", query="q.sql", password_env="PW"
    )
    assert str(asked) == "the query q.sql"


def test_a_path_needs_no_password(tmp_path):
    """Whatever signs it has."""
    file = tmp_path / "campaign.toml"
    file.write_text(LEAST + 'database = "pe:o@ple.db"\nquery = "q.sql"\n')
    assert read_settings(file).list.database == "pe:o@ple.db"
