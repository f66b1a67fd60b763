"""cli/worker.py: a worker sends what a ledger holds, and stops when it is told to."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing

import tenacity
from click.testing import CliRunner

from cli.campaigns import make_folder
from engine.content.samples import campaign
from fleet import scenes as fleet
from message.judges import pem, rsa
from safesend import SuppressionList
from safesend.cli.app import app
from safesend.engine.joining import enlist
from safesend.engine.options import Options
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.policies import Retry
from safesend.transports import MemoryTransport


def run(*words):
    """One command."""
    return CliRunner().invoke(app, [*map(str, words)])


def enrolled(tmp_path, more="", people=5, **options):
    """A ledger with a campaign, whose folder is gone; and where its mail goes."""
    folder, outbox = make_folder(tmp_path, people=people), tmp_path / "sent"
    file = folder / "campaign.toml"
    # What stands before the first table belongs to none.
    file.write_text(more + file.read_text())
    words = [f"--{name}={value}" for name, value in options.items()]
    result = run("enrol", folder, "--yes", "--via", f"eml:{outbox}", *words)
    assert result.exit_code == 0, result.output
    shutil.rmtree(folder)
    [ledger] = tmp_path.glob("*.safesend.db")
    return ledger, outbox


def sent(outbox):
    """How many messages lie there."""
    return len(list(outbox.glob("*.eml")))


def test_it_sends_without_the_folder(tmp_path):
    """Everybody gets one; a second worker finds nothing to do."""
    ledger, outbox = enrolled(tmp_path)
    for _ in range(2):
        result = run("worker", ledger)
        assert result.exit_code == 0, result.output
    assert sent(outbox) == 5


def test_a_program_gets_one_object(tmp_path):
    """The report, as `send` gives it."""
    ledger, outbox = enrolled(tmp_path)
    told = json.loads(run("worker", ledger, "--json", "--lanes", 2).stdout)
    assert (told["accepted"], told["exit_code"], sent(outbox)) == (5, 0, 5)


def test_another_carrier_may_be_named(tmp_path):
    """In place of the campaign's own."""
    ledger, outbox = enrolled(tmp_path)
    assert run("worker", ledger, "--via", f"eml:{tmp_path}/here").exit_code == 0
    assert (sent(tmp_path / "here"), sent(outbox)) == (5, 0)


def test_a_campaign_that_is_sent_from_a_folder_can_be_joined(tmp_path):
    """The ledger has its letter; its folder may be gone."""
    folder = make_folder(tmp_path, people=4)
    words = ["--via", f"eml:{tmp_path}/sent", "--deadline", "0.001"]
    assert run("send", folder, "--yes", *words).exit_code == 3
    shutil.rmtree(folder)
    [ledger] = tmp_path.glob("*.safesend.db")
    result = run("worker", ledger)
    assert result.exit_code == 0, result.output
    assert sent(tmp_path / "sent") == 4


def test_what_cannot_be_joined_is_told_where_one_tries(tmp_path):
    """With the way on."""
    retry = Retry(wait=tenacity.wait_random(1, 2))
    campaign().send(MemoryTransport(), ledger=tmp_path / "x.db", retry=retry)
    result = run("worker", tmp_path / "x.db")
    assert result.exit_code == 2
    assert "safesend enrol DIR" in result.stderr


def test_a_key_for_dkim_is_brought(tmp_path):
    """Without it, or with another, nothing is sent."""
    key = tmp_path / "key.pem"
    key.write_bytes(pem())
    key.chmod(0o600)
    table = f'[[dkim]]\ndomain = "example.org"\nselector = "s1"\nkey_file = "{key}"\n'
    folder_ledger, outbox = _with_table(tmp_path, table)
    result = run("worker", folder_ledger)
    assert result.exit_code == 2
    assert "s1._domainkey.example.org" in result.stderr
    result = run("worker", folder_ledger, "--dkim-key", key)
    assert result.exit_code == 0, result.output
    [first, *_] = outbox.glob("*.eml")
    assert first.read_bytes().startswith(b"DKIM-Signature:")


def _with_table(tmp_path, table):
    folder, outbox = make_folder(tmp_path, people=2), tmp_path / "sent"
    file = folder / "campaign.toml"
    file.write_text(f"{file.read_text()}\n{table}")
    result = run("enrol", folder, "--yes", "--via", f"eml:{outbox}")
    assert result.exit_code == 0, result.output
    [ledger] = tmp_path.glob("*.safesend.db")
    return ledger, outbox


