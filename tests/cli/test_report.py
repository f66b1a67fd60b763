"""cli/report.py: the account of a mailing, in every form."""

from __future__ import annotations

import csv
import io
import json
import stat
from contextlib import closing

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend.cli.app import app
from safesend.ledger import open_ledger
from safesend.testing import SmtpServer
from safesend.testing.ledger_rows import live_campaign

_UNKNOWN = "550 5.1.1 <person1@example.com> unknown"


def _run(*words, **more):
    return CliRunner().invoke(app, ["report", *map(str, words)], **more)


@pytest.fixture
def folder(tmp_path):
    """A campaign of three, one of whom was refused."""
    folder = make_folder(tmp_path, more="lanes = 1\n")
    with SmtpServer() as server:
        server.reply("rcpt", _UNKNOWN, to="person1@example.com")
        words = ["send", str(folder), "--yes", "--via", server.url]
        assert CliRunner().invoke(app, words).exit_code == 1
    return folder


def _rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_it_is_told_in_plain_text(folder):
    """The ledger or the folder is named; nobody is."""
    told = _run(folder)
    assert told.exit_code == 0
    assert "The account of fair" in told.stdout
    assert "        2  accepted, 66.7\N{NO-BREAK SPACE}%" in told.stdout
    assert "refused: 550 5.1.1 <p…@example.com> unknown" in told.stdout
    assert "not encrypted" in told.stdout
    assert "person0" not in told.stdout
    ledger = folder.parent / "fair.safesend.db"
    again = _run(ledger).stdout
    assert again.splitlines()[:9] == told.stdout.splitlines()[:9]


def test_the_page_lies_beside_the_ledger(folder):
    """Only its owner may read it; it says where it is; it replaces the one before."""
    page = folder.parent.resolve() / "fair-report.html"
    for _ in range(2):
        made = _run(folder, "--html")
        assert (made.exit_code, made.stdout) == (0, f"The account of fair: {page}\n")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    text = page.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "person1" not in text
    assert [one.name for one in folder.parent.glob("*report*")] == [page.name]
    assert list(folder.parent.glob(".fair-report*")) == []


def test_it_is_shown_in_a_browser(folder, monkeypatch, tmp_path):
    """The one that the user has chosen."""
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    out = tmp_path / "account.html"
    assert _run(folder, "--open", "--out", out).exit_code == 0
    assert seen.read_text().strip() == out.as_uri()


def test_as_json(folder):
    """One object, that says the same as the server."""
    told = json.loads(_run(folder, "--json").stdout)
    assert (told["campaign"], told["people"]) == ("fair", 3)
    assert told["outcomes"] == {"accepted": 2, "refused": 1}
    assert told["providers"][0]["provider"] == "example.com"
    assert "person1" not in json.dumps(told)


def test_as_csv(folder, tmp_path):
    """A line for each figure, on standard output or into a file of its owner."""
    told = _rows(_run(folder, "--csv").stdout)
    found = {(row["section"], row["name"]): row["value"] for row in told}
    assert found["outcomes", "accepted"] == "2"
    assert found["campaign", "people"] == "3"
    out = tmp_path / "figures.csv"
    told = _run(folder, "--csv", "--out", out)
    assert (told.stdout, told.stderr) == ("", f"The account of fair: {out}\n")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert ("accepted", "2") in [
        (row["name"], row["value"]) for row in _rows(out.read_bytes().decode())
    ]


def test_people_are_told_to_who_holds_the_list(folder, tmp_path):
    """With their addresses, in the order of the list; strangers are told to be some."""
    people = folder / "people.csv"
    people.write_text(people.read_text("utf-8") + "eve@example.com,Eve\n", "utf-8")
    out = tmp_path / "who.csv"
    told = _run(folder, "--recipients", people, "--out", out)
    assert (told.exit_code, f": {out}\n" in told.stderr) == (0, True)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    rows = _rows(out.read_bytes().decode())
    assert [(row["address"], row["state"], row["code"]) for row in rows] == [
        ("person0@example.com", "accepted", "250"),
        ("person1@example.com", "refused", "550"),
        ("person2@example.com", "accepted", "250"),
        ("eve@example.com", "not in the ledger", ""),
    ]
    assert "person1" not in rows[1]["reply"]
    told = json.loads(_run(folder, "--recipients", people, "--json").stdout)
    assert told["people"] == 3
    assert [one["state"] for one in told["recipients"]] == [
        *("accepted", "refused", "accepted", "not in the ledger"),
    ]


