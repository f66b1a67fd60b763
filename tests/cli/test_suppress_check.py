"""cli/suppress_check.py: who of these is on the list, why, and since when."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from safesend import SuppressionList
from safesend.cli.app import app
from safesend.cli.show import day

ADA, BOB = "ada@example.org", "bob@example.com"
NOW, FAR = 1_700_000_000.0, 4_000_000_000.0


def _check(*words):
    return CliRunner().invoke(app, ["suppress", "check", *map(str, words)])


@pytest.fixture
def off(tmp_path):
    """Ada complained and was put there by hand; all of example.net is out."""
    with SuppressionList(tmp_path / "off.db") as shared:
        shared.add([ADA], "by-hand", source="the office", expires=FAR, now=NOW)
        shared.add([ADA], "complaint", now=NOW)
        shared.add(["@example.net"], "unsubscribed", now=NOW)
    return tmp_path / "off.db"


def test_one_who_is_not_on_it_may_be_written_to(off):
    """Exit code 0; nothing is shown in clear."""
    result = _check(off, BOB)
    assert (result.exit_code, result.stdout) == (
        0,
        "b…@example.com is not on the list.\n",
    )


def test_all_that_stands_there_is_told(off):
    """What weighs most ahead; exit code 1 where anybody is on it."""
    result = _check(off, "Ada@Example.org", "cy@example.net", "@example.net", BOB)
    since = day(NOW)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"A…@example.org: complaint since {since}",
        f"A…@example.org: by-hand since {since} (from the office; until {day(FAR)})",
        f"c…@example.net: unsubscribed since {since} (the whole domain)",
        f"@example.net: unsubscribed since {since} (the whole domain)",
        "b…@example.com is not on the list.",
        "3 of 4 people on the list.",
    ]


def test_a_file_is_looked_through(off, tmp_path):
    """Only who is on the list is told, with the place."""
    file = tmp_path / "people.csv"
    file.write_text(f"name,contact\nB,{BOB}\nA,{ADA}\nC,cy@example.com\n")
    result = _check(off, "--file", file, "--address", "contact")
    assert result.exit_code == 1
    first, _, last = result.stdout.splitlines()
    assert first.startswith(f"{file}:3: a…@example.org: complaint")
    assert last == "1 of 3 people on the list."
    (tmp_path / "plain.txt").write_text(f"{BOB}\n")
    assert _check(off, "--file", tmp_path / "plain.txt").exit_code == 0
    (tmp_path / "plain.txt").write_text("bob\n")
    result = _check(off, "--file", tmp_path / "plain.txt")
    assert (result.exit_code, "plain.txt:1" in result.stderr) == (1, True)


def test_it_is_told_as_json(off):
    """Masked as well."""
    result = _check(off, ADA, BOB, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (found["list"], found["checked"], found["on_list"]) == (str(off), 2, 1)
    ada, bob = found["people"]
    assert ada["address"] == "a…@example.org"
    assert ada["entries"][1] == {
        "reason": "by-hand",
        "source": "the office",
        "since": NOW,
        "expires": FAR,
        "domain": False,
    }
    assert bob == {"address": "b…@example.com", "place": "", "entries": []}


@pytest.mark.parametrize(
    ("words", "told"), [([], "name an ADDRESS"), (["ada"], "not taken as an address")]
)
def test_a_wrong_question_is_no_answer(off, words, told):
    """Exit code 2, so that no script takes it for a yes or a no."""
    result = _check(off, *words)
    assert (result.exit_code, told in result.stderr) == (2, True)
