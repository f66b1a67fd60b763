"""Tests of how one value is printed; `test_part` has those against Jinja2."""

from __future__ import annotations

import sys

import pytest

from safesend.errors import TemplateError
from safesend.message.placeholders import SUSPECT, Blank
from safesend.message.slot import Slot, as_data, escaped, slot_html, slot_text


def test_a_field_is_printed_as_it_is():
    """A slot without more to do is plain, and the name says which field."""
    slot = Slot("name")

    assert slot.plain
    assert slot.text({"name": "Ada"}) == "Ada"
    assert slot.text({"name": 7}) == "7"
    with pytest.raises(KeyError):
        slot.text({})


def test_an_expression_is_worked_out():
    """What it is called is what makes it itself."""
    slot = Slot("name|upper", lambda fields: str(fields["name"]).upper())

    assert not slot.plain
    assert slot.text({"name": "Ada"}) == "ADA"
    assert slot == Slot("name|upper") != Slot("name")


@pytest.mark.parametrize("blank", ["", " ", "\u2003", "\u00a0\n", "\u1680"])
def test_what_is_blank_is_never_printed(blank):
    """No value passes unseen, whatever white space it begins with."""
    for fill in (slot_text, slot_html):
        with pytest.raises(TemplateError, match="is empty"):
            fill(blank, "name")
    assert type(as_data(blank)) is Blank


def test_every_white_space_is_looked_at():
    """The quick look at the first character lets no blank value by."""
    blanks = {chr(code) for code in range(sys.maxunicode) if chr(code).isspace()}

    assert blanks < SUSPECT


@pytest.mark.parametrize("value", ["{{ name }}", " *|NAME|*", "\u2003%(name)s", "${x}"])
def test_what_was_never_filled_in_is_refused(value):
    """A value that is nothing but a placeholder, in plain slots and as data."""
    for fill in (slot_text, slot_html, as_data):
        with pytest.raises(TemplateError, match="unfilled placeholder"):
            fill(value, "name")


@pytest.mark.parametrize("value", ["Ada", None, 7, ("a", "b"), "{x"])
def test_other_data_stays_what_it_is(value):
    """A part with logic may test it or loop over it."""
    assert as_data(value) is value


def test_html_says_the_same():
    """The five characters that mean something in html."""
    assert escaped("<a & 'b' \">") == "&lt;a &amp; &#39;b&#39; &#34;&gt;"
