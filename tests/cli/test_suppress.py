"""cli/suppress.py: a suppression list, kept by hand."""

from __future__ import annotations

import getpass
import json
import time

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend import SuppressionList
from safesend.cli.app import app
from safesend.cli.show import day
from safesend.suppression import Listed, Reason

ADA, BOB = "ada@example.org", "bob@example.com"
_DAY = 86_400.0


def _run(*words, given=None):
    return CliRunner().invoke(app, ["suppress", *map(str, words)], input=given)


def _json(*words):
    return json.loads(_run(*words, "--json").stdout)


@pytest.fixture
def off(tmp_path):
    """An empty list."""
    SuppressionList(tmp_path / "off.db").close()
    return tmp_path / "off.db"


def _entries(off, address):
    with SuppressionList(off) as shared:
        return shared.entries(address)


def test_a_new_list_is_empty(tmp_path):
    """It is made once, also where a campaign folder says."""
    folder = make_folder(tmp_path, more='suppression = "../off.db"\n')
    result = _run("new", folder)
    assert result.exit_code == 0
    assert "off.db is ready; nobody is on it." in result.stdout
    again = _run("new", tmp_path / "off.db")
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    assert "Nobody is on it." in _run("show", folder).stdout


def test_people_and_domains_are_added(off):
    """With reason, source and end; who is on it already is not new."""
    words = (off, ADA, "@example.net", "--reason", "unsubscribed", "--for", "90d")
    result = _run("add", *words, "--source", f"asked by {BOB}")
    assert result.stdout == f"2 new on {off}: unsubscribed.\n"
    assert result.stderr == ""
    [entry] = _entries(off, "cy@example.net")
    assert entry.domain
    assert (entry.reason, entry.source) == ("unsubscribed", "asked by b…@example.com")
    assert entry.expires == pytest.approx(time.time() + 90 * _DAY, abs=60)
    assert _json("add", *words) == {"list": str(off), "given": 2, "new": 2}
    assert _json("add", off, ADA) == {"list": str(off), "given": 1, "new": 1}
    assert _run("add", off, ADA).stdout == f"nobody new on {off}: by-hand.\n"
    [_, entry] = _entries(off, ADA)
    assert (entry.reason, entry.expires) == (Reason.BY_HAND, None)


def test_a_list_that_is_made_is_told(tmp_path):
    """A slip in its name is seen then."""
    result = _run("add", tmp_path / "a.db", ADA)
    assert (result.exit_code, result.stderr) == (
        0,
        f"Note: {tmp_path}/a.db is a new list.\n",
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ada"], "not taken as an address"),
        (["@"], "such as @example.org"),
        ([], "Missing argument"),
        ([ADA, "--reason", "bounced"], "'bounced' is not one of"),
        ([ADA, "--for", "soon"], "--for"),
    ],
)
def test_a_wrong_wish_adds_nobody(off, words, told):
    """Exit code 2, and what is wrong."""
    result = _run("add", off, BOB, *words) if words else _run("add", off)
    assert result.exit_code == 2
    assert told in result.stderr
    assert _json("show", off)["counts"] == {}


def test_a_file_is_imported(tmp_path, off):
    """Everybody in it, whatever its kind."""
    (tmp_path / "gone.csv").write_text(f"who,contact\nA,{ADA}\nB,{BOB}\nB,{BOB}\n")
    words = ("--reason", "no-such-mailbox", "--address", "contact")
    result = _run("import", off, tmp_path / "gone.csv", *words)
    assert result.stdout == f"2 new on {off}, 3 read.\n"
    [entry] = _entries(off, BOB)
    assert (entry.reason, entry.source) == ("no-such-mailbox", "gone.csv")


def test_a_bad_file_is_told_by_line(tmp_path, off):
    """Nothing of it is imported, unless bad lines are to be left out."""
    file = tmp_path / "gone.txt"
    file.write_text(f"{ADA}\nnobody\n")
    result = _run("import", off, file)
    assert result.exit_code == 1
    assert f"nothing was imported:\n  {file}:2: n… is not taken" in result.stderr
    result = _run("import", off, file, "--skip-invalid", "--for", "1d", "--source", "x")
    assert "Lines that cannot be used, left out: 1." in result.stdout
    assert _entries(off, ADA)[0].source == "x"
    found = _json("import", off, file, "--skip-invalid")
    assert found == {"list": str(off), "new": 1, "read": 1, "skipped": 1}
    assert _run("import", off, tmp_path / "none.csv").exit_code == 1


