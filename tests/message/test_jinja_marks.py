"""message/jinja_marks.py: the places of placeholders, as Jinja2 itself reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateSyntaxError

from safesend.message.jinja_marks import EXPRESSION, STATEMENT, find_marks, masked

MARKS = {
    "a {{ name }} b": [("expression", "{{ name }}")],
    '{{ "}}" }}{{ {"a": {}}["a"] }}': [
        ("expression", '{{ "}}" }}'),
        ("expression", '{{ {"a": {}}["a"] }}'),
    ],
    "x \n{%- if a -%} \n y{% endif %}": [
        ("statement", "{%- if a -%} \n "),
        ("statement", "{% endif %}"),
    ],
    "{# {{ a }} #}b": [("comment", "{# {{ a }} #}")],
    "{% raw %}{{ a }}{% endraw %}": [("raw", "{% raw %}"), ("raw", "{% endraw %}")],
    "no { } % # {a}": [],
}


@pytest.mark.parametrize(("source", "marks"), MARKS.items(), ids=MARKS)
def test_every_mark_is_found_whole(source, marks):
    """Strings, nested braces and white space control are no obstacle."""
    assert [(mark.kind, mark.text) for mark in find_marks(source)] == marks


def test_a_statement_has_a_keyword():
    """Other marks have none."""
    words = [mark.keyword for mark in find_marks("{%-if x%}{{ y }}{% endif %}")]
    assert words == ["if", "", "endif"]


PIECES = [
    "{{ a }}",
    "{%- if a -%}",
    "{% endif %}",
    "{# c #}",
    "<b x='",
    "'>",
    " \n",
    "z",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_what_is_no_mark_stays_at_its_place(source):
    """The masked source is as long, and differs where marks are only."""
    try:
        marks = find_marks(source)
    except TemplateSyntaxError:
        return
    shown = masked(source, marks)
    assert len(shown) == len(source)
    inside = {place for mark in marks for place in range(mark.start, mark.end)}
    for place, (before, after) in enumerate(zip(source, shown, strict=True)):
        assert (
            (after in (EXPRESSION, STATEMENT, " "))
            if place in inside
            else (before == after)
        )
