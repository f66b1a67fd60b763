"""cli/bounces.py and cli/news.py: what came back, out of mailboxes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from feedback.mails import block, report
from net.imap_peer import ImapPeer
from safesend.cli.app import app
from safesend.cli.bounces import MailsRead
from safesend.feedback.mailboxes import MailRound, open_mailbox
from safesend.ledger import open_ledger
from safesend.message.identity import CampaignKey
from safesend.suppression import SuppressionList
from safesend.testing import FakeClock


def run(*words, typed=None, **variables):
    """What the command said, and how it ended."""
    command = ["bounces", *map(str, words)]
    return CliRunner().invoke(app, command, input=typed, env=variables)


def bounce(key, to="person0@example.com", *, action="failed", status="5.1.1"):
    """A report about a message with this id."""
    told = block(
        Final_Recipient=f"rfc822; {to}",
        Action=action,
        Status=status,
        Diagnostic_Code=f"smtp; 550 {status} <{to}> is nobody here",
    )
    letter = f"Message-ID: <{key}@example.org>\nTo: {to}\n\n"
    return report(told, letter=letter, returned="text/rfc822-headers")


@pytest.fixture
def folder(tmp_path):
    """A folder whose three people have their mail, and a suppression list."""
    more = 'via = "eml:outbox"\nsuppression = "../list.db"\nbounces = "../Maildir"\n'
    folder = make_folder(tmp_path, more=more)
    SuppressionList(tmp_path / "list.db").close()
    sent = CliRunner().invoke(app, ["send", str(folder), "--yes"])
    assert sent.exit_code == 0, sent.output
    return folder


@pytest.fixture
def ids(folder):
    """The ids of its three messages, in the order of the list."""
    found = {}
    for file in (folder / "outbox").glob("*.eml"):
        text = file.read_text()
        number = re.search(r"^To:.*person(\d)@", text, re.MULTILINE)[1]
        found[int(number)] = re.search(r"Message-ID:\s*<(\w+)@", text)[1]
    return [found[number] for number in range(3)]


@pytest.fixture
def maildir(folder, ids):
    """Two bounces of it, a delay, one of other senders, and a letter of a person."""
    place = folder.parent / "Maildir"
    for part in ("tmp", "new", "cur"):
        (place / part).mkdir(parents=True)
    mails = [
        bounce(ids[0]),
        bounce(ids[1], "person1@example.com", status="5.2.2"),
        bounce(ids[2], "person2@example.com", action="delayed", status="4.4.1"),
        bounce("ab" * 16),
        b"From: ada@example.org\r\nSubject: hello\r\n\r\nhello\r\n",
    ]
    for number, octets in enumerate(mails):
        (place / "new" / f"{number}.x.host").write_bytes(octets)
    return place


def new(maildir):
    """The unread mails that are left."""
    return sorted(one.name[0] for one in (maildir / "new").iterdir())


def test_it_says_what_came_back(folder, maildir, monkeypatch):
    """
    The mailbox is that of campaign.toml; nobody is named; the second time is no news.
    """
    monkeypatch.chdir(folder)
    foretold = run("--dry-run")
    assert new(maildir) == [*"01234"]
    done = run()
    assert (foretold.exit_code, done.exit_code) == (0, 0), done.output
    for line in (
        "Read 5 mails (3 bounces, 1 delay, 1 other).",
        "        3  about messages of this ledger",
        "        1  about other messages, or none",
        "        1  afterwards bounced: came back for good",
        "        1  left out of every later campaign of this ledger",
        "        1  new on the suppression list",
    ):
        assert line in foretold.stdout
        assert line in done.stdout
    assert "3 mails marked as read." in done.stdout
    assert "marked" not in foretold.stdout
    assert "person" not in done.output
    assert new(maildir) == ["3", "4"]
    again = run(folder, maildir)
    assert "Read 2 mails (1 bounce, 1 other)." in again.stdout
    assert "3  left alone: read before" in again.stdout
    assert "None is about this ledger" in again.stdout


def test_it_answers_a_program(folder, maildir):
    """
    With everything that was counted.
    """
    done = json.loads(run(folder, maildir, "--json", "--move", "Done").stdout)
    assert done["kinds"] == {"bounce": 3, "delay": 1, "mail": 1}
    assert done["matched_by"] == {"fair": 3}
    assert (done["mails"], done["matched"], done["unmatched"]) == (5, 3, 1)
    assert (done["filed"], done["moved_to"], done["not_filed"]) == (3, "Done", "")
    assert (done["passed_over"], done["total_problems"]) == (0, 0)
    assert (done["ok"], done["exit_code"]) == (True, 0)
    assert "keys" not in done
    assert len(list((maildir / ".Done" / "cur").iterdir())) == 3


def test_a_mailbox_may_be_kept_as_it_is(folder, maildir):
    """
    Which goes with no other folder.
    """
    assert run(folder, maildir, "--keep").exit_code == 0
    assert new(maildir) == [*"01234"]
    both = run(folder, maildir, "--keep", "--move", "Done")
    assert both.exit_code == 2
    assert "--move has nothing to do" in both.stderr


def test_where_nothing_can_be_moved_to_is_told_before_anything_is_read(folder, maildir):
    """
    Nothing is booked then.
    """
    wrong = run(folder, maildir, "--move", "a/b")
    assert wrong.exit_code == 2
    assert "'a/b' is no name of a folder" in wrong.stderr
    assert "1  afterwards bounced" in run(folder, maildir).stdout


def test_what_is_booked_and_cannot_be_marked_is_told(folder, maildir):
    """
    It is run again, and that changes nothing.
    """
    done = run(folder, maildir, "--keep")
    assert done.exit_code == 0
    (maildir / ".Done").write_text("a file is in the way")
    wrong = run(folder, maildir, "--move", "Done")
    assert wrong.exit_code == 3
    assert "Booked, but not all marked or moved: " in wrong.stderr
    assert "Done: " in wrong.stderr
    assert "3  of these known already" in wrong.stdout
    assert new(maildir) == [*"01234"]


def test_files_and_pipes_and_mboxes_are_read(folder, ids, tmp_path):
    """
    As a mail server gives one to a command, too; there nothing can be moved.
    """
    one = run(folder, "-", typed=bounce(ids[0]))
    assert "Read 1 mail (1 bounce)." in one.stdout, one.output
    assert "marked" not in one.stdout
    (tmp_path / "two.eml").write_bytes(bounce(ids[1]))
    mbox = tmp_path / "mbox"
    body = bounce(ids[2]).replace(b"\r\n", b"\n")
    mbox.write_bytes(b"From x\n" + body + b"\n")
    done = json.loads(run(folder, tmp_path / "two.eml", mbox, "--json").stdout)
    assert (done["mails"], done["matched"], done["filed"]) == (2, 2, 0)
    moved = run(folder, mbox, "--move", "Done")
    assert moved.exit_code == 2
    assert "can be moved (--move) in a Maildir or over IMAP only" in moved.stderr


def test_what_is_not_understood_is_told_with_its_place(folder, tmp_path):
    """
    Exit code 1, and no address in clear.
    """
    empty = tmp_path / "empty.eml"
    empty.write_bytes(b"\r\n")
    told = json.loads(run(folder, empty, "--json").stdout)
    assert (told["ok"], told["exit_code"]) == (False, 1)
    done = run(folder, empty)
    assert done.exit_code == 1
    assert f"Not understood: {empty}" in done.stderr


def test_the_ledger_and_the_mailbox_have_to_be_known(folder, maildir, monkeypatch):
    """
    What is missing is asked for, what is too much is told.
    """
    [ledger] = folder.parent.glob("*.safesend.db")
    monkeypatch.chdir(folder.parent)
    assert "name the mailbox" in run(ledger).stderr
    assert run("Maildir").exit_code == 0
    assert "mail is not read by pop3" in run(ledger, "pop3://ada@host").stderr
    assert "are ledgers; read the bounces" in run(ledger, folder, "Maildir").stderr
    assert "there is no mailbox nowhere" in run(ledger, "nowhere").stderr
    toml = folder / "campaign.toml"
    toml.write_text(toml.read_text().replace('bounces = "../Maildir"', ""))
    assert "write bounces = ... into campaign.toml" in run(folder).stderr
    (folder.parent / "other.safesend.db").write_bytes(ledger.read_bytes())
    several = run("Maildir")
    assert several.exit_code == 2
    assert "say which ledger the bounces are for" in several.stderr
    assert "(here are fair.safesend.db, other.safesend.db)" in several.stderr
    assert "; slip is neither" in run("slip", "Maildir").stderr


def test_a_mailbox_of_a_server_needs_a_password(folder, ids, tmp_path):
    """
    Out of the variable or a file; it is never shown.
    """
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    secret.chmod(0o600)
    with ImapPeer([bounce(one) for one in ids], "AUTH=PLAIN MOVE") as peer:
        url = f"imap://ada@127.0.0.1:{peer.port}/INBOX"
        nobody = run(folder, url)
        assert nobody.exit_code == 2
        assert "put it into the variable SAFESEND_IMAP_PASSWORD" in nobody.stderr
        done = run(folder, url, SAFESEND_IMAP_PASSWORD="v4riable")
        assert "3 mails marked as read." in done.stdout, done.output
        assert peer.login == ("ada", "v4riable")
        words = "--password-file", secret, "--all", "--move", "Done"
        filed = run(folder, url, *words, SAFESEND_IMAP_PASSWORD="v4riable")
        assert "3 mails moved to Done." in filed.stdout, filed.output
        assert peer.login == ("ada", "s3cret")
        both = run(folder, url, "--password-file", secret, "--password-env", "X")
        assert "give --password-file or --password-env, not both" in both.stderr
        assert "s3cret" not in done.output + filed.output


def test_a_server_that_fails_half_way_is_a_problem(folder, ids):
    """
    What came before counts, and is booked.
    """
    with ImapPeer([bounce(one) for one in ids]) as peer:
        peer.says["UID STORE"] = None
        url = f"imap://ada@127.0.0.1:{peer.port}/INBOX"
        done = run(folder, url, SAFESEND_IMAP_PASSWORD="x")
        assert done.exit_code == 3, done.output
        assert (
            "the server ended the conversation. What is still unread is read"
            in done.stderr
        )
        peer.says = {"UID FETCH": None}
        done = run(folder, url, SAFESEND_IMAP_PASSWORD="x")
        assert done.exit_code == 1
        assert "cannot be read to its end" in done.stderr


def test_rules_of_the_folder_say_what_replies_mean(folder, ids, maildir):
    """
    As they do for a run.
    """
    toml = folder / "campaign.toml"
    toml.write_text(toml.read_text() + 'rules = "replies.toml"\n')
    assert "replies.toml" in run(folder, maildir).stderr


def test_several_campaigns_are_told_apart(folder, ids, maildir):
    """
    By name, where the ledger has more than one of which there is news.
    """
    toml = folder / "campaign.toml"
    toml.write_text(toml.read_text().replace('"fair"', '"again"', 1))
    [ledger] = folder.parent.glob("*.safesend.db")
    words = ["send", str(folder), "--yes", "--ledger", str(ledger)]
    assert CliRunner().invoke(app, words).exit_code == 0
    with closing(open_ledger(str(ledger))) as book:
        key = CampaignKey(book.secret, "again")
        [record] = [one for one in book.campaigns() if one.name == "again"]
        page = next(iter(book.hindsight.pages(record.id)))
        other = key.message_id(page[0][1], "")[1:33]
    (maildir / "new" / "9.x.host").write_bytes(bounce(other, "nobody@example.com"))
    done = run(ledger, maildir)
    assert "about messages of this ledger (fair 3, again 1)" in done.stdout


def test_a_mail_server_may_pipe_a_mail_into_it(folder, ids):
    """
    What the manual has behind an alias: a mail that is no report is no failure.
    """
    words = [sys.executable, "-m", "safesend", "bounces", str(folder), "-"]
    line = '"$@" >/dev/null 2>&1 || test $? = 1 || exit 75'
    endings = []
    for place, octets in (
        (str(folder), bounce(ids[0])),
        (str(folder), b"\r\n"),
        (str(Path(folder) / "nowhere"), bounce(ids[0])),
    ):
        words[-2] = place
        done = subprocess.run(
            ["/bin/sh", "-c", line, "sh", *words],
            input=octets,
            check=False,
            env=os.environ,
        )
        endings.append(done.returncode)
    assert endings == [0, 0, 75]


def test_it_says_now_and_then_how_far_it_is(maildir, capsys):
    """
    Every ten seconds, with how many there are where that is known.
    """
    clock = FakeClock()
    mails = MailRound([open_mailbox(str(maildir))])
    told = MailsRead(mails, clock)
    told(1)
    clock.advance(11)
    told(2)
    list(mails)
    clock.advance(11)
    told(3_000)
    told(3_001)
    assert capsys.readouterr().err == "2 mails read\n3,000 of 5 mails read\n"


def test_a_complaint_in_the_same_mailbox_counts(folder, ids, maildir):
    """
    As a provider sends it who was asked for them, with the address taken out.
    """
    letter = f"From: fair@example.org\nMessage-ID: <{ids[1]}@example.org>\n\nhello\n"
    complaint = report(
        first=block(Feedback_Type="abuse", User_Agent="x/1", Version="1"),
        kind="feedback-report",
        status="message/feedback-report",
        letter=letter,
        words="This is a complaint.",
    )
    for file in (maildir / "new").iterdir():
        file.unlink()
    (maildir / "new" / "7.x.host").write_bytes(complaint)
    done = run(folder, maildir)
    assert "Read 1 mail (1 complaint)." in done.stdout, done.output
    assert "1  afterwards complained: called it spam" in done.stdout
    assert "1  left out of every later campaign of this ledger" in done.stdout
