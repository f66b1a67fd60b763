"""Tests of tables as text."""

from __future__ import annotations

import pytest

from checks.documents.reads import ADA, pieces, places, seen, texts
from safesend.checks.documents.table import column_names, one_row


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_cells_have_places_whatever_parts_them(sign):
    """The sign is found by itself; rows count as sheets count them."""
    rows = [["name", "mail"], ["Ada L.", ADA], ["Bob", "bob@example.org"]]
    octets = "\n".join(sign.join(row) for row in rows).encode()
    assert places("a.csv", octets) == ["cell B2"]


def test_excel_may_say_what_parts_the_cells():
    """In a first line of its own."""
    assert places("a.csv", b"sep=;\na,b;ada@example.org\n") == ["cell B2"]
    assert places("a.csv", b"sep=x\na,ada@example.org\n") == ["cell B2"]


def test_a_quoted_cell_may_hold_anything():
    """Line breaks and tabs inside become blanks."""
    assert texts("a.csv", b'"x\ty\nz","a ""b"""\n') == ['x y z\ta "b"']


def test_blank_rows_are_counted_and_left_out():
    """A row without content says nothing."""
    assert places("a.csv", b"a,b\n,\n\nc,ada@example.org\n") == ["cell B4"]


def test_a_quote_that_nobody_closes_is_read_as_lines():
    """Rather than as one cell that swallows the rest."""
    octets = b'a,"b\n' + b"x,y\n" * 99_999 + b"c,ada@example.org\n"
    assert ADA in seen("a.csv", octets)


def test_character_references_are_not_torn():
    """They end in the sign that parts the cells."""
    assert ADA in seen("a.csv", b"name;mail\nAda;ada&#64;example.org\n")


def test_columns_are_named_as_in_sheets():
    """After Z comes AA, after ZZ comes AAA."""
    names = column_names(703)
    assert (names[0], names[25], names[26], names[701], names[702]) == (
        *("A", "Z", "AA", "ZZ", "AAA"),
    )


def test_a_row_has_a_place():
    """Readers of other tables give their own."""
    row = one_row(["a", ADA], 7, "sheet 'x'")
    assert row.where(row.text.index(ADA)) == "sheet 'x', cell B7"


def test_a_very_wide_row_is_whole():
    """Columns beyond those of Excel keep the last name."""
    [row] = pieces("a.csv", b"x," * 20_000 + b"ada@example.org")
    assert row.where(len(row.text) - 1) == "cell XFD1"
