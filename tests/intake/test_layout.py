"""intake/layout.py: which columns a list has, and what each is for."""

from __future__ import annotations

import io

import pytest

from safesend.errors import AudienceError, ConfigurationError
from safesend.intake.book import Book
from safesend.intake.layout import Choice, Layout, TextOrigin, layout_of, listed
from safesend.intake.source import Source


def _choice(address=None, columns=None):
    return Choice.of(address, None, None, columns=columns, folder=None)


def test_the_column_of_addresses_is_found_or_named():
    """The title of each column is kept for messages."""
    found = layout_of(Book("l"), _choice(), 1, ["E-Mail", "First name"])
    assert (found.address, found.title("first_name")) == ("e_mail", "First name")
    assert found.columns == {"e_mail", "first_name"}
    assert layout_of(Book("l"), _choice("Who"), 1, ["who", "mail"]).address == "who"
    assert Layout("x", {}).title("other") == "other"


def test_a_column_that_is_not_there_is_named():
    """With those that are."""
    with pytest.raises(AudienceError, match="no such column; the columns are 'mail'"):
        layout_of(Book("l"), _choice(columns="name"), 1, ["mail"])
    assert listed(["a ", ""]) == "the columns are 'a'"


def test_files_of_persons_need_a_folder():
    """Paths in cells count from somewhere."""
    with pytest.raises(ConfigurationError, match="attachments_dir="):
        Choice.of(None, None, "file", columns=None, folder=None)


def test_an_origin_of_text_opens_its_file_for_each_pass():
    """And says what it is as a whole."""
    source = Source.of(io.StringIO("one\n"), None)
    layout = Layout("x", {})
    origin = TextOrigin(source, lambda text, *_: (layout, [(1, {"x": text.read()})]))
    for _ in range(2):
        with origin.rows(Book("list"), _choice()) as (found, rows):
            assert (found, list(rows)) == (layout, [(1, {"x": "one\n"})])
    assert str(origin.problem("is odd").problems[0]) == "list: is odd"
    assert (origin.file, origin.word) == ("list", "line")
