"""Tests of expressions that are worked out by us: Jinja2 prints the very same."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import escape

from safesend.errors import TemplateError
from safesend.message import sandbox
from safesend.message.expression import read_slot
from safesend.message.part import compile_part
from safesend.message.slot import Slot, escaped

TEXTS = st.sampled_from(
    ["", "a", "<b>", "x y", "&amp;", "'", '"', "é", "{", "\\", "\n"]
)
CONSTANTS = TEXTS.map(repr)
NAMES = st.sampled_from(["name", "city", "größe", "gone"])


def _filtered(inner):
    """One filter behind an expression."""
    plain = st.sampled_from(["upper", "lower", "title", "capitalize", "trim"])
    return st.one_of(
        st.builds("{}|{}".format, inner, plain),
        st.builds("{}|default({})".format, inner, CONSTANTS),
        st.builds("{}|d({}, true)".format, inner, CONSTANTS),
        st.builds("{}|default(default_value={}, boolean=1)".format, inner, CONSTANTS),
        st.builds("{}|replace({}, {})".format, inner, CONSTANTS, CONSTANTS),
        st.builds("{}|replace({}, {}, 1)".format, inner, CONSTANTS, CONSTANTS),
        st.builds("({} or {})".format, inner, CONSTANTS | inner),
    )


EXPRESSIONS = st.recursive(NAMES, _filtered, max_leaves=4)
PRINTED = EXPRESSIONS | st.builds("{}|{}".format, EXPRESSIONS, st.sampled_from("e"))
VALUES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["ada KING", "o'neil <b>", " padded ", "", "  ", "ß", "ǆ"]),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.decimals(),
    st.dates(),
    st.lists(st.text(max_size=3), max_size=3).map(tuple),
)
ROWS = st.dictionaries(st.sampled_from(["name", "city", "größe"]), VALUES)


def read(expression, *, html=False):
    tree = sandbox.parsed(f"{{{{ {expression} }}}}", html=html)
    return read_slot(tree.body[0].nodes[0], html=html)


def outcome(make):
    """What is printed, or that nothing is."""
    try:
        return make()
    except Exception:  # noqa: BLE001  how it fails is the rendering's affair
        return None


@settings(max_examples=500)
@given(PRINTED, ROWS)
@example("(name or city)", {"name": "Ada", "city": "{{ x }}"})
@example("name|e", {"name": None})
@example("name|e", {"name": " "})
@example("name|trim", {"name": " "})
@example("name|replace('<', '&lt;')", {"name": "<"})
def test_jinja2_prints_the_very_same(expression, row):
    """In a text and, with what html makes of it, in html; it fails on the same rows."""
    source = f"Dear {{{{ {expression} }}}},"
    for html in (False, True):
        part = compile_part("html" if html else "text", source, html=html)
        slot = read(expression, html=html)

        printed = outcome(lambda slot=slot: slot.text(row))
        rendered = outcome(lambda part=part: part.render(row))

        if printed is None:
            assert rendered is None
        else:
            said = escaped(printed) if html else printed
            assert rendered == f"Dear {said},"


@settings(max_examples=300)
@given(EXPRESSIONS, ROWS)
def test_the_name_of_a_slot_is_its_source(expression, row):
    """Read again it is the same slot, and prints the same: two of a name are one."""
    slot = read(expression)
    again = read(slot.name)

    assert again == slot
    assert outcome(lambda: again.text(row)) == outcome(lambda: slot.text(row))


@pytest.mark.parametrize(
    ("expression", "row", "printed"),
    [
        ("name|upper", {"name": "Ada"}, "ADA"),
        ("name|title|replace('K', 'c')", {"name": "ada king"}, "Ada cing"),
        ("name or 'friend'", {"name": ""}, "friend"),
        ("name or nick", {"name": "", "nick": "Al"}, "Al"),
        ("name|default('friend')", {}, "friend"),
        ("name|default('friend', true)", {"name": None}, "friend"),
        ("price|default(0)", {"price": Decimal("1.50")}, "1.50"),
        ("day|default('-')", {"day": dt.date(2027, 1, 2)}, "2027-01-02"),
    ],
)
def test_what_letters_print(expression, row, printed):
    """Fields through filters, and what stands for them where they are empty."""
    assert read(expression).text(row) == printed


def test_escaping_shows_in_a_text_and_is_nothing_new_in_html():
    """There every value is escaped."""
    assert read("name|e").text({"name": "<b>"}) == str(escape("<b>"))
    assert read("name|escape", html=True).text({"name": "<b>"}) == "<b>"


def test_escaping_in_a_text_is_another_slot_than_in_html():
    """A letter has both, and what is printed in one is nothing for the other."""
    assert read("name|e") == read("name|escape") != read("name|e", html=True)


def test_a_bare_field_is_a_plain_slot():
    """It is not worked out at all."""
    assert read("name") == Slot("name")
    assert read("name").plain


@pytest.mark.parametrize(
    "expression",
    [
        "name|safe",
        "name|e|upper",
        "name|e(1)",
        "name|upper|e or 'x'",
        "name|length",
        "name|replace('a', city)",
        "name|replace(*city)",
        "name|default(**city)",
        "name|default(default_value=city)",
        "name.first",
        "name['a']",
        "name()",
        "loop|upper",
        "-name",
        "name ~ city",
        "name and city",
        "city if name else 'x'",
        "'a'",
        "none",
        "'a'|upper if name",
        "[name]",
    ],
)
def test_everything_else_is_left_to_jinja2(expression):
    """What could mark html as safe, or takes arguments from the row."""
    assert read(expression) is None


@pytest.mark.parametrize("row", [{}, {"name": b"x"}, {"name": "{{ name }}"}])
def test_what_cannot_be_printed_raises(row):
    """A missing field, bytes, an unfilled placeholder; nothing stands in for it."""
    slot = read("name or 'friend'")

    with pytest.raises((TemplateError, sandbox.UnknownField, sandbox.Unprintable)):
        slot.text(row)
