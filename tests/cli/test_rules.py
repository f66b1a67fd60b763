"""cli/rules.py: what is done about a reply, told in words."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from safesend.cli.app import app
from safesend.cli.rules import conditions, consequence
from safesend.policies.replies import builtin

OWN = """
[[rule]]
name = "our-relay"
code = "4xx"
text = 'over volume'
scope = "route"
do = ["pause", "slow"]
pause = "2h"
means = "our relay's volume is used up"
"""


def _run(*words):
    return CliRunner().invoke(app, ["rules", *map(str, words)])


def _told(*words):
    """The answer of `explain`, by its heads."""
    result = _run("explain", *words)
    assert result.exit_code == 0, result.output
    lines = (line.split(":", 1) for line in result.stdout.splitlines())
    return {head: text.strip() for head, text in lines}


def test_a_reply_is_explained():
    """The rule, the row, the route, the run, what to do and whence it is known."""
    assert _told("550 5.1.1 No such user <ada@example.org>") == {
        "Rule": "no-such-mailbox",
        "Means": "there is no such mailbox",
        "Speaks of": "this recipient",
        "This row": "is given up; the address gets nothing more in any campaign",
        "The route": "goes on as it is",
        "The run": "goes on",
        "To do": "take the address off the list",
        "Source": "RFC 3463 section 3.2 (X.1.1, X.1.3, X.1.6); RFC 7505 section 4.1",
    }


@pytest.mark.parametrize(
    ("words", "row", "route", "run"),
    [
        (
            ["421 4.7.28 x", "--provider", "google"],
            "goes again after the pause; no try is used up",
            "pauses for 10 min; goes on more slowly",
            "goes on",
        ),
        (
            ["451 4.7.1 Greylisted, try again in 10 minutes"],
            "goes again, in 10 min at the earliest; a try is used up",
            "goes on as it is",
            "goes on",
        ),
        (
            ["450 busy"],
            "goes again; a try is used up",
            "goes on as it is",
            "goes on",
        ),
        (
            ["550 5.7.1 no", "--stage", "mail"],
            "keeps its turn for the next run",
            "goes on as it is",
            "stops; run it again when this is mended",
        ),
        (
            ["554", "5.7.1", "spam", "--stage", "content"],
            "is given up",
            "goes on as it is",
            "goes on, and stops after 3 of these in a row",
        ),
        (
            ["550 5.7.1 policy"],
            "is given up",
            "pauses for 1 h after 5 of these in a row",
            "goes on",
        ),
        (
            ["421 too many connections"],
            "goes again; no try is used up",
            "goes on more slowly; gets fewer connections",
            "goes on",
        ),
        (
            ["421 bye"],
            "goes again; no try is used up",
            "goes on over a new connection",
            "goes on",
        ),
    ],
)
def test_what_happens_to_the_row_the_route_and_the_run(words, row, route, run):
    """Each action has its words."""
    told = _told(*words)
    assert (told["This row"], told["The route"], told["The run"]) == (row, route, run)


def test_a_pause_of_a_provider_speaks_of_its_mail():
    """The route as a whole is not meant."""
    assert _told("421 4.7.28 x", "--provider", "google")["Speaks of"] == (
        "all mail for google"
    )
    assert _told("554 no", "--stage", "connect")["Speaks of"].startswith("the route")


def test_a_reply_of_several_lines_is_one_reply():
    """As a log shows it, with spaces around it."""
    told = _told(" 550-5.1.1 No such\n 550 5.1.1 user \n")
    assert told["Rule"] == "no-such-mailbox"


def test_json_has_every_field_of_the_verdict():
    """For programs: seconds, names and truth values."""
    result = _run(
        "explain", "421 4.7.28 no ada@x.org", "--provider", "google", "--json"
    )
    found = json.loads(result.stdout)
    assert found["text"] == "no a…@x.org"
    assert {key: found[key] for key in ("rule", "scope", "meaning", "actions")} == {
        "rule": "google-quota",
        "scope": "route",
        "meaning": "later",
        "actions": ["pause", "slow"],
    }
    assert (found["pause"], found["attempt"], found["own_of_provider"]) == (
        600.0,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("hello", "'hello' is no reply of a server"),
        ("to ada@example.org", "'to a…@example.org' is no reply of a server"),
        ("", "is no reply of a server"),
        ("550-no end", "is no reply of a server"),
        ("550 one\n550 two", "is no reply of a server"),
        ("999 no", "is no reply of a server"),
        ("250 2.0.0 OK", "250 refuses nothing"),
        ("354 go ahead", "354 refuses nothing"),
    ],
)
def test_what_is_no_refusal_is_told_so(reply, reason):
    """With an example of what is one, and the exit code 2."""
    result = _run("explain", reply)
    assert result.exit_code == 2
    assert reason in " ".join(result.stderr.split())


def test_own_rules_come_first(tmp_path):
    """With --rules a file of one's own is asked before the built-in table."""
    file = tmp_path / "own.toml"
    file.write_text(OWN)
    told = _told("450 over volume", "--rules", str(file))
    assert (told["Rule"], told["This row"]) == (
        "our-relay",
        "goes again after the pause; no try is used up",
    )
    assert ("To do" in told, "Source" in told) == (False, False)
    assert _told("450 over volume")["Rule"] == "recipient-later"
    listed = _run("list", "--rules", file).stdout.splitlines()
    assert listed[:2] == [
        "our-relay: 4xx; /over volume/",
        "    our relay's volume is used up: pause 2 h, slow (route)",
    ]


