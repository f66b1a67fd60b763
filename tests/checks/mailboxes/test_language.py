"""checks/mailboxes/language.py: a letter says its language."""

from __future__ import annotations

import pytest

from checks.mailboxes.letters import said
from safesend.checks.mailboxes.language import ADVICE


@pytest.mark.parametrize("html", ["\n<html><p>a", "\n<HTML lang=''>"])
def test_a_page_without_one_is_reported(html):
    """With its line."""
    [(place, reason)] = said(ADVICE, html)
    assert place == "html, line 2"
    assert "(lang)" in reason


@pytest.mark.parametrize(
    "html",
    ["<html lang=en>", "<html xml:lang='de'>", "<html lang='{{ l }}'>", "<p>a", None],
)
def test_a_page_that_says_it_passes(html):
    """A piece of a page is no page."""
    assert said(ADVICE, html) == []
