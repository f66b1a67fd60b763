"""cli/send.py: asking, sending, telling."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess

import pytest
from click.testing import CliRunner

from cli.campaigns import closed_now, make_folder
from cli.terminal import at_terminal, command, environment, run
from safesend import SuppressionList
from safesend.cli.app import app
from safesend.testing import SmtpServer
from servers.service import lasting_port


def _send(*words):
    return CliRunner().invoke(app, ["send", *map(str, words)])


def _outbox(folder) -> int:
    return len(list((folder / "outbox").glob("*.eml")))


def test_without_a_terminal_and_without_yes_it_refuses(tmp_path):
    """Nothing is sent that nobody agreed to."""
    folder = make_folder(tmp_path)
    result = _send(folder)
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert not (folder / "outbox").exists()
    assert not list(tmp_path.glob("*.db"))


def test_yes_sends_and_tells(tmp_path):
    """One message each, and the ledger's absolute path."""
    folder = make_folder(tmp_path)
    result = _send(folder, "--yes")
    assert result.exit_code == 0
    assert "Accepted for 3 of 3 people: 3 now" in result.stdout
    assert f"Ledger: {tmp_path.resolve() / 'fair.safesend.db'}" in result.stdout
    assert _outbox(folder) == 3


def test_sending_twice_sends_nothing_twice(tmp_path):
    """The ledger knows who has it; a new line of the list is sent."""
    folder = make_folder(tmp_path)
    _send(folder, "--yes")
    again = "Accepted for 3 of 3 people in earlier runs; nothing was sent now.\n"
    assert again in _send(folder, "--yes").stdout
    with (folder / "people.csv").open("a") as file:
        file.write("late@example.com,Late\n")
    result = _send(folder, "--yes")
    assert "Accepted for 4 of 4 people: 1 now" in result.stdout
    assert "3 of them are in the ledger already" in result.stderr
    assert _outbox(folder) == 4


def test_the_question_is_in_plain_words_and_defaults_to_no(tmp_path):
    """Return, and nothing was sent."""
    folder = make_folder(tmp_path)
    for typed in ("\n", "n\n"):
        ended = at_terminal("send", folder, prompt="[y/N]", typed=typed)
        words = " ".join(ended.text.split())
        assert (
            "3 people will each get their own message; none can see another. Send?"
            " [y/N]" in words
        )
        assert "Nothing was sent." in words
        assert ended.code == 0
    assert not (folder / "outbox").exists()


def test_yes_at_the_terminal_sends(tmp_path):
    """Said once; the second time it says who is done already."""
    folder = make_folder(tmp_path)
    ended = at_terminal("send", folder, prompt="[y/N]", typed="y\n")
    assert ended.code == 0
    assert "Accepted for 3 of 3 people" in ended.text
    again = " ".join(
        at_terminal("send", folder, prompt="[y/N]", typed="y\n").text.split()
    )
    assert "3 people were done in an earlier run and get nothing again." in again
    assert "Go on with the rest of 3 people?" in again
    assert _outbox(folder) == 3


def test_another_campaign_in_the_ledger_is_another_campaign(tmp_path):
    """Who is done there is not counted here."""
    folder, ledger = make_folder(tmp_path), tmp_path / "both.db"
    _send(folder, "--yes", "--ledger", ledger)
    settings = folder / "campaign.toml"
    settings.write_text(settings.read_text().replace('"fair"', '"second"'))
    words = ("send", folder, "--ledger", ledger)
    ended = at_terminal(*words, prompt="[y/N]", typed="n\n")
    assert "3 people will each get their own message" in ended.text
    assert "earlier run" not in ended.text


def test_one_person_is_one_person(tmp_path):
    """The question counts rightly."""
    ended = at_terminal("send", make_folder(tmp_path, 1), prompt="[y/N]", typed="n\n")
    assert "1 person will get a message. Send?" in ended.text


def test_problems_end_the_question(tmp_path):
    """A list with a mistake is not asked about."""
    folder = make_folder(tmp_path)
    (folder / "people.csv").write_text("email,name\nnobody,X\n")
    ended = at_terminal("send", folder, prompt="[y/N]", typed="y\n")
    assert ended.code == 1
    assert "people.csv:2" in ended.text
    assert "Send?" not in ended.text
    assert _send(folder, "--yes").exit_code == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [("body.txt", "Ask person1@example.com\n"), ("people.csv", "email,name\nx,Y\n")],
)
def test_what_must_be_mended_is_told_with_the_way_to_see_all_of_it(
    tmp_path, file, text
):
    """Sending stops at the first that it finds; checking tells everything."""
    folder = make_folder(tmp_path)
    (folder / file).write_text(text)
    refused = _send(folder, "--yes")
    assert refused.exit_code == 1
    told = f"Mend this first. All of it is told by: safesend check {folder}\n"
    assert refused.stderr.endswith(told)


