"""message/kept_rules.py: what stays in a sheet counts as much as before."""

from __future__ import annotations

from safesend.message.kept_rules import kept_rules, overruled

CSS = (
    "p,a:hover{x:y} @media print{ b{x:y} @supports (d:e){i{x:y}} } @font-face{q:r}"
    " @media x{p(}} :hover{}"
)


def test_rules_that_stay_are_found():
    """Those under conditions as well, with their places; not those that moved."""
    found = list(kept_rules(CSS, {0: ["p"]}))
    assert [one.selectors for one in found] == [("a",), ("b",), ("i",)]
    for one in found:
        assert CSS[one.offset :].startswith(one.block)


def test_what_lost_is_raised():
    """By the same property, or by one that it is a part of; once is enough."""
    [kept] = kept_rules(
        "p{ color : red ; margin-top:0;top:1px !important; left:0 }", {}
    )
    moved = {1: "color: blue; margin: 0; top: 2px", 2: ""}
    places = list(overruled(kept, [1, 2], moved, {}))
    assert [kept.block[: place - kept.offset] for place in places] == [
        " color : red",
        " color : red ; margin-top:0",
    ]


def test_what_lost_before_loses_still():
    """A style attribute of the letter's own won before."""
    [kept] = kept_rules("p{color:red}", {})
    assert list(overruled(kept, [1], {1: "color: blue"}, {1: "COLOR: green"})) == []
    assert list(overruled(kept, [2], {1: "color: blue"}, {})) == []