def test_lists_in_other_forms(folder, tmp_path):
    """JSON Lines, another column, lines that cannot be read."""
    lines = tmp_path / "people.jsonl"
    lines.write_text('{"to": "person0@example.com"}\n{"to": "nobody"}\n')
    found = _run(folder, "--recipients", lines, "--address", "to")
    assert [row["state"] for row in _rows(found.stdout)] == ["accepted"]
    assert "Left out: " in found.stderr
    table = tmp_path / "other.csv"
    table.write_text("to\nperson1@example.com\n" + "nobody\n" * 9)
    ledger = folder.parent / "fair.safesend.db"
    found = _run(ledger, "--recipients", table, "--address", "to")
    assert [row["state"] for row in _rows(found.stdout)] == ["refused"]
    assert "Left out: 4 lines more" in found.stderr


def test_the_folder_says_how_its_list_is_read(tmp_path):
    """Where one mailbox may stand in several rows, its key column tells them apart."""
    folder = make_folder(tmp_path, more='via = "eml:out"\nkey = "name"\n')
    assert CliRunner().invoke(app, ["send", str(folder), "--yes"]).exit_code == 0
    people = folder / "people.csv"
    found = _rows(_run(folder, "--recipients", people).stdout)
    assert [row["state"] for row in found] == ["accepted"] * 3
    ledger = tmp_path / "fair.safesend.db"
    without = _rows(_run(ledger, "--recipients", people).stdout)
    assert {row["state"] for row in without} == {"not in the ledger"}
    with_key = _rows(_run(ledger, "--recipients", people, "--key", "name").stdout)
    assert with_key == found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--csv", "--open"], "--open shows the page"),
        (["--address", "to"], "are about a list"),
        (["--html", "--recipients", "people.csv"], "the page names nobody"),
        (["--campaign", "autumn"], "the ledger holds: fair"),
    ],
)
def test_what_does_not_go_together(folder, monkeypatch, words, said):
    """Is said before anything is written."""
    monkeypatch.chdir(folder)
    told = _run(folder, *words)
    assert told.exit_code == 2
    assert said in told.stderr
    assert list(folder.parent.glob("*.html")) == []


def test_a_place_that_cannot_be_written_to(folder, tmp_path):
    """Is named, and nothing is left behind; nor is anything of an unreadable list."""
    told = _run(folder, "--html", "--out", tmp_path / "missing" / "a.html")
    assert told.exit_code == 2
    assert "a.html cannot be written: No such file" in told.stderr
    (tmp_path / "place").mkdir()
    told = _run(folder, "--csv", "--out", tmp_path / "place" / ".." / "fair")
    assert told.exit_code == 2
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    told = _run(folder, "--recipients", empty, "--out", tmp_path / "who.csv")
    assert told.exit_code == 1
    assert not (tmp_path / "who.csv").exists()
    assert list(tmp_path.glob(".who*")) == []


def test_one_of_several_campaigns(tmp_path):
    """By its name, whatever characters it has: its page gets a name that fits."""
    path = tmp_path / "a.db"
    with closing(open_ledger(path)) as book:
        for name in ("spring", "../<b> of a@example.org"):
            live_campaign(book, 2, name)
    assert "say which campaign" in _run(path).stderr
    made = _run(path, "--campaign", "../<b> of a@example.org", "--html")
    assert made.exit_code == 0
    [page] = tmp_path.glob("*.html")
    assert page.name == "__b_ of __example.org-report.html"
    assert "a@example.org" not in page.read_text("utf-8")


def test_help_has_an_example():
    """And says what is not in it."""
    told = _run("--help").stdout
    assert "safesend report spring --html" in told
    assert "No address is in it" in told
