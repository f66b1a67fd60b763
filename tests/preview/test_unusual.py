"""preview/unusual.py: what makes a row worth a look."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview.mailings import person, picture
from safesend import Recipient
from safesend.preview.unusual import KINDS, is_unseen, texts, unusual


def _kinds(recipient, wanted=KINDS):
    text = "\n".join(t for value in recipient.fields.values() for t in texts(value))
    return set(unusual(recipient, text, set(wanted)))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("Ada Nowak", set()),
        ("Béla", {"letters outside of ASCII"}),
        ("שרה", {"letters outside of ASCII", "writing from right to left"}),
        (
            "Zoe\u0301",
            {"letters outside of ASCII", "accents as characters of their own"},
        ),
        ("O'Brien", {"characters that mean something in HTML"}),
        ("<b>", {"characters that mean something in HTML"}),
        ("{{ name }}", {"braces, as templates have them"}),
        ("🎉", {"letters outside of ASCII", "emoji or other signs"}),
        ("a\u202eb", {"letters outside of ASCII", "characters that nobody sees"}),
        (" ", {"a field left empty"}),
        (None, {"a field left empty"}),
    ],
)
def test_a_name_is_unusual_in_its_way(name, kinds):
    """Each kind is found where it is, and nowhere else."""
    assert _kinds(person(1, name=name)) == kinds


def test_an_address_is_unusual_outside_of_ascii():
    """In its local part, or in its domain as a person writes it."""
    kind = {"an address outside of ASCII"}
    assert _kinds(Recipient("béla@example.org")) == kind
    assert _kinds(Recipient("bela@bücher.example")) == kind
    assert _kinds(Recipient("bela@example.org")) == set()


def test_a_row_with_files_of_its_own_is_unusual():
    """Nobody else gets them."""
    recipient = Recipient("a@example.org", attachments=[picture()])
    assert _kinds(recipient) == {"files of its own"}


def test_only_what_is_wanted_is_looked_for():
    """A kind of which there is one already costs nothing any more."""
    wanted = {"emoji or other signs"}
    assert _kinds(person(1, name="Béla 🎉"), wanted) == wanted


def test_every_text_of_a_row_is_looked_at():
    """In lists and in groups of fields as well; numbers and dates as printed."""
    value = ("a", {"b": "c", "d": 5}, date(2027, 1, 15), None, True)
    recipient = person(1, more=value)
    found = list(texts(recipient.fields["more"]))
    assert found == ["a", "c", "5", "2027-01-15", "", "True"]


@given(st.text())
def test_what_nobody_sees_is_what_prints_as_nothing(text):
    """Whatever is printable is seen; the joiners of writing are left alone."""
    assert not any(is_unseen(c) for c in text if c.isprintable())
    assert not is_unseen("\u200d")
    assert is_unseen("\u2028")
