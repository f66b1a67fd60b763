"""What a look before sending came to."""

import json

import pytest

from safesend.preflight.profiles import standings
from safesend.preflight.report import Finding, Grade
from safesend.preflight.result import Preflight


def _result(*grades):
    found = tuple(
        Finding(check=f"P{number}", what="x", grade=grade, reason="so")
        for number, grade in enumerate(grades, 1)
    )
    profiles = standings(found, {"gmail.com": 3})
    return Preflight(campaign="fair", people=3, findings=found, profiles=profiles)


@pytest.mark.parametrize(
    ("grades", "ok"),
    [
        ((), False),
        ((Grade.SKIPPED, Grade.SKIPPED), False),
        ((Grade.SKIPPED, Grade.PASS), True),
        ((Grade.PASS, Grade.WARN), True),
        ((Grade.PASS, Grade.UNKNOWN), False),
        ((Grade.WARN, Grade.FAIL), False),
    ],
)
def test_a_warning_stands_in_nobodys_way(grades, ok):
    """
    What fails does, what could not be seen, and that nothing was looked at.
    """
    assert _result(*grades).ok is ok


def test_the_findings_of_a_check_are_had_by_its_number():
    """
    P1 is not P10.
    """
    result = _result(*[Grade.PASS] * 9, Grade.FAIL)
    assert [one.grade for one in result.of("P1")] == [Grade.PASS]
    assert [one.grade for one in result.of("P10")] == [Grade.FAIL]


def test_it_is_told_to_programs_as_plain_values():
    """
    All findings, and every requirement of every provider with its page.
    """
    result = _result(Grade.FAIL, Grade.PASS)
    told = json.loads(json.dumps(result.to_json()))
    assert (told["ok"], told["grade"], told["people"]) == (False, "fail", 3)
    assert told["skipped"] == []
    assert _result(Grade.PASS, Grade.SKIPPED).to_json()["skipped"] == ["P2"]
    assert told["findings"][0] == {
        "check": "P1",
        "what": "x",
        "about": "",
        "grade": "fail",
        "reason": "so",
        "seen": [],
        "publish": "",
    }
    gmail = told["profiles"][0]
    assert (gmail["name"], gmail["people"], gmail["bulk"]) == ("gmail", 3, False)
    assert gmail["met"] == 2
    assert gmail["requirements"][0]["grade"] == "pass"
    assert gmail["requirements"][0]["source"].startswith("https://")
