"""checks/reading.py: what was found, sorted, with its mentions found once."""

from __future__ import annotations

from safesend.checks.piece import Kind, Note, NoteKind, Piece
from safesend.checks.reading import Reading

TEXT = Piece(unit="text", text="write to ada%40example.org", line=2)
LINK = Piece(unit="html", place="link", text="https://example.org", kind=Kind.LINK)
HIDDEN = Note(kind=NoteKind.HIDDEN, what="a sheet is hidden")
READING = Reading.of([TEXT, HIDDEN, LINK])


def test_pieces_and_notes_are_kept_apart():
    """In their order, and by kind on demand."""
    assert READING.pieces == (TEXT, LINK)
    assert READING.notes == (HIDDEN,)
    assert list(READING.of_kind(Kind.LINK)) == [LINK]
    assert list(READING.noted(NoteKind.HIDDEN)) == [HIDDEN]
    assert list(READING.noted(NoteKind.MAIL)) == []


def test_a_sighting_says_where_and_how():
    """Found once, for all who ask."""
    [sighting] = READING.sightings
    assert sighting.piece is TEXT
    assert "ada@example.org" in sighting.mention.spellings
    assert sighting.where() == "text, line 2 (percent-encoded)"
    assert READING.sightings is READING.sightings


def test_a_name_that_holds_the_address_is_left_out():
    """Also where a program took the disguise for something else."""
    name = r"for eve.stone\u0040example.net.bin"
    shown = "attachment 'for eve.stoneu0040example.net.bin'"
    [sighting] = Reading.of([Piece(unit=shown, text=name)]).sightings
    assert "stone" not in sighting.where()
    assert sighting.where().startswith("attachment '…'")
