"""checks/base.py: a check is its docstring and its question."""

from __future__ import annotations

import pytest

from safesend.checks.base import Check
from safesend.checks.circle import EVERYBODY, Reader
from safesend.errors import Severity

DOC = """A list in a file (L21).

Danger: it is
seen.

Real case: a council, in 2017.

What safesend does: it reads the file.

Way out: take the list away.
"""


def _check(doc):
    return Check.of(doc, id="L21", examine=None, allowable=True)


def test_a_check_is_explained_by_its_docstring():
    """The first line is its title, the paragraphs its sections."""
    check = _check(DOC)
    assert check.title == "A list in a file"
    assert check.danger == "It is seen."
    assert check.case == "A council, in 2017."
    assert check.answer == "It reads the file."
    assert check.way_out == "Take the list away."


def test_without_docstrings_it_works_as_well():
    """Python -OO drops them."""
    check = _check(None)
    assert (check.title, check.way_out) == ("", "")
    assert check.leak("text", "says it", EVERYBODY).check == "L21"


def test_a_leak_names_its_row_and_what_to_do():
    """And refuses unless it only warns."""
    leak = _check(DOC).leak("text", "says it", Reader(row="m.csv:3"))
    assert (leak.row, leak.advice, leak.severity) == (
        "m.csv:3",
        "Take the list away.",
        Severity.REFUSE,
    )
    warning = _check(DOC).leak("text", "x", EVERYBODY, Severity.WARN)
    assert warning.severity is Severity.WARN


@pytest.mark.parametrize(
    "name",
    [
        "for eve@example.net.txt",
        "for eve%40example.net .bin",
        "eve=40example.net",
        "eve(at)example.net",
        "eve\\u0040example.net",
    ],
)
def test_no_leak_repeats_an_address(name):
    """However it stands in the name of a file."""
    leak = _check(DOC).leak(f"attachment {name!r}, line 1", f"in {name!r}", EVERYBODY)
    assert "eve" not in str(leak)
    assert leak.place.startswith("attachment '")
    bare = _check(DOC).leak(f"header {name}", "holds it", EVERYBODY)
    assert "eve" not in str(bare).replace("e…@", "")


def test_places_without_addresses_stay_as_they_are():
    """Quotes and all."""
    place = "attachment 'prices.xlsx', hidden sheet 'raw', cell B7"
    assert _check(DOC).leak(place, "x", EVERYBODY).place == place
