from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import Problem
from safesend.intake.book import Book


def test_a_row_may_have_several_problems():
    """
    Each is kept with its column; the row is counted once.
    """
    book = Book("members.csv")

    book.reject(3, ("email", "the address is empty"), ("seat", "the key is empty"))

    assert (book.rows, book.total) == (1, 2)
    assert book.problems == [
        Problem("members.csv", 3, "email", "the address is empty"),
        Problem("members.csv", 3, "seat", "the key is empty"),
    ]


def test_a_fatal_problem_comes_after_the_others():
    """
    The error tells what was found before as well.
    """
    book = Book("members.csv")
    book.reject(3, ("email", "the address is empty"))

    error = book.fatal(4, "", "it is not utf-8")

    assert [problem.line for problem in error.problems] == [3, 4]
    assert "members.csv:4: it is not utf-8" in str(error)


@given(st.lists(st.integers(1, 400), max_size=12))
def test_all_are_counted_and_a_thousand_kept(rows):
    """
    However many problems the rows have.
    """
    book = Book("members.csv")
    for line, count in enumerate(rows):
        book.reject(line, *[("email", "the address is empty")] * count)

    assert (book.rows, book.total) == (len(rows), sum(rows))
    assert len(book.problems) == min(1_000, sum(rows))
    assert book.error().total == sum(rows)
