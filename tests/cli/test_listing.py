"""cli/listing.py: the campaigns of a ledger, a line for each."""

from __future__ import annotations

import json
import time
from contextlib import closing

import pytest
from click.testing import CliRunner

from safesend import Campaign, Recipient, Template
from safesend.cli.app import app
from safesend.ledger import open_ledger
from safesend.ledger.base import Control
from safesend.transports import MemoryTransport


def _list(*words):
    return CliRunner().invoke(app, ["list", *map(str, words)])


@pytest.fixture
def place(tmp_path):
    """A ledger with a campaign that is done."""
    path = tmp_path / "mail.safesend.db"
    _sent(path, "spring")
    return path


def _sent(place, name):
    campaign = Campaign(
        name=name,
        sender="office@example.org",
        template=Template(subject="Hello", text="The hall is open again on Monday."),
        audience=[Recipient(f"p{number}@example.net") for number in range(3)],
    )
    campaign.send(MemoryTransport(), ledger=str(place))


def test_each_campaign_has_a_line(place):
    """With how it stands and its figures; the oldest is first."""
    _sent(place, "summer")
    with closing(open_ledger(str(place))) as book:
        book.campaign("autumn", time.time())
        [summer] = [one for one in book.campaigns() if one.name == "summer"]
        book.set_control(
            summer.id, Control.PAUSE, actor="me", reason="", now=time.time()
        )
    told = _list(place)
    assert told.exit_code == 0
    assert [line.split() for line in told.stdout.splitlines()] == [
        [
            "campaign",
            "state",
            "people",
            "waiting",
            "accepted",
            "refused",
            "in",
            "doubt",
        ],
        ["spring", "done", "3", "0", "3", "0", "0"],
        ["summer", "paused", "3", "0", "3", "0", "0"],
        ["autumn", "not", "enrolled", "0", "0", "0", "0", "0"],
    ]


def test_a_program_may_ask(place):
    """With --json it is one object."""
    told = json.loads(_list(place, "--json").stdout)
    assert told == {
        "ledger": str(place),
        "campaigns": [
            {
                "name": "spring",
                "state": "done",
                "people": 3,
                "waiting": 0,
                "accepted": 3,
                "refused": 0,
                "in_doubt": 0,
            }
        ],
        "exit_code": 0,
    }


def test_a_ledger_may_be_empty(tmp_path):
    """That is told, and no failure."""
    path = tmp_path / "mail.safesend.db"
    open_ledger(str(path)).close()
    told = _list(path)
    assert (told.exit_code, "holds no campaign yet" in told.stdout) == (0, True)


def test_nothing_is_made_by_looking(tmp_path):
    """A wrong path is an error that says so."""
    told = _list(tmp_path / "no.safesend.db")
    assert told.exit_code == 2
    assert "there is no ledger" in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_may_be_a_url(postgres):
    """As with every other command."""
    _sent(postgres.url, "spring")
    words = _list(postgres.url).stdout.splitlines()[1].split()
    assert words == ["spring", "done", "3", "0", "3", "0", "0"]
