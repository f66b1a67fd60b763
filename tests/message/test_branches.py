"""message/branches.py: what a row's logic can do to the elements of a letter."""

from __future__ import annotations

import pytest

from safesend.errors import TemplateError
from safesend.message.branches import tags_in_branches
from safesend.message.jinja_marks import find_marks, masked
from safesend.message.start_tags import find_tags


def differing(source):
    marks = find_marks(source)
    return tags_in_branches(source, marks, list(find_tags(masked(source, marks))))


ALIKE = [
    "<p>a</p>",
    "<p>{% if a %}b{% else %}c{% endif %}</p>",
    "{% set x = 1 %}<p>{{ x }}</p>",
    "{% macro m(a) %}{{ a }}{% endmacro %}<p>{{ m(1) }}</p>",
    "{% set x %}text{% endset %}<style>p{}</style>",
]
DIFFERING = [
    "{% if a %}<p>b</p>{% endif %}",
    "<ul>{% for a in b %}<li>{{ a }}<br></li>{% else %}<li></li>{% endfor %}</ul>",
    "{% if a %}{% set x = 1 %}<b><i>c</b>{% elif d %}<hr>{% endif %}",
]
REFUSED = {
    "{% if a %}<p>b{% endif %}": (1, "<p>"),
    "\n{% if a %}\n<p>b{% else %}</p>{% endif %}": (3, "<p>"),
    "<p>\n{% for a in b %}</p>{% endfor %}": (2, "</p>"),
    "{% macro m() %}\n<p></p>{% endmacro %}": (2, "macro"),
    "{% set x %}<b>c</b>{% endset %}": (1, "set"),
}


@pytest.mark.parametrize("source", ALIKE)
def test_elements_that_every_row_has(source):
    """Logic that prints text changes no element."""
    assert not differing(source)


@pytest.mark.parametrize("source", DIFFERING)
def test_elements_that_some_rows_have(source):
    """Each branch closes what it opens."""
    assert differing(source)


@pytest.mark.parametrize("source", REFUSED)
def test_an_element_does_not_reach_out_of_its_branch(source):
    """The error names the line and the tag."""
    line, word = REFUSED[source]
    with pytest.raises(TemplateError) as caught:
        differing(source)
    assert (caught.value.part, caught.value.line) == ("html", line)
    assert word in str(caught.value)
