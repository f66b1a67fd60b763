"""message/style_sheet.py: rules with their places, whatever stands in a sheet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.message.style_sheet import (
    declarations,
    is_important,
    plain_value,
    rules,
    split_at,
)


def test_rules_are_told_apart():
    """Comments, strings and nested blocks end nothing; a rule keeps its place."""
    css = (
        '/* p { } */ a , b{x:y} @import "z;"; @media print{p{x:y}}\n<!-- '
        'a[href="}"] /* c */ b { content: "{;}" } --> i\\{ {x:y}'
    )
    found = list(rules(css))
    assert [rule.prelude for rule in found] == [
        "a , b",
        '@import "z;";',
        "@media print",
        'a[href="}"]   b',
        "i\\{",
    ]
    assert [rule.block for rule in found] == [
        "x:y",
        None,
        "p{x:y}",
        ' content: "{;}" ',
        "x:y",
    ]
    assert [rule.is_plain for rule in found] == [True, False, False, True, True]
    assert css[found[0].start : found[0].end] == "a , b{x:y}"


@pytest.mark.parametrize(
    "css", ["p(a{x:y}", "p{x:y", "p{x:(y}", "p", "a]{x:y}", ")x{y:z}"]
)
def test_what_does_not_fit_together_is_no_plain_rule(css):
    """It stays where it is, for a browser to recover from."""
    assert [rule.is_plain for rule in rules(css)] == [False]


def test_rules_in_rules_are_not_plain():
    """Nested rules are for programs that know them."""
    assert [rule.is_plain for rule in rules("a{b:c; &:hover{d:e}}")] == [False]


@given(st.text("ab{}()[];,'\"\\/*@ \n<!-"))
def test_nothing_is_too_odd_for_it(css):
    """Rules follow one another, and each lies in the sheet."""
    at = 0
    for rule in rules(css):
        assert at <= rule.start < rule.end <= len(css)
        at = rule.end
        assert not rule.is_plain or css[rule.opens] == "{"


def test_selectors_and_declarations_are_split_outside_of_brackets():
    """And outside of quotes."""
    assert split_at(",", 'a, b:not(c,d), [x=","],') == ["a", "b:not(c,d)", '[x=","]']
    assert declarations("a:b; c:url(x;y);;") == ["a:b", "c:url(x;y)"]


def test_what_is_important_can_be_said_plainly():
    """In whatever form it is written."""
    assert is_important("a: b ! Important")
    assert not is_important('content: "!important"')
    assert plain_value("a: b!important") == "a: b"
