"""cli/forget.py: one person is forgotten in all campaigns."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend.cli.app import app
from safesend.testing import SmtpServer

ASKED = ("--reason", "she asked us to")


def _run(*words, typed=None):
    return CliRunner().invoke(app, [*map(str, words)], input=typed)


@pytest.fixture
def folder(tmp_path):
    """Person 0 waits, person 1 has it."""
    folder = make_folder(tmp_path, 2)
    with SmtpServer() as server:
        server.reply("rcpt", "450 4.2.1 later", times=1)
        _run("send", folder, "--yes", "--lanes", "1", "--via", server.url)
    return folder


@pytest.fixture
def doubted(tmp_path):
    """Person 0 is in doubt."""
    folder = make_folder(tmp_path, 1)
    with SmtpServer() as server:
        server.drop_before_reply("dot", times=1)
        _run("send", folder, "--yes", "--lanes", "1", "--via", server.url)
    return folder


@pytest.mark.parametrize(
    ("number", "told", "state"),
    [
        (0, "waited for it, and will never get it", "cancelled"),
        (1, "is kept as 'accepted', without a date or a reply", "accepted"),
    ],
)
def test_a_person_is_forgotten(folder, number, told, state):
    """The next run writes to nobody of them."""
    address = f"person{number}@example.com"
    result = _run("forget", folder, address, *ASKED)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:2] == [
        "p…@example.com is forgotten:",
        f"  fair: {told}",
    ]
    assert "goes with 'safesend purge'" in result.stdout
    assert address not in result.output
    [row] = json.loads(_run("about", folder, address, "--json").stdout)["rows"]
    assert (row["state"], row["data_kept"], row["last_tried"]) == (state, False, None)
    _run("send", folder, "--yes")
    assert not [*folder.glob("outbox/*")]
    assert ("1  cancelled" in _run("status", folder).stdout) is (state == "cancelled")


def test_a_person_in_doubt_is_never_sent_it_again(doubted):
    """Whatever the next run is told to do about doubts."""
    told = _run("forget", doubted, "person0@example.com", *ASKED).stdout
    assert "  fair: was in doubt, and is never sent it again\n" in told
    again = _run("send", doubted, "--yes", "--on-doubt", "resend")
    assert (again.exit_code, "1  cancelled" in again.stdout) == (1, True)
    assert not [*doubted.glob("outbox/*")]


def test_it_is_written_down(folder, tmp_path):
    """Who, when and why, without saying of whom."""
    _run("forget", folder, "person0@example.com", "--reason", "for ada@example.com")
    with closing(sqlite3.connect(tmp_path / "fair.safesend.db")) as file:
        notes = file.execute("SELECT control, reason FROM control").fetchall()
    assert notes == [("forget", "for a…@example.com")]


def test_somebody_unknown_changes_nothing(folder):
    """The address may stand in a campaign that was purged: those are named."""
    result = _run("forget", folder, "who@example.com", *ASKED)
    assert result.exit_code == 0
    assert result.stdout == (
        "w…@example.com is in no campaign of this ledger, so nothing was erased.\n"
    )
    _run("purge", folder, "--unfinished", "--yes", *ASKED)
    result = _run("forget", folder, "person0@example.com", *ASKED)
    assert "Purged, so that nobody in them can be told: fair." in result.stdout


def test_the_address_can_be_read_from_standard_input(folder):
    """It stands in no shell's history then."""
    result = _run(
        "forget", folder, "-", *ASKED, "--json", typed="person0@example.com\n"
    )
    told = json.loads(result.stdout)
    assert told.pop("ledger").endswith("fair.safesend.db")
    assert told == {
        "forgotten": [{"campaign": "fair", "before": "waiting", "after": "cancelled"}],
        "suppressed": False,
        "swept": True,
    }


def test_a_person_can_be_left_out_for_good(folder):
    """Also one that the ledger does not know yet, and whatever is purged."""
    for address in ("person1@example.com", "new@example.com"):
        result = _run("forget", folder, address, *ASKED, "--also-suppress")
        assert "No later campaign of this ledger writes to them." in result.stdout
    _run("purge", folder, "--unfinished", "--yes", *ASKED)
    for address in ("person1@example.com", "new@example.com"):
        told = json.loads(_run("about", folder, address, "--json").stdout)
        assert told["suppressed"]
        assert told["purged"] == ["fair"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["person0@example.com"], "--reason"),
        (["person0@example.com", "--reason", " "], "--reason TEXT"),
        (["person0", *ASKED], "Error"),
        (["-", *ASKED], "Error"),
        ([*ASKED], "ADDRESS"),
    ],
)
def test_half_a_wish_is_refused(folder, words, told):
    """The error says what is missing, and nothing is changed."""
    result = _run("forget", folder, *words, typed="")
    assert result.exit_code == 2
    assert told in result.stderr
    assert "1  waiting" in _run("status", folder).stdout


def test_a_file_that_cannot_be_written_anew_is_told(folder, tmp_path):
    """The person is forgotten, and the command is to be run again."""
    with closing(sqlite3.connect(tmp_path / "fair.safesend.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM delivery").fetchone()
        result = _run("forget", folder, "person0@example.com", *ASKED)
    assert result.exit_code == 3
    assert "is forgotten" in result.stdout
    assert "could not be written anew" in result.stderr