def test_json_is_the_report(tmp_path):
    """One object; progress is silent."""
    result = _send(make_folder(tmp_path), "--yes", "--json")
    found = json.loads(result.stdout)
    assert (found["accepted"], found["recipients"], found["exit_code"]) == (3, 3, 0)
    assert result.stderr == ""


def test_options_go_before_the_file(tmp_path):
    """Carrier, ledger, rate and lanes of the command line win."""
    folder = make_folder(tmp_path, more='via = "eml:outbox"\nrate = "1/h"\nlanes = 1\n')
    ledger = tmp_path / "own.db"
    with SmtpServer() as server:
        result = _send(
            folder,
            "--yes",
            "--via",
            server.url,
            "--ledger",
            ledger,
            "--rate",
            "100/s",
            "--lanes",
            "2",
        )
        assert len(server.messages) == 3
    assert result.exit_code == 0
    assert ledger.exists()
    assert not (folder / "outbox").exists()


@pytest.mark.parametrize(
    ("more", "words", "message"),
    [
        (
            'via = "eml:x"\nrate = "fast"\n',
            [],
            "campaign.toml:5: 'rate': the rate 'fast'",
        ),
        ('via = "eml:x"\n', ["--rate", "0/s"], "the rate '0/s' is not understood"),
        ('via = "pigeon:x"\n', [], "pigeon"),
        ("lanes = 1\n", [], "no 'via' says how"),
        ('via = "eml:x"\n', ["--lanes", "0"], "--lanes"),
        ('via = "eml:x"\n', ["--password-env", "X"], "needs a user name"),
    ],
)
def test_wrong_settings_send_nothing(tmp_path, more, words, message):
    """Exit code 2, and the message says which."""
    result = _send(make_folder(tmp_path, more=more), "--yes", *words)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_deferral_says_when_to_run_again(tmp_path):
    """Exit code 3 and the command to copy."""
    folder = make_folder(tmp_path)
    with SmtpServer() as server:
        server.reply("rcpt", "450 4.2.1 later", times=1)
        result = _send(folder, "--yes", "--via", server.url)
    assert result.exit_code == 3
    assert "Accepted for 2 of 3 people" in result.stdout
    assert f"safesend send {folder}" in result.stdout
    assert re.search(r"run it again at .*\(in ", result.stdout)


def test_the_command_to_go_on_names_the_same_ledger(tmp_path):
    """Without it everybody would get the letter again."""
    folder, ledger = make_folder(tmp_path), tmp_path / "my own.db"
    with SmtpServer() as server:
        server.reply("rcpt", "450 4.2.1 later", times=1)
        words = [folder, "--via", server.url, "--rate", "99/s", "--ledger", ledger]
        result = _send(*words, "--yes")
    again = result.stdout.splitlines()[-1].strip()
    assert shlex.split(again) == ["safesend", "send", *map(str, words)]


def test_the_command_to_go_on_keeps_the_pace(tmp_path):
    """Hours, the time to give up, rules and the lookup hold for the next run too."""
    folder, rules = make_folder(tmp_path), tmp_path / "own rules.toml"
    rules.write_text("")
    pace = ["--hours", "00:00-24:00 UTC", "--give-up-after", "5d", "--rules", rules]
    with SmtpServer() as server:
        server.reply("rcpt", "450 4.2.1 later", times=1)
        words = [folder, "--via", server.url, *pace]
        result = _send(*words, "--yes")
        (folder / "people.csv").write_text("email,name\na@gmail.com,A\n")
        looked_up = _send(*words, "--mx", "--deadline", "1", "--yes")
    again = result.stdout.splitlines()[-1].strip()
    assert shlex.split(again) == ["safesend", "send", *map(str, words)]
    assert looked_up.stdout.splitlines()[-1].endswith(" --mx")


@pytest.fixture
def off(tmp_path):
    """A suppression list with person 1."""
    with SuppressionList(tmp_path / "off.db") as shared:
        shared.add(["person1@example.com"], "unsubscribed")
    return tmp_path / "off.db"


_NAMED = 'via = "eml:outbox"\nsuppression = "../off.db"\n'


