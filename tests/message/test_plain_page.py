import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.message.plain_page import Page

STEPS = st.one_of(
    st.tuples(st.just("words"), st.text(alphabet=" \t\n\xa0ab|")),
    st.tuples(st.just("verbatim"), st.text(alphabet=" \t\n\xa0ab|")),
    st.tuples(st.just("margin"), st.integers(1, 2)),
    st.tuples(st.sampled_from(["break_line", "cell", "listen"])),
)


def page_of(*steps):
    page = Page()
    for name, *arguments in steps:
        getattr(page, name)(*arguments)
    return page


def test_an_empty_page_is_an_empty_text():
    """No line end stands alone."""
    assert page_of().text() == ""
    assert page_of(("words", " \n "), ("margin", 2), ("break_line",)).text() == ""


def test_white_space_between_words_is_one_space():
    """Whether it stands within one text or between two."""
    page = page_of(("words", "a  b\n\tc "), ("words", " d"), ("words", "e\xa0f"))

    assert page.text() == "a b c de f\n"


def test_of_several_margins_the_widest_wins():
    """An empty line, not three."""
    page = page_of(("words", "a"), ("margin", 1), ("margin", 2), ("margin", 1))
    page.words("b")

    assert page.text() == "a\n\nb\n"


def test_breaks_make_at_most_one_empty_line():
    """However many of them there are; they do not narrow what is wide already."""
    page = page_of(("words", "a"), *[("break_line",)] * 5, ("words", "b"))
    page.verbatim("\n\n\n")
    page.break_line()
    page.words("c")

    assert page.text() == "a\n\nb\n\n\nc\n"


def test_verbatim_text_keeps_its_white_space():
    """Indentation and empty lines; not what is invisible at line ends."""
    page = page_of(("verbatim", "  a\n\n    b\xa0c  \nd"))

    assert page.text() == "  a\n\n    b c\nd\n"


def test_cells_are_told_apart_and_empty_ones_at_the_end_are_dropped():
    """The first cell of a row begins the line."""
    page = page_of(("cell",), ("words", " a "), ("cell",), ("cell",), ("words", "b"))
    page.cell()
    page.margin(1)
    page.cell()
    page.words("c")

    assert page.text() == "a | | b\nc\n"


def test_a_row_of_empty_cells_does_not_grow_without_end():
    """The output stays linear in the input."""
    page = page_of(("words", "a"), *[("cell",)] * 10_000, ("words", "b"))

    assert len(page.text()) < 100


def test_what_stands_in_is_indented_and_its_marker_stands_once():
    """A wrapped item continues under its first word."""
    page = Page()
    page.indent("> ")
    page.indent("   ", "7. ")
    page.words("a")
    page.break_line()
    page.words("b")
    page.outdent()
    page.margin(1)
    page.words("c")
    page.outdent()
    page.margin(1)
    page.words("d")

    assert page.text() == "> 7. a\n>    b\n> c\nd\n"


def test_indentation_ends_at_twenty_levels():
    """A thousand levels neither fail nor fill the page with blanks."""
    page = Page()
    for _ in range(1000):
        page.indent("  ", "- ")
    page.words("a")

    page.break_line()
    page.words("b")

    assert page.text() == f"{'- ' * 20}a\n{' ' * 40}b\n"


def test_what_was_heard_is_what_was_written_since():
    """Line ends and margins are not heard."""
    page = page_of(("words", "before "), ("listen",), ("words", "a "), ("words", "b"))
    page.margin(2)
    page.words("c")

    assert page.heard() == "a bc"


def test_text_can_be_appended_before_a_margin_that_waits():
    """A link's URL stands with the link."""
    page = page_of(("words", "a"), ("margin", 2))
    page.append(" (b)")
    page.words("c")

    assert page.text() == "a (b)\n\nc\n"


@given(st.lists(STEPS))
def test_a_page_has_no_loose_ends(steps):
    """No white space ends a line, no empty line begins or ends the page."""
    text = page_of(*steps).text()

    assert all(line == line.rstrip() for line in text.split("\n"))
    assert text == "" or (text[0] != "\n" and text[-1] == "\n" != text[-2])


@given(st.lists(STEPS))
def test_every_word_is_on_the_page_in_order(steps):
    """Only white space and the marks between cells come and go."""
    given_text = "".join(step[1] for step in steps if step[0] in ("words", "verbatim"))

    letters = [c for c in page_of(*steps).text() if c in "ab"]

    assert letters == [c for c in given_text if c in "ab"]


@pytest.mark.parametrize("space", list(" \t\n\r\f\xa0"))
def test_each_kind_of_space_separates(space):
    """Those of HTML, and the one that does not break."""
    assert page_of(("words", f"a{space}{space}b")).text() == "a b\n"
