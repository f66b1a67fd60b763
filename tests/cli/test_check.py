"""cli/check.py: looking before sending."""

from __future__ import annotations

import json

import openpyxl
import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend import SuppressionList
from safesend.cli.app import app


def _check(*words):
    return CliRunner().invoke(app, ["check", *map(str, words)])


def test_a_good_campaign_shows_three_messages(tmp_path):
    """Readable, each in its frame, addresses masked but the sender's."""
    folder = make_folder(tmp_path, 5)
    result = _check(folder)
    assert result.exit_code == 0
    assert result.stdout.count("only for p…@example.com") == 3
    assert "Message 3 of 5" in result.stdout
    assert "From: The fair <fair@example.org>" in result.stdout
    assert "Subject: Hello Pérson 1" in result.stdout
    assert "To: p…@example.com" in result.stdout
    assert "see you on Friday." in result.stdout
    assert "person1@" not in result.stdout
    assert "5 people, each with a message of their own" in result.stdout
    assert f"safesend send {folder}" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("number", [0, 1, 4])
def test_as_many_messages_as_asked_for(tmp_path, number):
    """`--sample` says how many, and no more than there are."""
    result = _check(make_folder(tmp_path), "--sample", number)
    assert result.stdout.count("only for") == min(number, 3)


def test_addresses_are_whole_on_demand_only(tmp_path):
    """`--full-addresses` is a decision."""
    result = _check(make_folder(tmp_path), "--full-addresses")
    assert "only for person0@example.com" in result.stdout


def test_nothing_is_written(tmp_path):
    """A check leaves no ledger, no outbox and no key."""
    folder = make_folder(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    _check(folder)
    assert sorted(tmp_path.rglob("*")) == before


def test_problems_are_listed_with_their_lines(tmp_path):
    """Exit code 1, file and line, no address in clear, nothing to send."""
    folder = make_folder(tmp_path)
    with (folder / "people.csv").open("a") as file:
        file.write("not an address,X\nperson1@example.com,Twice\n")
    result = _check(folder)
    assert result.exit_code == 1
    assert "people.csv:5" in result.stderr
    assert "people.csv:6" in result.stderr
    assert "person1@" not in result.output
    assert "Nothing was sent" in result.stderr
    assert "only for" not in result.stdout


def test_a_leak_is_refused(tmp_path):
    """A subject that would carry a second header never becomes a message."""
    folder = make_folder(tmp_path)
    (folder / "people.csv").write_text(
        'email,name\na@example.com,"x\nBcc: b@example.com"\n'
    )
    result = _check(folder)
    assert result.exit_code == 1
    assert "people.csv:2" in result.stderr
    assert "b@example.com" not in result.output


def test_an_unknown_field_names_the_template(tmp_path):
    """The letter asks for something that the list does not have."""
    result = _check(make_folder(tmp_path, text="Dear {{ nme }}"))
    assert result.exit_code == 1
    assert "nme" in result.stderr


def test_skipped_lines_are_told(tmp_path):
    """With skip_invalid the rest is in order, and the number is said."""
    folder = make_folder(tmp_path, more="skip_invalid = true\n")
    with (folder / "people.csv").open("a") as file:
        file.write("not an address,X\n")
    result = _check(folder)
    assert result.exit_code == 0
    assert "1 person left out" in result.stderr


def test_lines_that_stop_everything_are_not_called_left_out(tmp_path):
    """Without skip_invalid nobody was left out: nothing goes."""
    folder = make_folder(tmp_path)
    with (folder / "people.csv").open("a") as file:
        file.write("not an address,X\n")
    assert "left out" not in _check(folder).stderr


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            'rate = "fast"\n',
            "campaign.toml:4: 'rate': the rate 'fast' is not understood",
        ),
        ('via = "mail.example.org"\n', ":4: not the URL of a transport, such as smtp:"),
        ('via = "smtp://me:pw@example.org"\n', ":4: a password in a URL"),
        ('via = "smtp://[::1"\n', ":4: this is not a URL"),
        ('via = "smtp://example.org:x"\n', ":4: this is not a URL"),
    ],
)
def test_the_way_out_is_checked_too(tmp_path, more, told):
    """What `send` would refuse is found while nobody waits for it."""
    result = _check(make_folder(tmp_path, more=more))
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_login_is_checked_without_its_password(tmp_path):
    """Checking asks nobody and connects to nothing."""
    more = 'via = "smtp://mail.example.org"\n[smtp]\nusername = "me"\n'
    assert _check(make_folder(tmp_path, more=more)).exit_code == 0


def test_a_letter_that_cannot_be_read_is_named_with_its_file(tmp_path):
    """Not as "text, line 2": the file and the line to open."""
    folder = make_folder(tmp_path, text="Dear\n{{ name }\n")
    result = _check(folder)
    assert result.exit_code == 1
    assert f"{folder / 'body.txt'}, line 2: unexpected" in result.stderr


