"""cli/approve.py: a person looks at it, and agrees."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend.cli.app import app
from safesend.ledger.runs import this_user


def _run(*words, answer=None):
    return CliRunner().invoke(app, [*map(str, words)], input=answer)


def _outbox(folder) -> int:
    return len(list((folder / "outbox").glob("*.eml")))


@pytest.fixture
def folder(tmp_path):
    """Of five people."""
    return make_folder(tmp_path, people=5)


def test_a_content_is_approved_and_sent(folder):
    """What it is is shown before the question; one changed letter makes it void."""
    refused = _run("send", folder, "--yes", "--approvals", "1")
    assert refused.exit_code == 3
    assert "1 person must approve" in refused.stderr
    approved = _run("approve", folder, "--reason", "read it", answer="y\n")
    assert approved.exit_code == 0
    for line in (
        "From      The fair <fair@example.org>",
        "Subject   Hello {{ name }}",
        "To        5 people",
        "Content   ",
    ):
        assert line in approved.stderr
    assert f"Approved as {this_user()}. To send: safesend send " in approved.stdout
    (folder / "body.txt").write_text("Dear {{ name }},\n\nsee you on Sunday.\n")
    void = _run("send", folder, "--yes")
    assert void.exit_code == 3
    assert "that approval is void" in void.stderr
    assert not (folder / "outbox").exists()
    (folder / "body.txt").write_text("Dear {{ name }},\n\nsee you on Friday.\n")
    assert _run("send", folder, "--yes").exit_code == 0
    assert _outbox(folder) == 5


def test_files_are_part_of_it(folder):
    """Their names are shown."""
    (folder / "attachments").mkdir()
    (folder / "attachments" / "plan.txt").write_text("A plan for everybody.\n")
    assert "Files     plan.txt" in _run("approve", folder, "--yes").stderr


def test_no_is_the_default(folder):
    """Nothing is written down then."""
    result = _run("approve", folder, answer="\n")
    assert (result.exit_code, result.stdout) == (0, "Nothing was approved.\n")
    assert _run("send", folder, "--yes", "--approvals", "1").exit_code == 3


def test_nobody_there_must_say_yes(folder):
    """Without a terminal there is no answer."""
    result = _run("approve", folder, answer="")
    assert result.exit_code == 2
    assert "--yes" in result.stderr


def test_two_people_approve(folder):
    """Each under a name beside that of the account; how many are missing is said."""
    (folder / "campaign.toml").write_text(
        (folder / "campaign.toml").read_text() + "approvals = 2\n"
    )
    first = _run("approve", folder, "--by", "Ada", "--yes")
    assert f"Approved as Ada ({this_user()}). 1 person more must" in first.stdout
    again = _run("approve", folder, "--by", "ada", "--yes")
    assert "1 person more must" in again.stdout
    second = _run("approve", folder, "--by", "Bo", "--yes", "--json")
    account = json.loads(second.stdout)
    assert account["given"] == [f"Ada ({this_user()})", f"Bo ({this_user()})"]
    assert (account["needed"], account["approved"], account["exit_code"]) == (
        2,
        True,
        0,
    )
    assert account["digest"].startswith(account["content"].replace("-", ""))
    assert f"Approved  by Ada ({this_user()})" in second.stderr
    assert _run("send", folder, "--yes").exit_code == 0


def test_what_was_cancelled_is_not_approved(folder):
    """Nothing of it would ever be sent."""
    assert _run("approve", folder, "--yes").exit_code == 0
    _run("cancel", folder, "--yes")
    refused = _run("approve", folder, "--yes")
    assert refused.exit_code == 2
    assert "was cancelled, and that is for good" in refused.stderr


def test_what_would_expose_somebody_is_not_approved(folder):
    """It is listed as by 'safesend check'."""
    (folder / "body.txt").write_text("Dear {{ name }}, person1@example.com comes.\n")
    result = _run("approve", folder, "--yes")
    assert result.exit_code == 1
    assert "Nothing was approved. Mend this first." in result.stderr
    as_json = _run("approve", folder, "--yes", "--json")
    assert json.loads(as_json.stdout) == {"ok": False, "exit_code": 1}


def test_a_pilot_is_let_go(folder, tmp_path):
    """By the folder or by the ledger; how it fared is shown before the question."""
    ledger = tmp_path / "fair.safesend.db"
    sent = _run("send", folder, "--yes", "--pilot", "2")
    assert sent.exit_code == 3
    assert f"safesend approve {ledger}" in sent.stdout
    assert _outbox(folder) == 2
    waits = _run("status", ledger)
    assert "The pilot of 2 has gone out. To let the others have it:" in waits.stdout
    kept = _run("approve", ledger, answer="n\n")
    assert kept.stdout == "Nothing was changed.\n"
    assert "The pilot: 2 people\n          2  accepted by the mail" in kept.stderr
    assert "Let the other 3 people have it?" in kept.stderr
    released = _run("approve", ledger, "--yes", "--json", "--by", "Ada")
    account = json.loads(released.stdout)
    assert (account["released"], account["waiting"]) == (True, 3)
    assert account["pilot"]["people"] == 2
    assert _run("send", folder, "--yes").exit_code == 0
    assert _outbox(folder) == 5
    over = _run("approve", ledger, "--yes")
    assert over.exit_code == 2
    assert "no pilot of fair waits for anybody" in over.stderr


def test_a_missing_approval_comes_before_the_pilot(folder):
    """With the folder: first what changed, then the rest."""
    _run("approve", folder, "--yes")
    assert _run("send", folder, "--yes", "--pilot", "2", "--approvals", "1")
    with (folder / "people.csv").open("a") as file:
        file.write("late@example.com,Late\n")
    assert "void" in _run("send", folder, "--yes").stderr
    assert "Approved as" in _run("approve", folder, "--yes").stdout
    assert "fair: the other 3 people may go" in _run("approve", folder, "--yes").stdout
    assert _run("send", folder, "--yes").exit_code == 0
    assert _outbox(folder) == 6


def test_options_that_do_not_fit_are_refused(folder, tmp_path):
    """Each says where it belongs."""
    _run("send", folder, "--yes")
    ledger = tmp_path / "fair.safesend.db"
    for words, reason in (
        ((ledger, "--ledger", ledger), "--ledger goes with"),
        ((folder, "--campaign", "fair"), "--campaign goes with LEDGER"),
        ((tmp_path / "none.db",), "there is no ledger"),
    ):
        result = _run("approve", *words, "--yes")
        assert result.exit_code == 2
        assert reason in result.stderr


def test_another_ledger_may_be_named(folder, tmp_path):
    """The one that 'safesend send' is told as well."""
    other = tmp_path / "other.db"
    _run("approve", folder, "--ledger", other, "--yes")
    sent = _run("send", folder, "--ledger", other, "--approvals", "1", "--yes")
    assert sent.exit_code == 0


def test_check_shows_what_would_be_approved(folder):
    """Once there is a ledger to approve it in."""
    assert "as people approve it" not in _run("check", folder).stdout
    assert json.loads(_run("check", folder, "--json").stdout)["digest"] is None
    digest = json.loads(_run("approve", folder, "--yes", "--json").stdout)["digest"]
    assert json.loads(_run("check", folder, "--json").stdout)["digest"] == digest
    shown = _run("check", folder).stdout
    assert f"as people approve it: {digest[:4]}-{digest[4:8]}" in shown
