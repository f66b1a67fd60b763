"""checks/mailboxes/size.py: how much of a letter Gmail shows."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import composed, letter, said
from safesend.checks.mailboxes.size import ADVICE, MOST, row_size

LONG = "<p>" + "x" * (MOST - 3)


def test_what_is_too_long_for_everybody_is_said_once():
    """Octets of UTF-8 are counted, not those of the wire."""
    assert said(ADVICE, LONG) == []
    assert said(ADVICE) == []
    assert said(ADVICE, LONG + "\n") == [
        ("html", "has 102.0 kB, 0.1 kB more than Gmail shows")
    ]
    assert said(ADVICE, "ü" * 60_000) == [
        ("html", "has 120.0 kB, 18.0 kB more than Gmail shows")
    ]
    assert said(ADVICE, "ü" * 50_000) == []


def test_rows_are_not_asked_then():
    """Nor where there is no html."""
    assert row_size(letter(LONG + "{{ a }}\n")) is None
    assert row_size(letter()) is None


@pytest.mark.parametrize(
    "html",
    ["{{ a }} {{ b|upper }} {{ a }}", "{% if a %}{{ a }}{{ b }}{{ a }}{% endif %} "],
)
def test_a_value_can_make_it_too_long(html):
    """However often it stands there, and however it is encoded."""
    found = letter(html, text="Hello")
    look = row_size(found).look
    assert look(composed(found, a="ü" * 20_000, b="x" * 21_998)) is None
    place, reason = look(composed(found, a="ü" * 20_000, b="x" * 22_000))
    assert (place, reason) == (
        "html",
        "has 102.0 kB, 0.1 kB more than Gmail shows, with the values of this row",
    )
    assert look(composed(found, a="a", b="b")) is None
