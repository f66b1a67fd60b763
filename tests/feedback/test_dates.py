"""feedback/dates.py: dates that anybody may have written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.feedback.dates import first_date

_DATE = "Fri, 15 Jan 2027 08:00:00 +0000"


def test_the_first_date_counts():
    """
    What is none before it is passed over.
    """
    assert first_date(["", "soon", _DATE, "1 Jan 2000 00:00 +0000"]) == 1_800_000_000
    assert first_date(["Fri, 15 Jan 2027 09:00:00 +0100 (CET)"]) == 1_800_000_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Fri, 15 Foo 2027 08:00:00 +0000",
        "15 Jan 1950 08:00:00 +0000",
        "15 Jan 999999999 08:00:00 +0000",
        "15 Jan 2027 08:00:00 +9999999999999999",
        "15 Jan 2027 99999999999999999999:00:00 +0000",
    ],
)
def test_what_is_no_date_is_none(text):
    """
    Nor one before computers, or after the year 9999.
    """
    assert first_date([text]) is None


@given(st.text(max_size=200) | st.from_regex(r"\d+ Jan \d+ \d+:\d+ [+-]\d+"))
def test_nothing_is_raised(text):
    """
    Whatever stands there.
    """
    date = first_date([text])
    assert date is None or 0 <= date < 253_402_300_800
