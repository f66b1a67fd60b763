"""cli/findings.py: leaks as a table, as JSON, as SARIF."""

from __future__ import annotations

import json

import pytest

from safesend.cli.findings import leak_json, sarif, tell_leaks
from safesend.errors import Leak, Severity

HIDDEN = Leak(
    "L23",
    "attachment 'prices.xlsx', very hidden sheet 'raw'",
    "the sheet 'raw' is hidden, and travels with the file",
    advice="Delete the sheet.",
)
FOREIGN = Leak(
    "I3",
    "text, line 4",
    "holds the address of another recipient (a…@example.org, members.csv:17)",
    row="members.csv:3",
    advice="Take it out.",
)
WARNING = Leak("L16", "html", "loads a picture", severity=Severity.WARN)


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_a_table_says_which_where_why_and_what_to_do(capsys, monkeypatch, width):
    """Nothing is cut off, however narrow the terminal."""
    monkeypatch.setenv("COLUMNS", width)
    tell_leaks("This would expose somebody:", [HIDDEN, FOREIGN, FOREIGN])
    shown = capsys.readouterr().err
    letters = "".join(c for c in shown if c.isalnum())
    for word in ("veryhiddensheet", "memberscsv3textline4", "travelswiththefile"):
        if width != "40":
            assert word in letters or width == "80"
    assert shown.startswith("This would expose somebody:")
    assert shown.count("Take it out.") == 1
    assert "L23: Delete the sheet." in shown


def test_nothing_found_nothing_said(capsys):
    """Not even the title."""
    tell_leaks("This would expose somebody:", [])
    assert capsys.readouterr().err == ""


def test_of_many_the_first_are_shown(capsys):
    """And all counted."""
    tell_leaks("Leaks:", [FOREIGN] * 25)
    assert "... and 5 more" in capsys.readouterr().err


def test_no_address_is_shown(capsys):
    """Whatever a place says."""
    leak = Leak("I3", "ada@example.org", "bo@example.org", "cy@example.org:1")
    tell_leaks("Leaks:", [leak])
    shown = capsys.readouterr().err + json.dumps([leak_json(leak), sarif([leak], "f")])
    assert not any(address in shown for address in ("ada@", "bo@"))


def test_a_leak_as_json_has_all_its_parts():
    """As plain values."""
    assert leak_json(FOREIGN) == {
        "check": "I3",
        "severity": "refuse",
        "row": "members.csv:3",
        "place": "text, line 4",
        "reason": FOREIGN.reason,
        "advice": "Take it out.",
    }


def test_sarif_names_file_line_and_rule():
    """As OASIS SARIF 2.1.0 has them."""
    told = sarif([HIDDEN, FOREIGN, WARNING], "campaign.toml")
    assert told["version"] == "2.1.0"
    [run] = told["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["I3", "L16", "L23"]
    assert all(rule["shortDescription"]["text"] for rule in rules)
    hidden, foreign, warning = run["results"]
    assert rules[hidden["ruleIndex"]]["id"] == hidden["ruleId"] == "L23"
    assert (hidden["level"], warning["level"]) == ("error", "warning")
    place = hidden["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "campaign.toml"}}
    place = foreign["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "members.csv"
    assert place["region"] == {"startLine": 3}


def test_an_advice_is_a_rule_of_sarif_as_well():
    """With its title and what to do."""
    leak = Leak("M06", "html, line 2", "1 of 1 pictures", severity=Severity.WARN)
    [rule] = sarif([leak], "campaign.toml")["runs"][0]["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"].startswith("A picture says nothing")
    assert "alt=" in rule["help"]["text"]
