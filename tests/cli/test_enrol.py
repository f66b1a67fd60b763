"""cli/enrol.py: a campaign is put into its ledger, and nothing is sent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest
import tenacity
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend.cli.app import app
from safesend.engine.joining import joint
from safesend.ledger import open_ledger
from safesend.ledger.base import State


def run(*words, answer=None):
    """One command."""
    return CliRunner().invoke(app, [*map(str, words)], input=answer)


@pytest.fixture
def folder(tmp_path):
    """Of five people."""
    return make_folder(tmp_path, people=5)


def ledger_of(folder):
    """The only ledger beside it."""
    [found] = folder.parent.glob("*.safesend.db")
    return found


def test_everybody_waits_and_nothing_is_sent(folder):
    """The way on is said; a second time nobody is new."""
    for _ in range(2):
        result = run("enrol", folder, "--yes")
        assert result.exit_code == 0, result.output
        assert "5 people waiting. To send: safesend worker " in result.stdout
    assert not (folder / "outbox").exists()
    with closing(open_ledger(ledger_of(folder))) as book:
        found = joint(book)
        assert book.counts(found.record.id) == {State.WAITING: 5}
        assert found.kept.ways[0].url == f"eml:{folder.resolve() / 'outbox'}"


def test_nobody_is_left_for_a_worker(folder):
    """Who has it already is counted, and no worker is asked for."""
    assert run("enrol", folder, "--yes").exit_code == 0
    assert run("worker", folder).exit_code == 0
    told = run("enrol", folder, "--yes").stdout
    assert "5 people in the ledger, nobody waiting. How far it is: safesend" in told


def test_a_program_gets_one_object(folder):
    """With what it needs to go on."""
    told = json.loads(run("enrol", folder, "--yes", "--json").stdout)
    assert (told["waiting"], told["enrolled"], told["exit_code"]) == (5, 5, 0)
    assert told["ledger"] == str(ledger_of(folder))


def test_no_is_the_default(folder):
    """Nothing is written down then."""
    result = run("enrol", folder, answer="\n")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing was changed." in result.stderr
    assert not [*folder.parent.glob("*.db")]


def test_a_leak_is_told_and_nobody_enrolled(folder):
    """With the command that tells all of it."""
    (folder / "body.txt").write_text("Dear {{ name }}, ask p1@example.net\n")
    rows = (folder / "people.csv").read_text("utf-8")
    (folder / "people.csv").write_text(rows + "p1@example.net,Eve\n", "utf-8")
    result = run("enrol", folder, "--yes")
    assert result.exit_code == 1
    assert "safesend check" in result.stderr


def test_several_carriers_are_kept(folder):
    """In their order; or those that are named instead."""
    text = (folder / "campaign.toml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("via")]
    lines.insert(0, 'via = ["eml:a", "eml:b"]')
    (folder / "campaign.toml").write_text("\n".join(lines) + "\n")
    assert run("enrol", folder, "--yes").exit_code == 0
    here = folder.resolve()
    with closing(open_ledger(ledger_of(folder))) as book:
        assert [way.url for way in joint(book).kept.ways] == [
            f"eml:{here}/a",
            f"eml:{here}/b",
        ]
    words = ["--via", f"eml:{here}/x", "--via", "smtp://me@b.example"]
    assert run("enrol", folder, "--yes", *words).exit_code == 0
    with closing(open_ledger(ledger_of(folder))) as book:
        assert [way.url for way in joint(book).kept.ways] == words[1::2]


def test_a_password_is_not_needed_and_its_place_is_kept(folder):
    """Whoever sends finds it there, or says where else."""
    (folder / "campaign.toml").write_text(
        (folder / "campaign.toml").read_text()
        + '\n[smtp]\nusername = "me"\npassword_file = "secret.txt"\n'
    )
    result = run("enrol", folder, "--yes", "--via", "smtp://mail.example.org")
    assert result.exit_code == 0, result.output
    with closing(open_ledger(ledger_of(folder))) as book:
        [way] = joint(book).kept.ways
    assert way.url == "smtp://me@mail.example.org"
    assert way.password_file == str(folder.absolute() / "secret.txt")


def test_who_interrupts_it_is_told_how_to_go_on(folder):
    """Nobody is sent anything by then."""
    environment = {**os.environ, "SAFESEND_LEDGER": str(folder.parent / "x.db")}
    with (folder / "people.csv").open("a") as people:
        people.writelines(f"q{n}@example.com,Q{n}\n" for n in range(40_000))
    process = subprocess.Popen(
        [sys.executable, "-m", "safesend", "enrol", str(folder), "--yes"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        for attempt in tenacity.Retrying(
            wait=tenacity.wait_fixed(0.05), stop=tenacity.stop_after_delay(60)
        ):
            with attempt:
                assert (folder.parent / "x.db").stat().st_size
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=300)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert f"with the same options: safesend enrol {folder}" in told