def test_json_has_the_same(tmp_path):
    """One object, and nothing else on standard output."""
    folder = make_folder(tmp_path)
    found = json.loads(_check(folder, "--json", "--sample", 1).stdout)
    assert found["ok"] is True
    assert found["recipients"] == 3
    [letter] = found["sample"]
    assert ["Subject", "Hello Pérson 0"] in letter["headers"]
    assert letter["recipient"] == "p…@example.com"
    (folder / "people.csv").write_text("email,name\nx,Y\n")
    result = _check(folder, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["ok"], found["sample"]) == (False, [])
    assert "people.csv:2" in found["problems"][0]


def test_a_long_list_of_problems_is_cut(tmp_path):
    """Twenty are enough to begin with; all are counted."""
    folder = make_folder(tmp_path)
    (folder / "people.csv").write_text("email,name\n" + "nobody,X\n" * 50)
    result = _check(folder)
    assert "... and 30 more" in result.stderr
    assert "people.csv:21" in result.stderr
    assert "people.csv:22:" not in result.stderr


def _with_hidden_list(folder):
    """A workbook with the list in a sheet that Excel does not even offer to show."""
    book = openpyxl.Workbook()
    book.active["A1"] = "Tea 2.50"
    raw = book.create_sheet("raw")
    for line in (folder / "people.csv").read_text("utf-8").splitlines():
        raw.append(line.split(","))
    raw.sheet_state = "veryHidden"
    (folder / "attachments").mkdir()
    book.save(folder / "attachments" / "prices.xlsx")
    return folder


def test_a_list_in_a_very_hidden_sheet_is_refused(tmp_path, monkeypatch):
    """In words that need no programmer; with what to do, and no address in clear."""
    monkeypatch.setenv("COLUMNS", "300")
    result = _check(_with_hidden_list(make_folder(tmp_path)))
    assert result.exit_code == 1
    told = result.stderr
    for words in ("prices.xlsx", "very hidden sheet 'raw'", "cell A2", "What to do:"):
        assert words in told
    assert "holds the addresses of 3 other" in told
    assert "delete it" in told
    assert "person1@" not in result.output
    assert "Nothing was sent" in result.stderr


def test_leaks_as_json_and_as_sarif(tmp_path):
    """Each with its check, place, reason and advice."""
    folder = _with_hidden_list(make_folder(tmp_path))
    told = json.loads(_check(folder, "--format", "json").stdout)
    assert not told["ok"]
    assert {"I3", "L23"} <= {leak["check"] for leak in told["leaks"]}
    assert all(leak["advice"] for leak in told["leaks"])
    [run] = json.loads(_check(folder, "--format", "sarif").stdout)["runs"]
    assert {"I3", "L23"} <= {result["ruleId"] for result in run["results"]}


def test_what_is_allowed_and_what_warns_is_shown(tmp_path):
    """The letter passes, and nobody can say that it was not told."""
    more = (
        'via = "eml:outbox"\npublic = ["office@elsewhere.example"]\n[[allow]]\n'
        'check = "L21"\nplace = "guests.txt"\nreason = "the board published it"\n'
    )
    folder = make_folder(tmp_path, more=more)
    (folder / "body.html").write_text(
        "<p>{{ name }}<img src='https://x.example/a.png'>"
    )
    (folder / "attachments").mkdir()
    guests = "\n".join(f"guest{n}@elsewhere.example" for n in range(9))
    (folder / "attachments" / "guests.txt").write_text(guests)
    result = _check(folder, "--sample", 0)
    assert result.exit_code == 0
    assert "L16" in result.stderr
    assert "the board published it (met once)" in result.stderr


def test_who_is_on_the_suppression_list_is_counted(tmp_path):
    """As text and as JSON; a list that is not there is a mistake of the settings."""
    folder = make_folder(tmp_path, more='suppression = "../off.db"\n')
    assert _check(folder).exit_code == 2
    with SuppressionList(tmp_path / "off.db") as shared:
        shared.add(["person1@example.com", "person2@example.com"], "complaint")
    told = "2 of them are on the suppression list and will be left out."
    assert told in _check(folder, "--sample", 0).stdout
    assert json.loads(_check(folder, "--json").stdout)["suppressed"] == 2
    with (folder / "people.csv").open("a") as file:
        file.write("nobody,X\n")
    broken = _check(folder, "--json")
    assert (broken.exit_code, json.loads(broken.stdout)["suppressed"]) == (1, 0)


def test_it_wants_a_folder_or_a_message():
    """Exit code 2, and what to name."""
    result = _check()
    assert result.exit_code == 2
    assert "--message" in result.stderr
