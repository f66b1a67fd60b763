"""The page about providers lists those that safesend knows."""

from __future__ import annotations

from docs.providers_page import FILE, page


def test_the_page_is_the_one_that_the_table_makes() -> None:
    """A domain that is added to the table is added to the page."""
    made = "run: python tests/docs/providers_page.py"
    assert FILE.read_text("utf-8") == page(), made
