"""cli/status.py: how far a campaign is."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from contextlib import closing

import pytest
from click.testing import CliRunner

from cli.campaigns import closed_now, make_folder
from cli.terminal import command, environment
from safesend.cli.app import app
from safesend.ledger import open_ledger
from safesend.ledger.flow import Flow
from safesend.testing import SmtpServer
from servers.service import lasting_port


def _run(*words):
    return CliRunner().invoke(app, [*map(str, words)])


def test_a_finished_campaign_is_told_in_words(tmp_path):
    """The name, the people and where they stand."""
    folder = make_folder(tmp_path)
    _run("send", folder, "--yes")
    result = _run("status", folder)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"Ledger {tmp_path.resolve() / 'fair.safesend.db'}",
        "",
        "fair: 3 people",
        "          3  accepted by the mail server",
    ]


def test_what_waits_and_what_was_refused_have_their_replies(tmp_path):
    """Masked replies with their number, and the date of the next try."""
    folder = make_folder(tmp_path, 4, more="lanes = 1\n")
    with SmtpServer() as server:
        for number, reply in enumerate(
            ("450 4.2.1 {} is busy", "550 5.1.1 {} is unknown")
        ):
            person = f"person{number}@example.com"
            server.reply(
                "rcpt", reply.format(person), when=lambda m, p=person: p in m.argument
            )
        sent = _run("send", folder, "--yes", "--via", server.url)
    assert sent.exit_code == 3
    result = _run("status", folder)
    assert "1  waiting" in result.stdout
    assert "1  refused by the mail server" in result.stdout
    assert "2  accepted" in result.stdout
    assert "unknown" in result.stdout
    assert "1 person put off by the server." in result.stdout
    assert "No process is sending now. The next is due at" in result.stdout
    assert "waits longest was first tried at" in result.stdout
    assert "person" not in result.stdout.replace("1 person put", "").replace(
        "4 people", ""
    )
    found = json.loads(_run("status", folder, "--json").stdout)["campaigns"][0]
    assert found["counts"] == {"accepted": 2, "waiting": 1, "refused": 1}
    assert found["deferred"] == 1
    assert found["next_due"] > 1_700_000_000
    assert "is unknown" in found["reasons"]["refused"][0]["reply"]


def _known(tmp_path, *flows):
    """A ledger with three people who wait, two of them at gmail.com."""
    folder = make_folder(tmp_path)
    people = "email,name\na@gmail.com,A\nb@gmail.com,B\nc@example.com,C\n"
    (folder / "people.csv").write_text(people)
    _run("send", folder, "--yes", "--hours", closed_now())
    with closing(open_ledger(tmp_path / "fair.safesend.db")) as ledger:
        ledger.note_flows(flows)
    return folder


def test_pauses_and_eased_rates_are_told(tmp_path):
    """Whom they hold up, until when, and the reply that asked for it."""
    now = time.time()
    folder = _known(
        tmp_path,
        Flow(
            route="smtp://x",
            provider="google",
            easing=(now, 0.5, 1.0),
            paused_until=now + 600,
            reason="421 4.7.28 too fast",
            changed=now,
        ),
        Flow(route="smtp://x", provider="gmx", paused_until=now - 1, changed=now),
    )
    lines = _run("status", folder).stdout.splitlines()
    assert lines[1].startswith("Nothing goes to google until ")
    assert lines[1].endswith(": 421 4.7.28 too fast")
    assert lines[2].startswith("At most 30")
    assert "/min go to google" in lines[2]
    found = json.loads(_run("status", folder, "--json").stdout)
    [pause], [eased] = found["pauses"], found["eased"]
    assert pause == {
        "route": "smtp://x",
        "provider": "google",
        "until": pytest.approx(now + 600),
        "reason": "421 4.7.28 too fast",
    }
    assert (eased["provider"], eased["rate"]) == ("google", pytest.approx(0.5, rel=0.1))
    assert found["campaigns"][0]["next_due"] < now


@pytest.mark.parametrize(
    ("paused", "others", "wait"),
    [
        (("google", "example.com"), (), 600),
        (("",), (), 600),
        (("",), ("smtp://other",), 0),
        (("google",), (), 0),
    ],
)
def test_the_next_date_considers_pauses(tmp_path, paused, others, wait):
    """Where all are paused it is the end of the first pause, else the row's own."""
    now = time.time()
    until = now + 600
    flows = [
        Flow(
            route="smtp://x", provider=one, paused_until=until, reason="421", changed=1
        )
        for one in paused
    ]
    flows += [Flow(route=route, changed=1.0) for route in others]
    folder = _known(tmp_path, *flows)
    [campaign] = json.loads(_run("status", folder, "--json").stdout)["campaigns"]
    assert max(0, campaign["next_due"] - now) == pytest.approx(wait, abs=30)


