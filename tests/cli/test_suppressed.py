"""cli/suppressed.py: mailboxes that are left out, and a way back."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from safesend.cli.app import app
from safesend.cli.show import day
from safesend.ledger import open_ledger
from safesend.ledger.base import NewRow, Result, State
from safesend.message.address import Address
from safesend.message.identity import CampaignKey
from safesend.testing.ledger_rows import NOW, PRINT, claimed_rows

_DAY = 86_400.0


def _run(*words):
    return CliRunner().invoke(app, ["suppressed", *map(str, words)])


def _json(*words):
    return json.loads(_run(*words, "--json").stdout)


def _campaign(ledger, name, *people):
    campaign = ledger.campaign(name, NOW)
    ledger.begin_draft(campaign.id)
    key = CampaignKey(ledger.secret, name)
    at = [Address.parse(person) for person in people]
    rows = [NewRow(key.row(a), key.suppression(a), a.domain, b"{}") for a in at]
    ledger.enrol(campaign.id, rows)
    ledger.go_live(campaign.id, PRINT, NOW)
    return campaign.id


@pytest.fixture
def ledger(tmp_path):
    """Two campaigns: bob, cy and dora are none, says a server; ada is there."""
    with closing(open_ledger(tmp_path / "a.db")) as book:
        spring = _campaign(book, "spring", "ada@example.com", "bob@example.com")
        run, [_, bob] = claimed_rows(book, spring, 2)
        book.record(run, [Result(bob.id, State.REFUSED, suppress=True)], NOW)
        summer = _campaign(book, "summer", "cy@example.com", "dora@example.com")
        run, [cy, dora] = claimed_rows(book, summer, 2)
        for number, row in enumerate((cy, dora)):
            gone = Result(row.id, State.REFUSED, suppress=True)
            book.record(run, [gone], NOW + number * _DAY)
    return tmp_path / "a.db"


def test_the_number_is_told_by_campaign(ledger):
    """With the dates, and without an address."""
    result = _run(ledger)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"Ledger {ledger}",
        "Not written to any more: 3 people.",
        f"          1  found by spring, {day(NOW)}",
        f"          2  found by summer, {day(NOW)} to {day(NOW + _DAY)}",
        "A server said that their mailbox does not exist.",
    ]
    assert _json(ledger) == {
        "ledger": str(ledger),
        "suppressed": 3,
        "campaigns": [
            {"name": "spring", "number": 1, "first": NOW, "last": NOW},
            {"name": "summer", "number": 2, "first": NOW, "last": NOW + _DAY},
        ],
    }


def test_an_empty_list_is_told_shortly(tmp_path):
    """Nobody is left out of a new ledger."""
    open_ledger(tmp_path / "x.db").close()
    lines = _run(tmp_path / "x.db").stdout.splitlines()
    assert lines[1:] == ["Not written to any more: 0 people."]
    assert _json(tmp_path / "x.db")["campaigns"] == []


@pytest.mark.parametrize("address", ["bob@example.com", "Bob@EXAMPLE.com"])
def test_one_address_can_be_asked_for(ledger, address):
    """However it is written, as long as it is the same mailbox."""
    known = Address.parse(address).normalised == "bob@example.com"
    assert _json(ledger, "--check", address)["suppressed"] is known
    told = "is left out: a server said" if known else "is not left out"
    result = _run(ledger, "--check", address)
    assert (result.exit_code, told in result.stdout) == (0, True)
    assert address not in result.output
    assert "is not left out." in _run(ledger, "--check", "ada@example.com").stdout


def test_a_wrong_suppression_can_be_lifted(ledger):
    """The next campaign writes to the mailbox; who did it and why is kept."""
    wish = ("--lift", "bob@example.com", "--reason", "he wrote from bob@example.com")
    result = _run(ledger, *wish)
    assert result.exit_code == 0
    assert "b…@example.com is written to again" in result.stdout
    assert _json(ledger, "--check", "bob@example.com")["suppressed"] is False
    assert _json(ledger)["suppressed"] == 2
    with closing(open_ledger(ledger)) as book:
        autumn = _campaign(book, "autumn", "bob@example.com", "cy@example.com")
        assert book.counts(autumn) == {State.WAITING: 1, State.SUPPRESSED: 1}
    with closing(sqlite3.connect(ledger)) as file:
        notes = file.execute("SELECT campaign, control, reason FROM control").fetchall()
    assert notes == [(1, "lift", "he wrote from b…@example.com")]


def test_lifting_is_told_as_json(ledger):
    """With the ledger it was done in."""
    found = _json(ledger, "--lift", "cy@example.com", "--reason", "a new mailbox")
    assert found == {"ledger": str(ledger), "lifted": True}


def test_lifting_what_is_not_left_out_is_told(ledger):
    """It is more likely misspelt than forgotten."""
    result = _run(ledger, "--lift", "bbo@example.com", "--reason", "x")
    assert result.exit_code == 2
    assert "nothing was changed; is it spelt as in the list?" in result.stderr
    assert "bbo" not in result.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--lift", "bob@example.com"], "needs --reason"),
        (["--lift", "bob@example.com", "--reason", " "], "needs --reason"),
        (["--reason", "x"], "belongs to --lift"),
        (["--check", "bob@example.com", "--reason", "x"], "belongs to --lift"),
        (["--check", "a@b.example", "--lift", "a@b.example"], "one at a time"),
        (["--check", "bob"], "Error"),
        (["--check", ""], "Error"),
        (["--lift", "", "--reason", "x"], "Error"),
    ],
)
def test_half_a_wish_is_refused(ledger, words, told):
    """The error says what is missing, and nothing is changed."""
    result = _run(ledger, *words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert _json(ledger)["suppressed"] == 3


def test_a_missing_ledger_is_not_made(tmp_path):
    """There is nothing to ask it."""
    assert _run(tmp_path / "none.db").exit_code == 2
    assert list(tmp_path.iterdir()) == []
