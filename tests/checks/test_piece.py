"""checks/piece.py: a text, and its place as a person would look for it."""

from __future__ import annotations

import pytest

from safesend.checks.piece import Note, NoteKind, Piece


@pytest.mark.parametrize(
    ("piece", "offset", "where"),
    [
        (Piece(text="x"), 0, ""),
        (Piece(unit="text", text="x", line=3), 0, "text, line 3"),
        (Piece(unit="html", place="comment", text="x"), 0, "html, comment"),
        (
            Piece(
                unit="attachment 'a.xlsx'",
                place="hidden sheet 'raw'",
                text="one\t\tthree",
                line=7,
                columns=("A", "B", "C"),
            ),
            6,
            "attachment 'a.xlsx', hidden sheet 'raw', cell C7",
        ),
        (Piece(text="one\ttwo\tthree", line=1, columns=("A", "B")), 10, "cell B1"),
    ],
)
def test_a_place_is_told_as_a_person_would_look_for_it(piece, offset, where):
    """The unit, where in it, and the line or cell."""
    assert piece.where(offset) == where
    assert where.endswith(piece.inside(offset))


def test_a_note_has_a_place_too():
    """The file, and what in it."""
    note = Note(unit="attachment 'a.zip'", kind=NoteKind.UNREADABLE, what="it is odd")
    assert note.where() == "attachment 'a.zip'"
    inner = Note(unit="x", place="member 'b'", kind=NoteKind.HIDDEN, what="it hides")
    assert inner.where() == "x, member 'b'"


def test_no_piece_prints_its_text():
    """It may be anybody's."""
    assert "ada" not in repr(Piece(text="ada@example.org"))
