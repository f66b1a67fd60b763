"""checks/mailboxes/subject.py: a subject that can be read in a list."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import composed, letter, said
from safesend.checks.mailboxes.subject import ADVICE, row_subject

ALARMS = {
    "x" * 151: "has 151 characters; programs show 70 at most",
    "LAST CHANCE TODAY": "is written in capitals",
    "СРОЧНО: {{ name }} ОТВЕТЬТЕ": "is written in capitals",
}
CLEAN = [
    "x" * 150,
    "NATO",
    "IEEE 802.11 NEWs",
    "URGENT",
    "新年快乐 大家 好 大家 好 大家",
    "{{ a }} {{ b }}",
    "AGM 2026",
]


@pytest.mark.parametrize("subject", ALARMS)
def test_long_ones_and_capitals_are_reported(subject):
    """In whatever script has capitals."""
    assert said(ADVICE, subject=subject) == [("header Subject", ALARMS[subject])]


@pytest.mark.parametrize("subject", CLEAN)
def test_ordinary_ones_pass(subject):
    """One word in capitals, or a short one, is a name."""
    assert said(ADVICE, subject=subject) == []


def test_a_row_can_spoil_it():
    """By a value that is long; one that is empty is refused."""
    assert row_subject(letter()) is None
    found = letter(subject="{{ name or '' }}")
    look = row_subject(found).look
    assert look(composed(found, name="Ada")) is None
    assert look(composed(found, name="ü" * 149)) is None
    assert look(composed(found, name="ü" * 160)) == (
        "header Subject",
        "has 160 characters; programs show 70 at most, in this row",
    )
