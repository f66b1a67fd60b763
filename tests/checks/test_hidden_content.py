from checks.worlds import World, person, text
from safesend.checks.hidden_content import CHECK
from safesend.checks.piece import Note, NoteKind

WORLD = World.of(person("ada@example.net"))
FILE = "attachment 'prices.xlsx'"


def hidden(what, place="", unit=FILE):
    """A note on something hidden."""
    return Note(unit=unit, place=place, kind=NoteKind.HIDDEN, what=what)


def test_each_hidden_thing_is_refused_once():
    """It is named with the file, and how to get rid of it."""
    sheet = hidden("the sheet 'raw' is hidden", "sheet 'raw'")
    rows = hidden("3 rows are hidden", "sheet 'Prices'")
    leaks = WORLD.examine(CHECK, sheet, rows, sheet, row=0)
    assert [(leak.check, leak.place) for leak in leaks] == [
        ("L23", f"{FILE}, sheet 'raw'"),
        ("L23", f"{FILE}, sheet 'Prices'"),
    ]
    assert "the sheet 'raw' is hidden" in leaks[0].reason
    assert "delete" in leaks[0].advice


def test_the_same_in_two_files_is_two_leaks():
    """Each file must be looked at."""
    notes = [hidden("a comment", unit=unit) for unit in (FILE, "attachment 'b.xlsx'")]
    assert len(WORLD.examine(CHECK, *notes)) == 2


def test_names_of_hidden_things_are_masked():
    """A sheet may be called like an address."""
    [leak] = WORLD.examine(CHECK, hidden("the sheet 'bob@example.net' is hidden"))
    assert "bob" not in str(leak)


def test_other_notes_and_texts_pass():
    """Hidden text of a page (a preheader) is no hidden sheet."""
    other = Note(unit=FILE, kind=NoteKind.UNKNOWN, what="its format is not known")
    assert WORLD.examine(CHECK, other, text("preheader", hidden=True)) == []
    assert WORLD.examine(CHECK) == []
    assert CHECK.allowable
