"""message/kept_rules.py: what stays in a sheet counts as much as before."""

from __future__ import annotations

import pytest

from safesend.message.kept_rules import Moved, kept_rules, overruled
from safesend.message.style_sheet import rules, split_at
from safesend.message.styling import MARKER

CSS = (
    "p,a:hover{x:y} @media print{ b{x:y} @supports (d:e){i{x:y}} } @font-face{q:r}"
    " @media x{p(}} :hover{}"
)


def test_rules_that_stay_are_found():
    """Those under conditions as well, with their places; not those that moved."""
    found = list(kept_rules(CSS, {0: ["p"]}))
    assert [one.selectors[0][:1] for one in found] == ["a", "b", "i"]
    for one in found:
        assert CSS[one.offset :].startswith(one.block)


PAGE = f"<p {MARKER}=1 class=k>a</p><p {MARKER}=2>b</p>"


def raised(css, own=""):
    """What is to be raised in a sheet whose first rule moves."""
    first = next(rules(css))
    moved = [Moved(tuple(split_at(",", first.prelude)), first.block, 0)]
    kept = list(kept_rules(css, {0: moved[0].selectors}))
    places = overruled(kept, PAGE, moved, {1: own, 2: own})
    return [css[:place].rpartition("{")[2].rpartition(";")[2] for place in places]


def test_what_won_is_raised():
    """By the same property, or one that it is a part of; once is enough."""
    css = (
        "p{color:blue;margin:0;top:2px}@media x{p{ color : red ; margin-top:0;left:0}}"
    )
    assert raised(css) == [" color : red", " margin-top:0"]
    assert raised("p{color:red}p:hover{color:blue}") == ["color:blue"]
    assert raised("p{margin-top:1px}p:hover{margin:0}") == ["margin:0"]


@pytest.mark.parametrize(
    "css",
    [
        "p.k,p{color:blue}@media x{p{color:red!important}}",
        "p.k{color:blue}@media x{p{color:red}}",
        "p{color:blue!important}@media x{p{color:red}}",
        "p{margin-top:0!important}@media x{p{margin:1px}}",
        "p.k{margin-top:0}@media x{p{margin:1px}}",
        "p{color:blue}@media x{i{color:red}}",
        "p{color:blue}p::before{color:red}",
        "p{color:blue}@media x{p{top:0}}",
    ],
)
def test_what_lost_before_is_not(css):
    """By weight, or because it is about something else."""
    assert raised(css) == []


def test_a_style_of_the_letters_own_wins_as_before():
    """It is no rule, and stood in the tag before."""
    assert raised("p{color:blue}@media x{p{color:red}}", "COLOR: green") == []
