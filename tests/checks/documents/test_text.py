"""Tests of plain text files."""

from __future__ import annotations

import binascii

import pytest

from checks.documents.reads import ADA, pieces, places, seen
from safesend.checks.documents.text import lines


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.log", "a.sql", "a.yaml", "a"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-be", "cp1252"])
def test_a_text_is_read_line_by_line(name, charset):
    """In whatever charset, with the number of the line."""
    octets = "Grüße\n\nan ada@example.org\n".encode(charset)
    assert [(one.text, one.line) for one in pieces(name, octets)] == [
        ("Grüße", 1),
        ("an ada@example.org", 3),
    ]


def test_a_file_folded_up_in_a_text_is_read():
    """An uuencoded one, as old mailers put them into letters."""
    body = binascii.b2a_uu(b"x,ada@example.org\n").decode()
    text = f"Hello\nbegin 644 list.csv\n{body}`\nend\n".encode()
    assert places("a.txt", text) == ["file 'list.csv', cell B1"]


def test_a_text_with_a_few_zeros_is_searched_as_octets_too():
    """A log may hold a stretch of UTF-16."""
    octets = b"plain line\n" * 999 + "ada@example.org".encode("utf-16-le")
    assert ADA in seen("a.log", octets)


def test_lines_that_are_not_blank():
    """All line ends of Unicode count."""
    assert list(lines("a\r\n\n b\x0b\u2028c")) == [(1, "a"), (3, " b"), (5, "c")]