def test_nobody_on_the_suppression_list_gets_it(tmp_path, off):
    """As campaign.toml names it; the account says why."""
    folder = make_folder(tmp_path, more=_NAMED)
    result = _send(folder, "--yes")
    assert result.exit_code == 0
    assert "Accepted for 2 of 3 people" in result.stdout
    assert "1  left out: no such mailbox, or on the suppression list" in result.stdout
    assert "1: on the suppression list: unsubscribed" in result.stdout
    assert _outbox(folder) == 2


def test_the_question_says_who_is_left_out(tmp_path, off):
    """Before anything is sent."""
    folder = make_folder(tmp_path, more=_NAMED)
    ended = at_terminal("send", folder, prompt="[y/N]", typed="n\n")
    words = " ".join(ended.text.split())
    assert "On the suppression list, and left out: 1 person." in words


def test_another_list_goes_before_the_folders(tmp_path, off):
    """Also in the command to go on; one that is not there sends nothing."""
    folder = make_folder(tmp_path, more='suppression = "../none.db"\n')
    with SmtpServer() as server:
        server.reply("rcpt", "450 4.2.1 later", times=1)
        words = [folder, "--via", server.url, "--suppression", off]
        result = _send(*words, "--yes")
    again = result.stdout.splitlines()[-1].strip()
    assert shlex.split(again) == ["safesend", "send", *map(str, words)]
    result = _send(folder, "--via", "eml:out", "--yes")
    assert result.exit_code == 2
    assert "campaign.toml:4: 'suppression': there is no" in result.stderr


def test_a_list_that_breaks_is_told_with_the_way_on(tmp_path, off):
    """Nothing is sent before it can be asked."""
    folder = make_folder(tmp_path, more=_NAMED)
    off.write_bytes(b"")
    result = _send(folder, "--yes")
    assert result.exit_code == 3
    assert "the suppression list" in result.stderr
    assert _outbox(folder) == 0


def test_outside_of_the_hours_nothing_leaves(tmp_path):
    """The run ends at once, and exit code 3 says that there is more to do."""
    folder = make_folder(tmp_path)
    result = _send(folder, "--yes", "--hours", closed_now())
    assert result.exit_code == 3
    assert "Accepted for 0 of 3 people" in result.stdout
    assert "Outside of the sending hours until " in result.stdout
    assert not (folder / "outbox").exists()


def test_a_paused_provider_holds_up_nobody_else(tmp_path):
    """Its people wait; until when, and why, is said now, afterwards and next time."""
    folder = make_folder(tmp_path)
    with (folder / "people.csv").open("a") as file:
        file.write("a@gmail.com,A\nb@gmail.com,B\n")
    told = "Nothing goes to google until "
    with SmtpServer() as server:
        server.reply(
            "rcpt",
            "421 4.7.28 unusual rate of unsolicited mail",
            when=lambda moment: "gmail" in moment.argument,
        )
        words = (folder, "--yes", "--via", server.url, "--lanes", "1")
        first, second = _send(*words), _send(*words)
    assert "Accepted for 3 of 5 people" in first.stdout
    for output in (first.stdout, first.stderr, second.stdout, second.stderr):
        assert told in output
        assert "421 4.7.28 unusual rate" in output
    found = json.loads(_send(*words, "--json").stdout)
    assert [pause["provider"] for pause in found["pauses"]] == ["google"]
    assert found["waiting_for"] == "pause"
    elsewhere = _send(folder, "--yes", "--via", f"eml:{tmp_path / 'elsewhere'}")
    assert "Accepted for 4 of 5 people: 1 now" in elsewhere.stdout
    assert told not in elsewhere.output


def test_rows_that_wait_in_clear_are_told(tmp_path):
    """Without the extra `crypto` the ledger keeps them as they are, and says so."""
    folder = make_folder(tmp_path)
    absent = tmp_path / "absent"
    absent.mkdir()
    (absent / "cryptography.py").write_text("raise ImportError(name='cryptography')")
    path = f"{absent}{os.pathsep}{environment()['PYTHONPATH']}"
    with SmtpServer() as server:
        server.reply("rcpt", "450 4.2.1 later", times=1)
        words = ("send", folder, "--yes", "--via", server.url)
        ended = run(*words, PYTHONPATH=path)
    assert ended.code == 3
    assert "Note: the ledger keeps 1 person unencrypted" in ended.text
    assert "safesend[crypto]" in ended.text


