from checks.worlds import World, person, text
from safesend.checks.piece import Note, NoteKind
from safesend.checks.unreadable_files import CHECK
from safesend.errors import Severity

WORLD = World.of(person("ada@example.net"))
FILE = "attachment 'list.zip'"


def test_what_cannot_be_read_is_refused():
    """The reason is said as the reader of files said it."""
    note = Note(unit=FILE, kind=NoteKind.UNREADABLE, what="it is encrypted")
    [leak] = WORLD.examine(CHECK, note, note)
    assert (leak.check, leak.severity) == ("L38", Severity.REFUSE)
    assert leak.place == FILE
    reason = "cannot be read: it is encrypted; nobody knows what is in it"
    assert leak.reason == reason


def test_a_message_that_cannot_be_read_has_a_place():
    """Where no file is named, it is the message itself."""
    note = Note(kind=NoteKind.UNREADABLE, what="it has too many parts")
    [leak] = WORLD.examine(CHECK, note)
    assert leak.place == "the message"


def test_an_unknown_format_is_reported():
    """Its octets were searched."""
    note = Note(unit=FILE, kind=NoteKind.UNKNOWN, what="its format is not known")
    [leak] = WORLD.examine(CHECK, note)
    assert leak.severity is Severity.WARN


def test_braces_and_addresses_in_names_do_no_harm():
    """Names of members are anybody's."""
    note = Note(
        unit="attachment '{0}{x}.zip'",
        place="member 'bob@example.net'",
        kind=NoteKind.UNREADABLE,
        what="it is {damaged}",
    )
    [leak] = WORLD.examine(CHECK, note)
    assert "{damaged}" in leak.reason
    assert "bob" not in str(leak)


def test_other_notes_pass():
    """They are the matter of other checks."""
    hidden = Note(unit=FILE, kind=NoteKind.HIDDEN, what="a sheet is hidden")
    assert WORLD.examine(CHECK, hidden, text("it is encrypted")) == []
    assert CHECK.allowable


def test_many_parts_of_a_file_are_one_leak():
    """Ten parts of a workbook that cannot be opened are one thing to mend."""
    notes = [
        Note(
            unit="attachment 'a.xlsx'",
            place=f"part '{number}.xml'",
            kind=NoteKind.UNREADABLE,
            what="it is damaged",
        )
        for number in range(10)
    ]
    [leak] = WORLD.examine(CHECK, *notes)
    assert leak.place == "attachment 'a.xlsx', part '0.xml' and 9 more"