def test_who_was_never_tried_has_no_reply(tmp_path):
    """Nothing is made up where no server said anything."""
    folder = make_folder(tmp_path)
    nowhere = f"smtp+insecure-plaintext://127.0.0.1:{lasting_port()}"
    _run("send", folder, "--yes", "--via", nowhere, "--deadline", "0.5")
    lines = _run("status", folder).stdout.splitlines()
    assert lines[3] == "          3  waiting"
    assert lines[4] == (
        "  No process is sending now. The next is due now: run 'safesend send' again."
    )


def test_an_empty_ledger_says_so(tmp_path):
    """A ledger without campaigns is no error."""
    open_ledger(tmp_path / "x.db").close()
    assert "It holds no campaign." in _run("status", tmp_path / "x.db").stdout


def test_a_missing_ledger_is_an_error(tmp_path):
    """Exit code 2, and nothing is made."""
    assert _run("status", tmp_path / "x.db").exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_what_a_person_ordered_is_told(tmp_path):
    """Paused and cancelled are said before the numbers."""
    folder = make_folder(tmp_path)
    _run("send", folder, "--yes")
    _run("pause", folder)
    assert "This campaign is paused" in _run("status", folder).stdout
    _run("cancel", folder, "--yes")
    assert "This campaign is cancelled" in _run("status", folder).stdout


def test_a_campaign_folder_knows_its_sending_hours(tmp_path):
    """A ledger alone does not: then it is due now."""
    hours = f'hours = "{closed_now()}"\n'
    folder = make_folder(tmp_path, more=f'via = "eml:outbox"\n{hours}')
    _run("send", folder, "--yes")
    assert "The next is due at" in _run("status", folder).stdout
    ledger = tmp_path / "fair.safesend.db"
    assert "The next is due now" in _run("status", ledger).stdout
    found = json.loads(_run("status", folder, "--json").stdout)["campaigns"][0]
    assert found["next_due"] > time.time()


def test_watching_ends_when_nobody_waits(tmp_path):
    """At once where everybody is done."""
    folder = make_folder(tmp_path)
    _run("send", folder, "--yes")
    result = _run("status", folder, "--watch")
    assert result.exit_code == 0
    assert result.stdout == _run("status", folder).stdout


def test_watching_looks_again_until_ctrl_c(tmp_path):
    """Which is its usual end, and no failure."""
    folder = make_folder(tmp_path)
    _run("send", folder, "--yes", "--hours", closed_now())
    with subprocess.Popen(
        command("status", folder, "--watch"),
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as watcher:
        looks = 0
        for line in watcher.stdout:
            looks += line.startswith("Ledger ")
            if looks == 2 and line.startswith("  No process"):
                watcher.send_signal(signal.SIGINT)
    # One more may have begun before it heard.
    assert looks >= 2
    assert watcher.returncode == 0


def test_watching_is_for_people(tmp_path):
    """A program asks as often as it needs."""
    result = _run("status", tmp_path, "--watch", "--json")
    assert result.exit_code == 2
    assert "--watch is for people" in result.stderr
