"""cli/inspect.py: one message of any program, held against a list."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from safesend.cli.app import app

HEAD = "From: news@club.example\nTo: {to}\nSubject: Hi\n\n{text}\n"


@pytest.fixture
def files(tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("email,name\nada@example.net,Ada\nbo@example.net,Bo\n")
    message = tmp_path / "one.eml"

    def write(text="Hello", to="ada@example.net"):
        message.write_text(HEAD.format(to=to, text=text))
        return ["--message", str(message), "--audience", str(people)]

    return write


def _check(*words):
    return CliRunner().invoke(app, ["check", *words])


def test_a_private_message_is_told_so(files):
    """Exit code 0, and whom it is for, masked."""
    result = _check(*files())
    assert result.exit_code == 0
    assert "shows nobody but a…@example.net" in result.stdout
    assert result.stderr == ""


def test_a_leak_is_told_with_what_to_do(files):
    """Exit code 1, and no address in clear."""
    result = _check(*files("ask bo@example.net"))
    assert result.exit_code == 1
    assert "I3" in result.stderr
    assert "text, line 1" in result.stderr
    assert "What to do:" in result.stderr
    assert "bo@example" not in result.output


def test_as_json_and_as_sarif(files):
    """For programs."""
    told = json.loads(_check(*files("ask bo@example.net"), "--format", "json").stdout)
    assert (told["ok"], [leak["check"] for leak in told["leaks"]]) == (False, ["I3"])
    assert told == json.loads(_check(*files("ask bo@example.net"), "--json").stdout)
    told = json.loads(_check(*files("ask bo@example.net"), "--format", "sarif").stdout)
    [result] = told["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.endswith("one.eml")


def test_the_reader_may_be_named(files):
    """Who it is for decides what is a leak."""
    words = files("ask bo@example.net", to="Members <news@club.example>")
    assert _check(*words, "--recipient", "bo@example.net").exit_code == 0
    result = _check(*words, "--recipient", "ada@example.net")
    assert result.exit_code == 1
    result = _check(*words, "--recipient", "eve@example.net")
    assert "does not have e…@example.net" in result.stderr


def test_a_list_may_be_json_lines(files, tmp_path):
    """By its suffix."""
    people = tmp_path / "people.jsonl"
    people.write_text('{"email": "ada@example.net"}\n{"email": "bo@example.net"}\n')
    words = [*files("ask bo@example.net")[:2], "--audience", str(people)]
    assert _check(*words).exit_code == 1


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("ada@example.net, bo@example.net", "its To has several mailboxes"),
        ("undisclosed-recipients:;", "its To has no mailbox"),
    ],
)
def test_without_one_reader_it_has_to_be_told(files, to, sentence):
    """Exit code 2."""
    result = _check(*files(to=to))
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "--recipient" in result.stderr


@pytest.mark.parametrize(
    "left_out", [["--audience"], ["--message"], ["--message", "--audience"]]
)
def test_message_and_audience_go_together(files, left_out):
    """Exit code 2, and what is missing."""
    words = files()
    for option in left_out:
        at = words.index(option)
        del words[at : at + 2]
    result = _check(*words)
    assert result.exit_code == 2
    assert "--message" in result.stderr


def test_an_empty_message_is_told(files, tmp_path):
    """Nobody looked at anything."""
    words = files()
    (tmp_path / "one.eml").write_text("\n")
    result = _check(*words)
    assert result.exit_code == 2
    assert "is empty" in result.stderr


def test_a_reader_is_an_address(files):
    """Exit code 2."""
    result = _check(*files(), "--recipient", "nobody")
    assert result.exit_code == 2
    assert "--recipient" in result.stderr


def test_a_list_with_problems_is_told(files, tmp_path):
    """With its lines, before anything is said of the message."""
    (tmp_path / "people.csv").write_text("email\nada@example.net\nnobody\n")
    words = ["--message", str(tmp_path / "one.eml"), "--audience"]
    files()
    (tmp_path / "people.csv").write_text("email\nada@example.net\nnobody\n")
    result = _check(*words, str(tmp_path / "people.csv"))
    assert result.exit_code == 1
    assert "people.csv:3" in result.stderr
