from safesend.checks.html_lines import Lines
from safesend.checks.spot import Spot


def lines_of(*texts, **options):
    """The pieces of one line of these texts; None is a new cell, a tuple is hidden."""
    lines = Lines(Spot("html"), **options)
    for text in texts:
        if text is None:
            lines.cell()
        elif isinstance(text, tuple):
            lines.words(text[0], 1, hidden=True)
        else:
            lines.words(text, 1)
    return [(piece.text, piece.hidden) for piece in lines.end()]


def test_texts_between_inline_tags_are_one_word():
    """A tag in an address does not hide it."""
    assert lines_of("mail a", "da", "@example.org") == [("mail ada@example.org", False)]


def test_white_space_is_one_blank():
    """Unless it stands in a text that keeps its lines."""
    lines = Lines(Spot("html"))
    lines.words(" \n a \t\n b\n", 3)
    piece = next(lines.end())
    assert (piece.text, piece.line) == ("a b", 4)

    lines.words("a  b\nc\n", 7, verbatim=True)
    assert [(one.text, one.line) for one in lines.end()] == [("a  b", 7), ("c", 8)]


def test_an_empty_line_has_no_piece():
    """Blanks and cells by themselves say nothing."""
    assert lines_of(" ", None, "\n") == []
    assert list(Lines(Spot("html")).end()) == []


def test_cells_stand_apart():
    """A word does not go on in the next cell."""
    assert lines_of("ada", None, "bob") == [("ada\tbob", False)]


def test_what_is_hidden_is_a_piece_of_its_own():
    """What is shown is read without it, and once more with it if that may matter."""
    assert lines_of("a ", ("no",), "b") == [("a b", False), ("no", True)]
    assert lines_of("ada", ("no",), "@x.org") == [
        ("ada@x.org", False),
        ("no", True),
        ("adano@x.org", True),
    ]
    assert lines_of(("a@b.c",)) == [("a@b.c", True)]


def test_everything_is_hidden_in_what_is_hidden():
    """A comment that holds a page."""
    assert lines_of("a", hidden=True) == [("a", True)]


def test_an_address_that_touches_other_texts_is_read_by_itself_too():
    """The reader sees by the type where it ends."""
    assert lines_of("Mail", "ada@x.org", "Call") == [
        ("Mailada@x.orgCall", False),
        ("ada@x.org", False),
    ]
    assert lines_of("Mail: ", "ada@x.org", ", call") == [
        ("Mail: ada@x.org, call", False)
    ]
    assert lines_of("Mail ada@x.org ", "Call") == [("Mail ada@x.org Call", False)]


def test_an_address_that_is_broken_over_two_lines_is_put_together():
    """As in a plain text."""
    lines = Lines(Spot("html"))
    lines.words("to ada@", 1)
    first = list(lines.end())
    lines.words("example.org", 2)
    second = list(lines.end())

    assert [piece.text for piece in first] == ["to ada@"]
    assert [piece.text for piece in second] == ["example.org", "to ada@example.org"]