def test_the_suppression_list_is_brought(tmp_path):
    """Without it nothing is sent; with it, nothing to those on it."""
    shared = tmp_path / "out.db"
    with SuppressionList(shared) as made:
        made.add(["nobody@example.com"])
    ledger, outbox = enrolled(tmp_path, suppression=shared)
    result = run("worker", ledger)
    assert result.exit_code == 2
    assert "suppression list" in result.stderr
    assert run("worker", ledger, "--suppression", shared).exit_code == 0
    assert sent(outbox) == 5


def test_a_password_is_found_where_the_campaign_says(tmp_path, monkeypatch):
    """Or where the options do; it is needed before anything is connected."""
    folder = make_folder(tmp_path, people=2)
    file = folder / "campaign.toml"
    table = '[smtp]\nusername = "me"\npassword_env = "SAFESEND_TEST_PASSWORD"\n'
    file.write_text(f"{file.read_text()}\n{table}")
    via = "smtp://127.0.0.1:1"
    assert run("enrol", folder, "--yes", "--via", via).exit_code == 0
    [ledger] = tmp_path.glob("*.safesend.db")
    result = run("worker", ledger)
    assert result.exit_code == 2
    assert "SAFESEND_TEST_PASSWORD" in result.stderr
    secret = tmp_path / "secret"
    secret.write_text("pa55\n")
    secret.chmod(0o600)
    for words in ([], ["--password-file", secret]):
        monkeypatch.setenv("SAFESEND_TEST_PASSWORD", "pa55")
        result = run("worker", ledger, "--deadline", "1s", *words)
        assert result.exit_code == 3, result.output
        assert "pa55" not in result.output


def test_where_nobody_sits_a_password_is_wanted_in_a_variable(tmp_path):
    """Not in a folder that is not there."""
    place = tmp_path / "x.db"
    fleet.enlisted(place, "smtp://me@127.0.0.1:1")
    result = run("worker", place)
    assert result.exit_code == 2
    assert "put it into SAFESEND_PASSWORD, or its file" in result.stderr


def test_a_campaign_that_names_no_carrier_wants_one(tmp_path):
    """Nothing is guessed."""
    with closing(open_ledger(tmp_path / "x.db")) as book:
        options = Options(give_up_after="2d", confirm_changes=False)
        asyncio.run(enlist(campaign(), options, book, MemoryTransport()))
    result = run("worker", tmp_path / "x.db")
    assert result.exit_code == 2
    assert "--via" in result.stderr
    words = ["--via", f"eml:{tmp_path}/here"]
    assert run("worker", tmp_path / "x.db", *words).exit_code == 0


def test_one_of_two_dies_and_nobody_gets_two(tmp_path):
    """What it had in hand goes again or is in doubt; the other one sends the rest."""
    ledger, outbox = enrolled(tmp_path, more='rate = "100/s"\n', people=300)
    command = [sys.executable, "-m", "safesend", "worker", str(ledger)]
    pair = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    try:
        limit = time.monotonic() + 300
        while sent(outbox) < 60 and time.monotonic() < limit:
            time.sleep(0.02)
        pair[0].kill()
        for process in pair:
            process.wait(300)
    finally:
        for process in pair:
            process.kill()
            process.wait()
    assert run("worker", ledger).exit_code in {0, 1}
    with closing(open_ledger(ledger)) as book:
        counts = book.counts(book.campaigns()[0].id)
    doubt = counts.get(State.IN_DOUBT, 0)
    assert counts[State.ACCEPTED] + doubt == 300
    assert 300 - doubt <= sent(outbox) <= 300
    mailboxes = [
        line
        for file in outbox.glob("*.eml")
        for line in file.read_bytes().split(b"\r\n")
        if line.startswith(b"To: ")
    ]
    assert len(mailboxes) == len({*mailboxes}) == sent(outbox)


def test_a_service_manager_stops_it_gently(tmp_path):
    """What is on the wire is finished, the rest waits, and another one goes on."""
    ledger, outbox = enrolled(tmp_path, more='rate = "20/s"\n', people=120)
    command = [sys.executable, "-m", "safesend", "worker", str(ledger), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ)
    try:
        limit = time.monotonic() + 120
        while sent(outbox) < 5 and time.monotonic() < limit:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
    account = json.loads(told)
    assert (process.returncode, account["stopped"]) == (3, "told to stop")
    with closing(open_ledger(ledger)) as book:
        counts = book.counts(book.campaigns()[0].id)
    assert counts[State.ACCEPTED] == sent(outbox) < 120
    assert counts[State.WAITING] == account["waiting"] == 120 - sent(outbox)
    assert run("worker", ledger).exit_code == 0
    assert sent(outbox) == 120


