"""cli/suppress_restored.py: a person says that a backup is the list from now on."""

from __future__ import annotations

import getpass
import json
import shlex
import shutil
import time

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend import SuppressionList
from safesend.cli.app import app


def run(*words):
    return CliRunner().invoke(app, [*map(str, words)])


@pytest.fixture
def lists(tmp_path):
    """A list, and its backup of before somebody left."""
    page, backup = tmp_path / "page.db", tmp_path / "back up.db"
    with SuppressionList(page) as shared:
        shared.add(["person0@example.com"])
    shutil.copy(page, backup)
    with SuppressionList(page) as shared:
        shared.add(["person1@example.com"])
    return page, backup


def test_a_backup_is_refused_until_somebody_says_so(tmp_path, lists):
    """Enrolled with the newer one nobody gets mail by the older, but by that word."""
    page, backup = lists
    folder, outbox = make_folder(tmp_path, people=4), tmp_path / "sent"
    via = ("--via", f"eml:{outbox}")
    done = run("enrol", folder, "--yes", *via, "--suppression", page)
    assert done.exit_code == 0, done.output
    [ledger] = tmp_path.glob("*.safesend.db")
    backup.replace(page)
    refused = run("worker", ledger, "--suppression", page)
    assert refused.exit_code == 2
    assert f"{page} is an older copy, at least 1 change behind" in refused.output
    assert "suppress restored" in refused.output
    assert not outbox.exists()
    done = run("suppress", "restored", page, "--reason", "the disk died")
    assert done.exit_code == 0, done.output
    assert "is the list from now on, with 1 on it" in done.output
    assert run("worker", ledger, "--suppression", page).exit_code == 0
    assert len(list(outbox.glob("*.eml"))) == 3
    told = json.loads(run("suppress", "show", page, "--json").output)["deeds"]
    assert [(one["actor"], one["deed"], one["reason"]) for one in told] == [
        (getpass.getuser(), "restored", "the disk died")
    ]


def test_the_advice_helps_where_a_clock_was_ahead(tmp_path, lists):
    """A copy that became the list next year is not the end of all others."""
    page, backup = lists
    folder = make_folder(tmp_path, people=4)
    with SuppressionList(page) as shared:
        next_year = time.time() + 3e7
        shared.restored(actor="ada", reason="a clock ahead", now=next_year)
    via = ("--via", f"eml:{tmp_path / 'sent'}")
    done = run("enrol", folder, "--yes", *via, "--suppression", page)
    assert done.exit_code == 0, done.output
    [ledger] = tmp_path.glob("*.safesend.db")
    backup.replace(page)
    plain = run("suppress", "restored", page, "--reason", "the disk died")
    assert plain.exit_code == 0, plain.output
    refused = run("worker", ledger, "--suppression", page)
    assert refused.exit_code == 2
    told = " ".join(refused.output.split())
    advice = shlex.split(told[told.index("suppress restored") :])
    assert advice[2:] == [str(page), "--reason", "TEXT", "--ledger", str(ledger)]
    done = run(*advice)
    assert done.exit_code == 0, done.output
    assert run("worker", ledger, "--suppression", page).exit_code == 0


def test_a_ledger_that_saw_no_list_changes_nothing(tmp_path, lists):
    """It must be there, all the same."""
    page, _ = lists
    folder = make_folder(tmp_path, people=1)
    words = ("suppress", "restored", page, "--reason", "x", "--ledger")
    missing = run(*words, tmp_path / "none.db")
    assert (missing.exit_code, "no ledger" in missing.output) == (2, True)
    with SuppressionList(page) as shared:
        assert shared.deeds() == []
    done = run("enrol", folder, "--yes", "--via", f"eml:{tmp_path / 'sent'}")
    assert done.exit_code == 0, done.output
    [ledger] = tmp_path.glob("*.safesend.db")
    assert run(*words, ledger).exit_code == 0


def test_a_program_gets_one_object(lists):
    """The list, and how many are on it."""
    page, _ = lists
    done = run("suppress", "restored", page, "--reason", "x", "--json")
    assert json.loads(done.output) == {"list": str(page), "number": 2}


def test_it_is_done_on_purpose(tmp_path, lists):
    """With a reason, and of a list that is there."""
    page, _ = lists
    assert run("suppress", "restored", page).exit_code == 2
    assert run("suppress", "restored", page, "--reason", " ").exit_code == 2
    done = run("suppress", "restored", tmp_path / "x.db", "--reason", "x")
    assert (done.exit_code, (tmp_path / "x.db").exists()) == (2, False)
