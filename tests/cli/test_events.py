"""cli/events.py: what a provider says became of messages."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from feedback.events import bounce, complaint, event
from safesend.cli.app import app
from safesend.ledger import open_ledger
from safesend.message.identity import CampaignKey
from safesend.message.rowdata import unpack
from safesend.suppression import SuppressionList
from safesend.testing import SmtpServer


def _run(*words, typed=None):
    return CliRunner().invoke(app, ["events", "ses", *map(str, words)], input=typed)


@pytest.fixture
def folder(tmp_path):
    """A folder whose three people are in doubt, with a suppression list."""
    with SmtpServer() as server:
        via = f'via = "{server.url}"\nlanes = 1\nsuppression = "../list.db"\n'
        folder = make_folder(tmp_path, more=via)
        SuppressionList(tmp_path / "list.db").close()
        server.drop_before_reply("dot", times=3)
        sent = CliRunner().invoke(app, ["send", str(folder), "--yes"])
        assert sent.exit_code == 1
    return folder


@pytest.fixture
def files(folder):
    """What Amazon SES says of them: a delivery, a bounce and a complaint."""
    path = folder / "events.jsonl"
    with closing(open_ledger(str(_ledger(folder)))) as ledger:
        [record] = ledger.campaigns()
        key = CampaignKey(ledger.secret, record.name)
        ids = [
            (key.message_id(one.digest, "")[1:33], unpack(one.payload).address.wire)
            for one in ledger.doubts(record.id)
        ]
    makes = (lambda **who: event("Delivery", **who), bounce, complaint)
    lines = [
        json.dumps(make(key=id_, to=who))
        for make, (id_, who) in zip(makes, ids, strict=True)
    ]
    path.write_text("\n".join(lines))
    return path


def _ledger(folder):
    [path] = folder.parent.rglob("*.safesend.db")
    return path


def test_it_says_what_came_of_them(folder, files):
    """
    And a second time that there is nothing new.
    """
    foretold = _run(folder, files, "--dry-run")
    done = _run(folder, files)

    assert (foretold.exit_code, done.exit_code) == (0, 0)
    assert "dry run: nothing was changed" in foretold.stdout
    for line in (
        "Read 3 events (1 Delivery, 1 Bounce, 1 Complaint).",
        "        3  about messages of this ledger",
        "        1  afterwards bounced: came back for good",
        "        3  were open, and count as accepted now",
        "        2  left out of every later campaign of this ledger",
        "        2  new on the suppression list",
    ):
        assert line in foretold.stdout
        assert line in done.stdout
    assert "person" not in done.output
    again = _run(_ledger(folder), files)
    assert "Nothing new in" in again.stdout
    assert "3  of these known already" in again.stdout


def test_status_and_send_and_report_and_about_tell_it(folder, files):
    """
    Whoever bounced or complained is seen wherever a person looks.
    """
    assert _run(folder, files).exit_code == 0
    runner, place = CliRunner(), str(folder)
    shown = runner.invoke(app, ["status", place])
    assert "1  afterwards complained: called it spam" in shown.stdout
    told = json.loads(runner.invoke(app, ["status", place, "--json"]).stdout)
    heard = {"delivered": 1, "bounced": 1, "complained": 1}
    assert told["campaigns"][0]["heard"] == heard
    sent = runner.invoke(app, ["send", place, "--yes"])
    assert "1  afterwards bounced" in sent.stdout
    text = runner.invoke(app, ["report", place]).stdout
    assert "Heard afterwards" in text
    assert "read in what became of messages" in text
    out = folder / "page.html"
    runner.invoke(app, ["report", place, "--html", "--out", str(out)])
    listed = runner.invoke(
        app,
        ["report", place, "--csv", "--recipients", str(folder / "people.csv")],
    )
    assert "bounced: 550 5.1.1 Permanent/General" in listed.stdout
    known = [
        runner.invoke(app, ["about", place, f"person{number}@example.com"]).stdout
        for number in range(3)
    ]
    assert sum("Afterwards bounced on" in one for one in known) == 1


def test_it_answers_a_program(folder, files):
    """
    With everything that was counted.
    """
    done = json.loads(_run(folder, "-", "--json", typed=files.read_text()).stdout)
    assert done["kinds"] == {"Delivery": 1, "Bounce": 1, "Complaint": 1}
    assert done["new"] == {"delivered": 1, "bounced": 1, "complained": 1}
    assert (done["events"], done["unknown"], done["foreign"]) == (3, 0, 0)
    assert (done["accepted"], done["listed"], done["in_doubt"]) == (3, 2, 0)
    assert (done["dry_run"], done["total_problems"]) == (False, 0)
    assert (done["ok"], done["exit_code"]) == (True, 0)


def test_what_cannot_be_read_is_told_and_the_rest_counts(folder, files):
    """
    Exit code 1, and no address in clear.
    """
    files.write_text("{ada@example.org\n" * 30 + files.read_text().split("\n")[0])
    done = _run(folder, files)
    assert done.exit_code == 1
    assert f"Left out: {files}:1: it is no JSON" in done.stderr
    assert "10 places more" in done.stderr
    assert "1  were open" in done.stdout
    assert "2 people still in doubt: safesend resolve" in done.stdout
    assert "ada@" not in done.output


def test_other_events_are_counted(folder, tmp_path):
    """
    Those of other programs, and those of a type that is not known.
    """
    of = [event("Send", key="theirs"), {**event("Send"), "eventType": "Teleport"}]
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(of))
    done = _run(folder, path)
    assert "Read 2 events (1 Send)." in done.stdout
    assert "1  about other messages, or none" in done.stdout
    assert "1  of a type that this safesend does not know" in done.stdout
    assert "is it the one of" not in done.stdout
    path.write_text(json.dumps(event("Send")))
    assert "Read 1 event (1 Send)." in _run(folder, path).stdout


def test_events_of_another_ledger_are_told(folder, tmp_path):
    """
    They are safesend's, and none is about this mailing.
    """
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(event("Send", key="0f" * 16)))
    assert "None is about this ledger: is it the one of" in _run(folder, path).stdout


def test_another_list_may_be_named(folder, files, tmp_path):
    """
    In place of that of the folder.
    """
    SuppressionList(tmp_path / "other.db").close()
    done = _run(folder, files, "--suppression", tmp_path / "other.db")
    assert "2  new on the suppression list" in done.stdout
    with SuppressionList(tmp_path / "list.db") as shared:
        assert not shared.counts()


def test_the_ledger_may_be_where_one_is(folder, files, monkeypatch, tmp_path):
    """
    The campaign folder, or the only ledger in it.
    """
    monkeypatch.chdir(folder)
    assert _run("events.jsonl").exit_code == 0
    monkeypatch.chdir(_ledger(folder).parent)
    assert _run(files).exit_code == 0
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    lost = _run(files)
    assert lost.exit_code == 2
    assert "say which ledger" in lost.stderr
    for name in ("a.safesend.db", "b.safesend.db"):
        (tmp_path / "empty" / name).touch()
    assert "(here are a.safesend.db, b.safesend.db)" in _run(files).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{folder}"], "name the files"),
        (["{folder}", "{folder}", "-"], "are ledgers"),
        (["{folder}", "none.jsonl"], "there is no file none.jsonl"),
        (["none.safesend.db", "-"], "there is no ledger"),
        ([], "Missing argument"),
    ],
)
def test_a_slip_is_told(folder, words, said):
    """
    Before anything is read.
    """
    done = _run(*(word.format(folder=folder) for word in words))
    assert done.exit_code == 2
    assert said in done.stderr