def test_a_server_that_is_not_there_is_worth_another_run(tmp_path):
    """Exit code 3; the next run goes on."""
    folder = make_folder(tmp_path)
    nowhere = f"smtp+insecure-plaintext://127.0.0.1:{lasting_port()}"
    result = _send(folder, "--yes", "--via", nowhere, "--deadline", "3")
    assert result.exit_code == 3
    assert "Not connected yet, trying on: 127.0.0.1:" in result.stderr
    assert _send(folder, "--yes").exit_code == 0
    assert _outbox(folder) == 3


def test_a_changed_letter_must_be_confirmed(tmp_path):
    """The same name with other words is refused until it is meant."""
    folder = make_folder(tmp_path)
    _send(folder, "--yes")
    (folder / "subject.txt").write_text("Other {{ name }}\n")
    result = _send(folder, "--yes")
    assert result.exit_code == 2
    assert "--confirm-changes" in result.stderr
    assert _send(folder, "--yes", "--confirm-changes").exit_code == 0
    assert _outbox(folder) == 3


def test_doubt_is_held_until_a_person_decides(tmp_path):
    """A lost answer is never a second message by itself."""
    folder = make_folder(tmp_path, 1)
    with SmtpServer() as server:
        server.drop_after("dot", times=1)
        held = _send(folder, "--yes", "--via", server.url)
        again = _send(folder, "--yes", "--via", server.url)
        assert len(server.messages) <= 1
        decided = _send(
            folder, "--yes", "--via", server.url, "--on-doubt", "assume-accepted"
        )
        assert len(server.messages) <= 1
    assert (held.exit_code, again.exit_code, decided.exit_code) == (1, 1, 0)
    assert "1 person in doubt" in held.stdout
    assert f"safesend resolve {tmp_path}" in held.stdout


def test_a_password_is_asked_for_and_not_shown(tmp_path):
    """What is typed is not echoed, and reaches the server."""
    folder = make_folder(tmp_path)
    with SmtpServer(tls="starttls", users={"me": "hunter2"}) as server:
        certificate = tmp_path / "ca.pem"
        certificate.write_bytes(server.ca_pem)
        ended = at_terminal(
            "send",
            folder,
            "--yes",
            "--via",
            f"smtp://me@localhost:{server.port}",
            prompt="Password of",
            typed="hunter2\n",
            SSL_CERT_FILE=str(certificate),
        )
    assert ended.code == 0, ended.text
    assert "Password of me at localhost" in ended.text
    assert "hunter2" not in ended.text
    assert {message.user for message in server.messages} == {"me"}


def test_a_wrong_password_is_a_setting_to_mend(tmp_path, monkeypatch):
    """Exit code 2, nothing sent, and the password is not in the message."""
    folder = make_folder(tmp_path)
    monkeypatch.setenv("MAIL_PW", "wrong-one")
    with SmtpServer(tls="starttls", users={"me": "hunter2"}) as server:
        certificate = tmp_path / "ca.pem"
        certificate.write_bytes(server.ca_pem)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        url = f"smtp://me@localhost:{server.port}"
        result = _send(folder, "--yes", "--via", url, "--password-env", "MAIL_PW")
    assert result.exit_code == 2
    assert "wrong-one" not in result.output
    assert server.messages == []


@pytest.mark.parametrize("before", [signal.SIG_DFL, signal.SIG_IGN])
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(
    tmp_path, monkeypatch, loop, stop, before
):
    """Exit code 130, a word about it, and in the end one message each.

    Also in the background of a script, where a shell has interrupts ignored.
    """
    monkeypatch.setenv("SAFESEND_LOOP", loop)
    folder = make_folder(tmp_path, 60)
    with SmtpServer() as server:
        words = command("send", folder, "--yes", "--via", server.url, "--rate", "40/s")
        handler = signal.signal(signal.SIGINT, before)
        with subprocess.Popen(
            words,
            env=environment(),
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as child:
            signal.signal(signal.SIGINT, handler)
            while len(server.messages) < 10:
                assert child.poll() is None
                try:
                    child.wait(0.01)
                except subprocess.TimeoutExpired:
                    continue
            child.send_signal(stop)
            _, said = child.communicate(timeout=300)
        assert child.returncode == 130, said
        assert b"finished first: interrupted" in said
        assert len(server.messages) < 60
        assert b"To go on; nobody gets it twice:\n  safesend send" in said
        result = _send(folder, "--yes", "--via", server.url)
        assert result.exit_code == 0
        people = [message.recipients for message in server.messages]
    assert len(people) == len(set(people)) == 60
