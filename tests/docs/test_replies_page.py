"""The page about replies says what the table says."""

from __future__ import annotations

import re

from docs.replies_page import ACTIONS, FILE, SCOPES, TEMPLATE, page
from safesend.policies.replies import Action, Scope, builtin
from safesend.policies.rulefile import FIELDS


def test_the_page_is_the_one_that_the_table_makes() -> None:
    """A rule that changes changes the page with it."""
    assert FILE.read_text("utf-8") == page(), "run: python tests/docs/replies_page.py"


def test_every_rule_stands_in_the_page_in_its_order() -> None:
    """None is left out, and the first that fits decides here as well."""
    text = FILE.read_text("utf-8").split("## The built-in rules")[1]
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE)
    assert rows == [rule.name for rule in builtin().rules]


def test_every_action_and_scope_is_explained() -> None:
    """The words of `do` and `scope` are all there."""
    assert set(ACTIONS) == set(Action)
    assert set(SCOPES) == set(Scope)


def test_every_field_is_explained() -> None:
    """What a user may write in a rule, and nothing else."""
    text = TEMPLATE.read_text("utf-8").split("| field |")[1]
    named = re.findall(r"^\| (`.+?`) \|", text, re.MULTILINE)
    described = {word for cell in named for word in re.findall(r"`(\w+)`", cell)}
    assert described == set(FIELDS) - {"temporary"}
