"""cli/purge.py: nothing is left of anybody, and nobody is written to again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from cli.terminal import at_terminal
from safesend.cli.app import app
from safesend.cli.show import day
from safesend.ledger import open_ledger
from safesend.ledger.base import Result, State
from safesend.testing import SmtpServer
from safesend.testing.ledger_rows import NOW, claimed_rows, live_campaign


def _run(*words):
    return CliRunner().invoke(app, [*map(str, words)])


def _json(*words):
    result = _run("purge", *words, "--yes", "--json")
    return json.loads(result.stdout)


def _notes(ledger):
    with closing(sqlite3.connect(ledger)) as file:
        return file.execute("SELECT control, reason FROM control").fetchall()


@pytest.fixture
def folder(tmp_path):
    """A campaign that is sent."""
    folder = make_folder(tmp_path, more='via = "eml:outbox"\nretention = "90d"\n')
    _run("send", folder, "--yes")
    return folder


@pytest.fixture
def ledger(tmp_path):
    """Two that ended long ago, and autumn: one waits and one is in doubt."""
    with closing(open_ledger(tmp_path / "a.db")) as book:
        for name, end in (("autumn", 2), ("spring", 3), ("summer", 3)):
            campaign = live_campaign(book, 3, name)
            book.persons.keep(campaign, 3600.0)
            run, rows = claimed_rows(book, campaign, end)
            results = [Result(row.id, State.ACCEPTED) for row in rows[:-1]]
            last = State.REFUSED if end == 3 else State.IN_DOUBT
            suppress = name == "summer"
            results.append(Result(rows[-1].id, last, suppress=suppress))
            book.record(run, results, NOW - 9e8)
            book.end_run(run, NOW - 9e8)
    # Its rows went live as long ago as everything else.
    with closing(sqlite3.connect(tmp_path / "a.db")) as file:
        file.execute("UPDATE campaign SET live_since = live_since - 9e8")
        file.commit()
    return tmp_path / "a.db"


def test_a_purged_campaign_is_not_sent_again(folder):
    """However it is asked for: nothing is read, and nobody gets anything."""
    outbox = folder / "outbox"
    assert len([*outbox.iterdir()]) == 3
    result = _run("purge", folder, "--reason", "the fair is over", "--yes")
    assert (result.exit_code, result.stdout) == (
        0,
        "fair is purged: nothing is left of 3 people.\n",
    )
    (folder / "people.csv").write_text("email,name\nnew@example.com,New\n")
    for more in ([], ["--confirm-changes"]):
        refused = _run("send", folder, "--yes", *more)
        assert refused.exit_code == 2
        assert "was purged on" in refused.stderr
        assert "Give the mailing a new name" in refused.stderr
    assert len([*outbox.iterdir()]) == 3
    for order in (["pause"], ["resume"], ["cancel", "--yes"], ["resolve"]):
        refused = _run(order[0], folder, *order[1:])
        assert (refused.exit_code, "was purged on" in refused.stderr) == (2, True)


def test_the_numbers_stay(folder, tmp_path):
    """With the date, and who purged it and why."""
    _run("purge", folder, "--reason", "the fair is over", "--yes")
    status = _run("status", folder).stdout
    assert "fair: 3 people" in status
    assert "3  accepted by the mail server" in status
    assert "who they were is not known, so it never sends again" in status
    assert _notes(tmp_path / "fair.safesend.db") == [("purge", "the fair is over")]
    [told] = json.loads(_run("status", folder, "--json").stdout)["campaigns"]
    assert day(told["purged"]) in status
    assert (told["retention"], told["kept_until"]) == (90 * 86_400.0, None)
    again = _run("purge", folder, "--reason", "again", "--yes")
    assert (again.exit_code, again.stdout) == (0, "There is nothing to purge.\n")


def test_a_question_is_asked_before_a_rehearsal(folder):
    """Of a purged campaign nothing is composed: it is refused at once."""
    _run("purge", folder, "--reason", "x", "--yes")
    ended = at_terminal("send", folder, prompt="?", typed="y\n")
    assert ended.code == 2
    assert "was purged on" in ended.text
    assert "Send?" not in ended.text


def test_whoever_is_asked_may_say_no(folder):
    """What is lost is said with its numbers."""
    words = ("purge", folder, "--reason", "over")
    no = at_terminal(*words, prompt="Purge?", typed="n\n")
    assert (no.code, "what is known of 3 people is erased" in no.text) == (0, True)
    assert "Nothing was changed" in no.text
    yes = at_terminal(*words, "--destroy-key", prompt="Purge?", typed="y\n")
    assert (yes.code, "no copy of the ledger can be read" in yes.text) == (0, True)
    assert "fair is purged" in yes.text
    assert _run("purge", folder, "--reason", "x").exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--reason TEXT"),
        (["--reason", " "], "--reason TEXT"),
        (["--due", "--older-than", "3d"], "one at a time"),
        (["--due", "--campaign", "spring"], "one at a time"),
        (["--older-than", "soon"], "older-than"),
        (["--older-than", "0d"], "longer than nothing"),
        (["--reason", "x"], "the ledger holds: autumn, spring, summer"),
        (["--reason", "x", "--campaign", "winter"], "there is no campaign 'winter'"),
        (["--reason", "x", "--campaign", "autumn"], "1 wait and 1 are in doubt"),
        (
            ["--reason", "x", "--campaign", "spring", "--destroy-key"],
            "for autumn, summer:",
        ),
    ],
)
def test_half_a_wish_is_refused(ledger, words, told):
    """The error says what is missing, and nothing is changed."""
    result = _run("purge", ledger, *words, "--yes")
    assert result.exit_code == 2
    assert told in result.stderr
    assert _notes(ledger) == []


def test_what_is_due_is_purged(ledger):
    """Finished campaigns whose time is over; the reason is that."""
    assert "Their data is kept for too long" in _run("status", ledger).stdout
    found = _json(ledger, "--due")
    assert found == {
        "ledger": str(ledger),
        "purged": [
            {"name": name, "rows": 3, "waiting": 0, "in_doubt": 0, "mailboxes": found}
            for name, found in (("spring", 0), ("summer", 1))
        ],
        "busy": [],
        "swept": True,
        "key_destroyed": None,
    }
    assert _notes(ledger) == [("purge", "its retention was over")] * 2
    assert _json(ledger, "--due")["purged"] == []
    nothing = _run("purge", ledger, "--due")
    assert (nothing.exit_code, nothing.stdout) == (0, "There is nothing to purge.\n")


def test_what_is_old_is_purged(ledger):
    """Whatever its retention says; who waits or is in doubt only on purpose."""
    assert _run("purge", ledger, "--older-than", "36500d").exit_code == 0
    assert _notes(ledger) == []
    done = _run("purge", ledger, "--older-than", "1d", "--unfinished", "--yes")
    assert done.stdout.splitlines() == [
        "autumn is purged: nothing is left of 3 people.",
        "          1  waited, and will never get it",
        "          1  in doubt, and stay so for ever",
        "spring is purged: nothing is left of 3 people.",
        "summer is purged: nothing is left of 3 people.",
        "          1  mailboxes that do not exist, which are written to again",
    ]
    assert {reason for _, reason in _notes(ledger)} == {"older than was asked for"}


def test_the_last_one_left_needs_no_name(ledger):
    """Nor does it have to be said which, for the key alone."""
    _run("purge", ledger, "--due", "--yes")
    words = ("--reason", "x", "--unfinished", "--destroy-key")
    asked = at_terminal("purge", ledger, *words, prompt="Purge?", typed="n\n")
    assert "1 wait, and will never get it" in asked.text
    assert "1 in doubt will never be decided" in asked.text
    found = _json(ledger, *words)
    assert [one["name"] for one in found["purged"]] == ["autumn"]
    assert found["key_destroyed"].endswith(".key")
    told = _run("status", ledger)
    assert (told.exit_code, "was destroyed when everything" in told.stderr) == (2, True)


def test_the_key_can_go_later(ledger):
    """Then nothing is purged, and the key is destroyed."""
    _run("purge", ledger, "--older-than", "1d", "--unfinished", "--yes")
    asked = at_terminal(
        "purge", ledger, "--destroy-key", "--reason", "x", prompt="Sure?", typed="y\n"
    )
    assert "is destroyed. Delete its copies as well." in asked.text


def test_a_run_at_work_is_waited_for(ledger):
    """One of several is told and left out; a single one is an error."""
    with closing(open_ledger(ledger)) as book:
        run = book.start_run(2, NOW)
        found = _run("purge", ledger, "--due", "--yes")
        assert found.exit_code == 3
        assert "summer is purged" in found.stdout
        assert "spring is not purged: a run of this campaign" in found.stdout
        single = _run("purge", ledger, "--campaign", "spring", "--reason", "x", "--yes")
        assert (single.exit_code, "a run of this campaign" in single.stderr) == (
            3,
            True,
        )
        book.end_run(run, NOW)
    assert _run("purge", ledger, "--due", "--yes").exit_code == 0


def test_a_file_that_cannot_be_written_anew_is_told(ledger):
    """It is purged, and to be done once more."""
    with closing(sqlite3.connect(ledger)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM delivery").fetchone()
        found = _run("purge", ledger, "--campaign", "spring", "--reason", "x", "--yes")
    assert found.exit_code == 3
    assert "spring is purged" in found.stdout
    assert "could not be written anew" in found.stderr
    again = _run("purge", ledger, "--campaign", "spring", "--reason", "x", "--yes")
    assert (again.exit_code, again.stdout) == (
        0,
        "spring is purged: nothing is left of 0 people.\n",
    )
    words = ("--campaign", "spring", "--reason", "x")
    asked = at_terminal("purge", ledger, *words, prompt="Purge?", typed="n\n")
    assert "spring was purged on" in asked.text


def test_a_paused_campaign_is_purged_on_purpose(tmp_path):
    """Who waited is counted as cancelled."""
    folder = make_folder(tmp_path)
    with SmtpServer() as server:
        server.reply("rcpt", "450 4.2.1 later", times=1)
        _run("send", folder, "--yes", "--via", server.url)
    refused = _run("purge", folder, "--reason", "x", "--yes")
    assert (refused.exit_code, "--unfinished" in refused.stderr) == (2, True)
    done = _run("purge", folder, "--reason", "x", "--yes", "--unfinished")
    assert "1  waited, and will never get it" in done.stdout
    assert "1  cancelled" in _run("status", folder).stdout
