"""intake/cells.py: values of a database as text."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import AudienceError
from safesend.intake.book import Book
from safesend.intake.cells import (
    LARGEST,
    cell_text,
    is_clean,
    layout_of_titles,
    rows_of,
)
from safesend.intake.layout import Choice
from safesend.message.values import UnfitValue

ANY = Choice.of(None, None, None, columns=None, folder=None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("Zoë", "Zoë"),
        (True, "true"),
        (False, "false"),
        (-7, "-7"),
        (0.1, "0.1"),
        (3.0, "3"),
        (1e16, "10000000000000000"),
        (1e-7, "0.0000001"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
        (dt.date(2031, 2, 3), "2031-02-03"),
        (dt.time(9, 30), "09:30:00"),
        (dt.datetime(2031, 2, 3, 9, 30), "2031-02-03 09:30:00"),  # noqa: DTZ001
        (dt.datetime(2031, 2, 3, 9, tzinfo=dt.UTC), "2031-02-03 09:00:00+00:00"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    ],
)
def test_a_value_has_one_text(value, text):
    """The same whichever database it comes from."""
    assert cell_text(value) == text


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"secret", "holds octets"),
        (memoryview(b"secret"), "holds octets"),
        (["secret"], "holds a list"),
        ({"secret": 1}, "holds a dict"),
        (dt.timedelta(1), "holds a timedelta"),
        (float("nan"), "holds no number"),
        (float("-inf"), "holds no number"),
        (Decimal("sNaN"), "holds no number"),
        (Decimal("1E+999999"), "too long"),
        ("secret\0", "a NUL"),
        ("secret\udc80", "no UTF-8"),
        ("x" * (LARGEST + 1), "longer than 1,048,576"),
    ],
)
def test_what_has_no_text_is_refused_without_being_shown(value, reason):
    """The reason says what kind of thing it is, never what was in it."""
    with pytest.raises(UnfitValue, match=reason) as caught:
        cell_text(value)
    assert "secret" not in str(caught.value)


def test_a_number_longer_than_python_writes_is_refused():
    """4,300 digits are no value of a letter."""
    with pytest.raises(UnfitValue, match="too long"):
        cell_text(10**5000)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_keeps_its_value(value):
    """Whatever its size, written without an exponent."""
    text = cell_text(value)
    assert float(text) == value
    assert "e" not in text.lower()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_a_decimal_keeps_its_digits(value):
    """Trailing zeros are part of a price."""
    assert Decimal(cell_text(value)).as_tuple() == value.as_tuple()


@given(st.one_of(st.integers(), st.datetimes(), st.dates(), st.times(), st.text()))
def test_every_text_can_be_written_and_sent(value):
    """Nothing comes out that a letter or a file could not hold."""
    try:
        text = cell_text(value)
    except UnfitValue:
        assert "\0" in str(value)
    else:
        assert is_clean(text)


@pytest.mark.parametrize(
    ("titles", "reason"),
    [
        (["email", "E-mail", "EMAIL"], "another column becomes 'email'"),
        (["email", "ada@example.org"], "the name of column 2 holds an address"),
        (["email", "a\0b"], "the name of column 2"),
        (["email", "!"], "column 2 has no name"),
        (["name"], "no column looks like the one of addresses"),
        (["email", "mail"], "several columns look like"),
    ],
)
def test_columns_that_cannot_be_told_apart_are_refused(titles, reason):
    """Before a row is read; an address is never shown."""
    with pytest.raises(AudienceError, match=reason) as caught:
        layout_of_titles(Book("list"), ANY, titles)
    assert "ada@" not in str(caught.value)


def test_rows_that_cannot_be_are_booked_and_the_others_go_on():
    """With every column that is wrong, by its title."""
    book = Book("the query")
    rows = rows_of(
        book, ["E-Mail", "N"], [(1, ("a", 1)), (2, (b"", [])), (3, ("c", 0))]
    )
    assert list(rows) == [
        (1, {"e_mail": "a", "n": "1"}),
        (3, {"e_mail": "c", "n": "0"}),
    ]
    told = [str(one) for one in book.problems]
    assert len(told) == 2
    assert told[0].startswith("row 2 of the query, column 'E-Mail': it holds octets")
    assert told[1].startswith("row 2 of the query, column 'N': it holds a list; make")