def test_several_campaigns_have_an_account_each(tmp_path):
    """Who could not be joined is told, and holds up no other."""
    place = tmp_path / "x.db"
    fleet.enlisted(place, tmp_path / "one", name="one")
    fleet.enlisted(place, tmp_path / "two", name="two")
    fleet.enlisted(place, tmp_path / "no", letter=campaign(name="no", dkim=rsa()))
    result = run("worker", place, "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["exit_code"]) == (2, 2)
    assert {name: one["accepted"] for name, one in told["campaigns"].items()} == {
        "one": 5,
        "two": 5,
    }
    assert "no key was given" in told["failed"]["no"]
    assert "Error: no was not sent: " in result.stderr


def test_a_folder_means_its_own_campaign(tmp_path):
    """Where its ledger is one for many."""
    place = tmp_path / "all.db"
    fleet.enlisted(place, tmp_path / "other", name="other")
    folder = make_folder(tmp_path, people=5, more='ledger = "../all.db"\n')
    words = ("enrol", folder, "--yes", "--via", f"eml:{tmp_path / 'own'}")
    assert run(*words).exit_code == 0
    assert run("worker", folder).exit_code == 0
    assert (sent(tmp_path / "own"), sent(tmp_path / "other")) == (5, 0)


def test_who_has_no_turn_is_named(tmp_path):
    """Paused among others, or not yet due; and that nobody waits at all."""
    place = tmp_path / "x.db"
    for name in ("one", "two"):
        fleet.enlisted(place, tmp_path / name, name=name)
    assert run("pause", place, "--campaign", "two").exit_code == 0
    for words in ([], ["--json"]):
        result = run("worker", place, *words)
        assert result.exit_code == 3
        if words:
            assert json.loads(result.stdout)["left"] == {"two": "paused"}
        else:
            again = f"safesend resume {place} --campaign two"
            assert f"two is paused. To let it go on: {again}\n" in result.stdout
    fleet.enlisted(place, tmp_path / "three", name="three", delay="1h")
    result = run("worker", place)
    assert (result.exit_code, "three goes on at " in result.stdout) == (3, True)
    for name in ("two", "three"):
        assert run("cancel", place, "--campaign", name, "--yes").exit_code == 0
    result = run("worker", place)
    assert (result.exit_code, result.stdout) == (
        0,
        f"Nobody waits in {place}; nothing was sent.\n",
    )


def test_what_others_have_in_hand_is_left_to_them(tmp_path):
    """It is said of the only campaign, and of one among others."""
    place = tmp_path / "x.db"
    fleet.enlisted(place, tmp_path / "one", name="one")
    with closing(open_ledger(place)) as book:
        [one] = book.campaigns()
        begun = book.start_run(one.id, time.time())
        assert len(book.claim(one.id, begun, 5, time.time())) == 5
        result = run("worker", place)
        assert result.exit_code == 3
        assert (
            "5 people waiting, in the hands of other workers, who go on with them. Run"
            in result.stdout.splitlines()[-2]
        )
        assert json.loads(run("worker", place, "--json").stdout)["in_hand"] == 5
        fleet.enlisted(place, tmp_path / "two", name="two")
        told = json.loads(run("worker", place, "--json").stdout)
        assert (told["left"], told["exit_code"]) == ({"one": "in other hands"}, 3)
        result = run("worker", place)
        assert (result.exit_code, result.stdout) == (
            3,
            "one: all who wait are in the hands of other workers.\n",
        )


def test_a_service_says_what_it_did(tmp_path):
    """A line for each time that something was sent; as JSON as well."""
    for words in ([], ["--json"]):
        place = tmp_path / f"x{len(words)}.db"
        fleet.enlisted(place, tmp_path / "out")
        command = [sys.executable, "-m", "safesend", "worker", str(place)]
        process = subprocess.Popen(
            [*command, "--keep-running", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            first = process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            last, aside = process.communicate(timeout=300)
        finally:
            process.kill()
            process.wait()
        assert process.returncode == 0
        assert aside.startswith(f"Serving {place} until it is told to stop.\n")
        if words:
            assert json.loads(first) == {"campaign": "spring", "sent": 5, "waiting": 0}
            assert json.loads(last)["stopped"] == "told to stop"
        else:
            assert first == "spring: 5 sent, 0 waiting\n"
            assert last == "Stopped as asked; 0 people waiting.\n"