def test_standard_input_is_imported(tmp_path, off):
    """What another list exported, or another program printed."""
    _run("add", off, ADA, "--reason", "complaint")
    _run("import", off, "-", given=f"{BOB}\n")
    exported = _run("export", off).stdout
    assert _run("import", off, "-", given=exported).stdout == (
        f"nobody new on {off}, 2 read.\n"
    )
    other = _run("import", tmp_path / "other.db", "-", given=exported)
    assert (other.exit_code, "another key" in other.stderr) == (2, True)


def test_somebody_is_taken_off(off):
    """Altogether; what is left is told."""
    _run("add", off, ADA, "--reason", "no-such-mailbox")
    _run("add", off, ADA, "--reason", "unsubscribed")
    result = _run("remove", off, ADA, "--reason", "x", "--only", "no-such-mailbox")
    assert "still on it as unsubscribed." in result.stdout
    found = _json("remove", off, ADA, "--reason", f"{ADA} wrote to us")
    assert found == {"list": str(off), "removed": 1, "left": 0}
    _run("add", off, "@example.org")
    result = _run("remove", off, "@example.org", "--reason", "x")
    assert (
        result.stdout == "@example.org is taken off the list and is written to again.\n"
    )


def test_who_is_not_on_it_is_told(off):
    """More likely misspelt than forgotten; or there with the whole domain."""
    _run("add", off, "@example.org")
    for words, told in (
        ([BOB], "b…@example.com is not on the list, so nothing"),
        ([BOB, "--only", "complaint"], "is not on the list as complaint, so nothing"),
        ([ADA], "a…@example.org is on the list with its whole domain"),
    ):
        result = _run("remove", off, *words, "--reason", "x")
        assert (result.exit_code, told in result.stderr) == (2, True)
    assert "Missing option '--reason'" in _run("remove", off, ADA).stderr
    assert "--reason TEXT" in _run("remove", off, ADA, "--reason", " ").stderr


def test_the_whole_list_is_told_in_numbers(off):
    """By reason, and what people did with it."""
    _run("add", off, ADA, BOB, "@example.net", "--reason", "complaint")
    with SuppressionList(off) as shared:
        shared.add(["cy@example.org"], "no-such-mailbox", source="spring")
        assert shared.counts()[Reason.COMPLAINT] == Listed(3, 1)
    _run("remove", off, ADA, "--reason", "her mistake")
    me, today = getpass.getuser(), day(time.time())
    assert _run("show", off).stdout.splitlines() == [
        f"Suppression list {off}",
        "          2  complaint (whole domains: 1)",
        "          1  no-such-mailbox",
        f"{today} {me}: add 3 (complaint)",
        f"{today} {me}: remove 1 (her mistake)",
    ]
    found = _json("show", off)
    assert found["counts"] == {
        "complaint": {"number": 2, "domains": 1},
        "no-such-mailbox": {"number": 1, "domains": 0},
    }
    assert [deed["deed"] for deed in found["deeds"]] == ["add", "remove"]


@pytest.mark.parametrize(
    "words",
    [
        ["show", "none.db"],
        ["check", "none.db", ADA],
        ["export", "none.db"],
        ["remove", "none.db", ADA, "--reason", "x"],
    ],
)
def test_a_missing_list_is_not_made_by_asking(tmp_path, monkeypatch, words):
    """The error says how a new one is made."""
    monkeypatch.chdir(tmp_path)
    result = _run(*words)
    assert result.exit_code == 2
    assert "safesend suppress new none.db" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["add", "check", "export", "import", "new", "remove", "show"]
)
def test_every_command_has_an_example(name):
    """That can be typed."""
    assert f"  safesend suppress {name} " in _run(name, "--help").stdout
