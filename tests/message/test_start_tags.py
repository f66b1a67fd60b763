"""message/start_tags.py: tags with the places of their attributes."""

from __future__ import annotations

from safesend.message.jinja_marks import find_marks, masked
from safesend.message.start_tags import EndTag, StartTag, StyleSheet, find_tags

SOURCE = (
    "<p>a<TD Class=\"a b\" style='x:y' width=10 nowrap/><br><a href = \"x>y\" alt=''>"
    "z</a><!-- <b> --><style media=print>p{}</style>"
)


def test_attributes_have_their_places():
    """In double quotes, in single ones, in none; of the first of its name."""
    tags = [tag for tag in find_tags(SOURCE) if isinstance(tag, StartTag)]
    assert [tag.name for tag in tags] == ["p", "td", "br", "a", "style"]
    assert [(one.name, one.value, one.quote) for one in tags[1].attributes] == [
        ("class", "a b", '"'),
        ("style", "x:y", "'"),
        ("width", "10", ""),
        ("nowrap", "", ""),
    ]
    for tag in tags:
        assert SOURCE[tag.start + 1 : tag.after_name].lower() == tag.name
        for one in tag.attributes:
            assert SOURCE[one.start : one.end] == one.value
    assert tags[3].find("href").value == "x>y"
    assert tags[3].find("style") is None


def test_sheets_and_ends_are_found():
    """What stands in a comment is not."""
    found = list(find_tags(SOURCE))
    assert [tag.name for tag in found if isinstance(tag, EndTag)] == ["a", "style"]
    [sheet] = [tag for tag in found if isinstance(tag, StyleSheet)]
    assert SOURCE[sheet.start : sheet.end] == "p{}"
    assert sheet.tag.find("media").value == "print"


def test_a_sheet_may_be_the_end():
    """Without an end tag it reaches as far as the source."""
    [_, sheet] = find_tags("<style>p{}")
    assert (sheet.start, sheet.end) == (7, 10)


def test_what_a_row_has_a_say_in_is_marked():
    """A tag's names, or the value of an attribute."""
    source = '<a href="{{ x }}" b=c><p{% if y %} q{% endif %}><i>'
    tags = list(find_tags(masked(source, find_marks(source))))
    assert [tag.is_marked for tag in tags] == [False, True, False]
    assert [one.is_marked for one in tags[0].attributes] == [True, False]
