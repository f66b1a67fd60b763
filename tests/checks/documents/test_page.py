"""Tests of HTML files."""

from __future__ import annotations

import base64

from checks.documents.reads import ADA, places, seen


def test_a_page_is_read_as_it_shows_and_as_it_is_written():
    """Text across tags, comments, files in URLs; in whatever charset."""
    assert places("a.html", b"<html><p>\n<b>a</b>da@example.org") == ["line 2"]
    assert ADA in seen("a.htm", "<!-- ada@example.org -->".encode("utf-16"))


def test_a_file_in_a_url_is_read():
    """A picture with metadata, a table."""
    table = base64.b64encode(b"x,ada@example.org\n" * 5).decode()
    page = f'<html><a href="data:text/csv;base64,{table}">x</a>'
    assert ADA in seen("a.html", page.encode())
