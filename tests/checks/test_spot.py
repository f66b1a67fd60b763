from safesend.checks.piece import Note, NoteKind, Piece
from safesend.checks.spot import Spot, shown


def test_what_stands_at_the_top_is_a_unit():
    """Of a message the headers, the text and the files are units."""
    assert Spot().at("text") == Spot("text", "")


def test_what_stands_inside_something_is_a_place():
    """Of a mail in a file they are places in that file."""
    mail = Spot("attachment 'a.eml'").within("mail inside")

    assert mail.at("text") == Spot("attachment 'a.eml'", "mail inside, text")
    assert Spot(place="mail 2").at("text") == Spot("", "mail 2, text")


def test_what_is_found_in_a_thing_gets_its_place_in_front():
    """A piece and a note of a file, put into the message that it came with."""
    piece = Piece(text="x", place="cell A1")
    note = Note(kind=NoteKind.HIDDEN, what="a sheet is hidden")

    found = list(Spot("attachment 'a'", "mail inside").around([piece, note]))

    assert [one.unit for one in found] == ["attachment 'a'"] * 2
    assert [one.place for one in found] == ["mail inside, cell A1", "mail inside"]


def test_a_name_is_shown_masked_short_and_on_one_line():
    """A file may be named after a person, or be a text by itself."""
    assert shown("ada@example.org.pdf") == "a…@example.org.pdf"
    assert shown("a\r\n\u202eb\x00") == "a b"
    assert len(shown("x" * 1000)) == 80
