"""cli/suppress_export.py: the list for another machine, or whom it means here."""

from __future__ import annotations

import csv
import json
import stat

import pytest
from click.testing import CliRunner

from safesend import SuppressionList
from safesend.cli.app import app

ADA, BOB = "ada@example.org", "bob@example.com"
NOW, FAR = 1_700_000_000.0, 4_000_000_000.0


def _export(*words):
    return CliRunner().invoke(app, ["suppress", "export", *map(str, words)])


@pytest.fixture
def off(tmp_path):
    with SuppressionList(tmp_path / "off.db") as shared:
        shared.add([ADA], "by-hand", source="the office", now=NOW)
        shared.add([ADA], "complaint", source='a "form", online', expires=FAR, now=NOW)
        shared.add(["@example.net"], "unsubscribed", now=NOW)
    return tmp_path / "off.db"


@pytest.fixture
def people(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(f"email\n{BOB}\n{ADA}\ncy@example.net\n")
    return file


def test_the_list_is_printed_as_json_lines(off):
    """A line that says what it is, then digests."""
    head, *lines = map(json.loads, _export(off).stdout.splitlines())
    assert set(head) == {"safesend-suppression-list", "key"}
    assert len(lines) == 3
    assert {len(line["digest"]) for line in lines} == {32}
    assert sorted(line["reason"] for line in lines) == [
        "by-hand",
        "complaint",
        "unsubscribed",
    ]


def test_it_is_written_into_a_new_private_file(off, tmp_path):
    """One that is there is not written over."""
    out = tmp_path / "off.jsonl"
    assert _export(off, "--out", out).stdout == f"3 written to {out}.\n"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_text() == _export(off).stdout
    again = _export(off, "--out", out)
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


def test_those_of_a_list_of_people_are_written_with_their_addresses(
    off, people, tmp_path
):
    """Into a private file only; why, and since when."""
    out = tmp_path / "out.csv"
    result = _export(off, "--recipients", people, "--out", out)
    assert result.stdout == f"2 written to {out}.\n"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with out.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["email", "reason", "source", "since", "expires"],
            [
                ADA,
                "complaint",
                'a "form", online',
                "2023-11-14T22:13:20+00:00",
                "2096-10-02T07:06:40+00:00",
            ],
            ["cy@example.net", "unsubscribed", "", "2023-11-14T22:13:20+00:00", ""],
        ]
    refused = _export(off, "--recipients", people)
    assert (refused.exit_code, "with --out" in refused.stderr) == (2, True)


def test_a_bad_list_of_people_leaves_no_file(off, people, tmp_path):
    """Half of it would look like all of it."""
    with people.open("a") as file:
        file.write("nobody\n")
    result = _export(off, "--recipients", people, "--out", tmp_path / "out.csv")
    assert result.exit_code == 1
    assert "people.csv:5" in result.stderr
    assert not (tmp_path / "out.csv").exists()


def test_a_column_can_be_named(off, tmp_path):
    """Where no title is a usual one."""
    (tmp_path / "p.csv").write_text(f"contact\n{ADA}\n")
    words = ("--recipients", tmp_path / "p.csv", "--address", "contact")
    result = _export(off, *words, "--out", tmp_path / "out.csv")
    assert result.stdout == f"1 written to {tmp_path}/out.csv.\n"
