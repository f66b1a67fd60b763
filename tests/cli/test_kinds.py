"""cli/kinds.py: what a mailing is, in one line."""

from __future__ import annotations

import pytest

from safesend.cli.kinds import ahead, kind_line, seeds_words


@pytest.mark.parametrize(
    ("kind", "about", "words"),
    [
        ("", "", ""),
        ("test", "of spring", "Test messages of spring: nobody on the list gets them."),
        (
            "correction",
            "of spring",
            "A correction of spring: only those who have that one get it.",
        ),
        (
            "redirected",
            "to q…@x.example",
            "REDIRECTED to q…@x.example: nobody on the list gets it.",
        ),
        (
            "redirected",
            "to q…@x.de, except at y.de",
            "REDIRECTED to q…@x.de, except at y.de: nobody else on the list gets it.",
        ),
    ],
)
def test_each_kind_has_its_words(kind, about, words):
    """A mailing to a list needs none."""
    assert kind_line(kind, about) == words
    assert bool(ahead(kind)) == (kind == "redirected")


def test_seeds_are_counted_in_words():
    """Behind a count of people."""
    assert [seeds_words(n) for n in (0, 1, 2100)] == [
        "",
        ", 1 of them a seed",
        ", of them 2,100 seeds",
    ]
