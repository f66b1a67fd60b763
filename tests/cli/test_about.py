"""cli/about.py: what is known of one person."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend import Attachment, Recipient
from safesend.cli.app import app
from safesend.ledger import open_ledger
from safesend.ledger.base import NewRow
from safesend.message.identity import CampaignKey
from safesend.message.rowdata import pack
from safesend.testing import SmtpServer
from safesend.testing.ledger_rows import NOW, PRINT


def _run(*words, typed=None):
    return CliRunner().invoke(app, ["about", *map(str, words)], input=typed)


@pytest.fixture
def folder(tmp_path):
    """Person 0 waits since a server put them off, person 1 has it."""
    folder = make_folder(tmp_path, 2)
    with SmtpServer() as server:
        server.reply("rcpt", "450 4.2.1 <person0@example.com> later", times=1)
        CliRunner().invoke(
            app, ["send", str(folder), "--yes", "--lanes", "1", "--via", server.url]
        )
    return folder


def test_what_is_known_is_told(folder, tmp_path):
    """State, tries, the masked reply, and whether data are kept."""
    result = _run(folder, "person0@example.com")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:3] == [
        f"Ledger {tmp_path / 'fair.safesend.db'}",
        "",
        "fair: waiting",
    ]
    assert lines[3].startswith("  1 try, on 20")
    assert lines[4] == "  The server said: 450 4.2.1 <p…@example.com> later"
    assert lines[5].startswith("  Address and fields are kept until it is done (")
    assert lines[-1] == "p…@example.com: not left out of later campaigns."
    assert "person0" not in result.output


def test_an_own_copy_of_the_data_is_given_on_purpose(folder):
    """The right of access: what stands there, in clear."""
    result = _run(folder, "person0@example.com", "--show-data")
    lines = result.stdout.splitlines()
    assert "    address: person0@example.com" in lines
    assert "    name: Pérson 0" in lines
    assert any(line.startswith("    source: ") for line in lines)
    [row] = json.loads(
        _run(folder, "person0@example.com", "--show-data", "--json").stdout
    )["rows"]
    assert row["data"]["fields"]["name"] == "Pérson 0"
    assert "data" not in json.loads(
        _run(folder, "-", "--json", typed="x@a.example\n").stdout
    )


def test_of_who_has_it_no_data_are_kept(folder):
    """There is nothing to show, whatever is asked for."""
    result = _run(folder, "person1@example.com", "--show-data")
    assert "fair: accepted by the mail server" in result.stdout
    assert "Address and fields are erased; a digest is kept" in result.stdout
    told = json.loads(_run(folder, "person1@example.com", "--json").stdout)
    [row] = told["rows"]
    assert (row["state"], row["data_kept"], row["encrypted"]) == (
        "accepted",
        False,
        False,
    )
    assert row["reply"].startswith("250 ")


def test_somebody_unknown_is_told(folder):
    """Nothing is known, and nothing is made up."""
    result = _run(folder, "who@example.com")
    assert result.exit_code == 0
    assert "w…@example.com is in no campaign of this ledger." in result.stdout


def test_everything_of_a_row_can_be_shown(tmp_path):
    """Lists, mappings, a key, files, and a person of several rows who is left out."""
    file = tmp_path / "ada.pdf"
    file.write_bytes(b"hello")
    gone = Attachment.from_path(tmp_path / "gone.pdf")
    people = [
        Recipient.from_row(
            "ada@example.com",
            {"seats": [1, 2], "at": {"table": "a"}, "paid": None},
            attachments=[Attachment.from_path(file), gone],
            key="first",
        ),
        Recipient.from_row("ada@example.com", {}, key="second"),
    ]
    with closing(open_ledger(tmp_path / "a.db")) as book:
        campaign = book.campaign("spring", NOW).id
        key = CampaignKey(book.secret, "spring")
        mailbox = key.suppression(people[0].address)
        book.begin_draft(campaign)
        rows = [
            NewRow(key.row(one.address, one.key), mailbox, "example.com", pack(one))
            for one in people
        ]
        book.enrol(campaign, rows)
        book.go_live(campaign, PRINT, NOW)
    result = _run(tmp_path / "a.db", "ada@example.com", "--show-data", "--json")
    one, other = json.loads(result.stdout)["rows"]
    assert one["data"] == {
        "address": "ada@example.com",
        "key": "first",
        "source": "",
        "fields": {"seats": [1, 2], "at": {"table": "a"}, "paid": None},
        "attachments": [
            {"name": "ada.pdf", "size": 5},
            {"name": "gone.pdf", "size": None},
        ],
    }
    assert other["data"]["key"] == "second"
    words = ("forget", str(tmp_path / "a.db"), "ada@example.com", "--also-suppress")
    CliRunner().invoke(app, [*words, "--reason", "x"])
    lines = _run(tmp_path / "a.db", "ada@example.com", "--show-data").stdout
    assert ": left out of later campaigns." in lines
    shown = _run(tmp_path / "a.db", "ada@example.com")
    assert shown.stdout.count("spring: cancelled") == 2


def test_a_purged_campaign_is_named(folder):
    """In it nobody can be told."""
    CliRunner().invoke(
        app, ["purge", str(folder), "--reason", "x", "--yes", "--unfinished"]
    )
    lines = _run(folder, "person0@example.com").stdout.splitlines()
    assert lines[-1] == "Purged, so that nobody in them can be told: fair."