def test_rules_are_listed_in_their_order():
    """Two lines each: what it fits, and what is done."""
    lines = _run("list").stdout.splitlines()
    assert len(lines) == 2 * len(builtin().rules)
    own = _run("list", "--provider", "apple").stdout
    assert own.startswith("apple-volume: apple; 4xx; /excessive volume")
    assert "google" not in own
    assert (
        "No rule is for 'nobody' alone" in _run("list", "--provider", "nobody").stdout
    )


def test_a_domain_stands_for_its_provider():
    """Whoever has an address at hand need not look up the table."""
    reply = "421 4.7.28 x"
    assert _told(reply, "--provider", "Gmail.com") == _told(
        reply, "--provider", "google"
    )
    assert _run("list", "--provider", "me.com").stdout.startswith("apple-volume")


def test_a_misspelt_provider_is_noticed():
    """Otherwise it would be told what holds for everybody, without a word."""
    result = _run("explain", "421 4.7.28 x", "--provider", "gogle")
    assert result.stderr == (
        "Note: 'gogle' names no provider; did you mean 'google'?\n"
    )
    assert result.exit_code == 0
    assert not _run("explain", "421 4.7.28 x", "--provider", "x.example").stderr


def test_a_rule_in_two_lines():
    """Its conditions and its consequence, in few words."""
    rules = {rule.name: rule for rule in builtin().rules}
    assert conditions(rules["google-relay-peak"]) == (
        "google; at mail rcpt data content; 450; 4.2.1; /relay limit/"
    )
    assert conditions(rules["daily-limit"]).startswith("at mail rcpt data content; 4xx")
    assert consequence(rules["google-relay-peak"]) == (
        "slow, later (route), after 10 min at least"
    )
    assert consequence(rules["policy-refused"]) == (
        "fail (recipient); 5 in a row: pause 1 h"
    )
    assert consequence(rules["blocklist"]) == "pause 2 h (route); 3 in a row: stop"


def test_a_file_is_checked(tmp_path):
    """Right: 0. Wrong: 2, with file, line and field."""
    file = tmp_path / "own.toml"
    file.write_text(OWN)
    result = _run("check", file)
    assert (result.exit_code, result.stdout) == (0, f"{file}: 1 rule, in order.\n")
    file.write_text(OWN + OWN.replace("our-relay", "our-other"))
    assert _run("check", file).stdout == f"{file}: 2 rules, in order.\n"
    file.write_text(OWN.replace("2h", "2 weeks"))
    result = _run("check", file)
    assert result.exit_code == 2
    assert f"Error: {file}:8: rule 'our-relay': 'pause'" in result.stderr


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path):
    """TOML is UTF-8; a byte order mark does no harm."""
    file = tmp_path / "own.toml"
    file.write_bytes(OWN.encode() + "\n# zurück\n".encode("latin-1"))
    result = _run("check", file)
    assert result.exit_code == 2
    assert f"{file}:11: this is not UTF-8" in result.stderr
    file.write_text("\ufeff" + OWN, "utf-8")
    assert _run("check", file).exit_code == 0
