"""cli/ledgers.py: a ledger that is there."""

from __future__ import annotations

import pytest

from cli.campaigns import make_folder
from safesend.cli.ledgers import existing_ledger
from safesend.errors import ConfigurationError


def test_a_path_and_a_folder_lead_to_the_ledger(tmp_path):
    """The campaign folder is as good as the path of its ledger."""
    folder = make_folder(tmp_path)
    ledger = tmp_path / "fair.safesend.db"
    ledger.touch()
    assert existing_ledger(str(ledger)) == str(ledger)
    assert existing_ledger(str(folder)) == str(ledger.resolve())


def test_a_ledger_is_never_made_by_looking(tmp_path):
    """A mistyped path is an error, not an empty ledger."""
    with pytest.raises(ConfigurationError, match="there is no ledger at"):
        existing_ledger(str(tmp_path / "x.db"))
    with pytest.raises(ConfigurationError, match="there is no ledger at"):
        existing_ledger(str(make_folder(tmp_path)))
    assert not list(tmp_path.glob("*.db"))


def test_a_url_is_left_to_the_ledger(tmp_path):
    """What it means is not decided here."""
    assert existing_ledger("postgresql://host/db") == "postgresql://host/db"
