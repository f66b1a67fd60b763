"""What a sheet shows and what it hides."""

from __future__ import annotations

import pytest

from safesend.checks.documents.tally import (
    Row,
    Sheet,
    Tally,
    comments_note,
    counted,
)


@pytest.mark.parametrize(
    ("state", "place"),
    [
        ("visible", "sheet 'a'"),
        ("hidden", "hidden sheet 'a'"),
        ("veryHidden", "very hidden sheet 'a'"),
        ("odd", "hidden sheet 'a'"),
    ],
)
def test_a_sheet_says_how_it_is_seen(state: str, place: str) -> None:
    """In the words of those who look for it."""
    assert Sheet("a", state).place == place


def test_numbers_have_their_plural() -> None:
    """And their thousands."""
    assert [counted(n, "row") for n in (1, 2, 18_714)] == [
        "1 row",
        "2 rows",
        "18,714 rows",
    ]
    assert comments_note(1).what == "a comment is in it"
    assert comments_note(2_000).what == "2,000 comments are in it"


def test_a_row_falls_into_what_is_shown_and_what_is_not() -> None:
    """Each cell keeps its column."""
    tally = Tally(Sheet("a"), columns={2: False})
    row = Row(7)
    for column, unseen in ((1, False), (2, False), (3, True)):
        row.add(column, f"t{column}", "=1", unseen=unseen)
    row.add(4, "", "", unseen=True)
    found = {p.place: (p.text, p.columns, p.hidden) for p in tally.pieces(row)}
    assert found == {
        "sheet 'a'": ("t1", ("A",), False),
        "hidden columns of sheet 'a'": ("t2", ("B",), True),
        "invisible cells of sheet 'a'": ("t3", ("C",), True),
        "formulas of sheet 'a'": ("=1\t=1\t=1", ("A", "B", "C"), False),
    }
    assert [note.what for note in tally.notes()] == [
        "column B of sheet 'a' is hidden",
        "1 cell of sheet 'a' is made invisible",
    ]


def test_rows_that_are_alike_share_their_columns() -> None:
    """A long sheet costs no more than its text."""
    tally = Tally(Sheet("a"))
    columns = []
    for number in (1, 2):
        row = Row(number)
        row.add(1, "text", "", unseen=False)
        columns += [piece.columns for piece in tally.pieces(row)]
    assert columns[0] is columns[1]


def test_a_hidden_row_hides_all() -> None:
    """Hidden columns in it count as well."""
    tally = Tally(Sheet("a", "hidden"), columns={1: False})
    row = Row(1, hidden=True)
    row.add(1, "text", "", unseen=False)
    assert [piece.place for piece in tally.pieces(row)] == [
        "hidden rows of hidden sheet 'a'"
    ]
    assert len(list(tally.notes())) == 3
