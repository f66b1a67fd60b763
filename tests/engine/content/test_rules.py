"""engine/content/rules.py: rules of one's own as the text of a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.engine.content.rules import book_of, text_of
from safesend.errors import ConfigurationError
from safesend.policies.replies import Rulebook, builtin

RULES = r"""
# A remark, which is not kept.
[[rule]]
name = "busy-school"
stage = ["rcpt", "mail"]
code = ["4xx", 550]
enhanced = ["5.7.x", "4.2.606-649", "4.2.1"]
text = "too (?:many|\"much\")\\x4b | \u007f ä"
provider = ["council", "school.example"]
scope = "route"
do = ["pause", "slow"]
pause = "90s"
in_a_row = 3
then = "stop"
greylisted = true
too_many_connections = true
used_up = true
means = "the school sleeps"
advice = "ring them\nup"
source = "https://example.org/"

[[rule]]
name = "gone"
stage = "rcpt"
code = "5xx"
scope = "recipient"
do = ["fail", "suppress"]
means = "nobody is there"

[[rule]]
name = "later"
code = 451
scope = "message"
do = "later"
wait = "2d"
means = "not now"
"""


def test_rules_come_back_as_they_were():
    """
    Every field of them, and in their order; remarks are no rules.
    """
    book = builtin().extended(RULES, "mine.toml")
    text = text_of(book)
    assert book_of(text) == book
    assert text_of(book_of(text)) == text
    assert "remark" not in text


def test_without_rules_the_book_is_the_built_in_one():
    """
    And nothing is written down.
    """
    assert text_of(builtin()) == ""
    assert book_of("") is builtin()


@given(
    st.integers(1, 999_999),
    st.sampled_from("smhd"),
    st.sets(st.integers(400, 499), min_size=1),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip),
)
def test_any_time_code_and_words_come_back(number, unit, codes, words):
    """
    However they were written.
    """
    text = (
        f'[[rule]]\nname = "x"\ncode = {sorted(codes)}\nscope = "message"\n'
        f'do = "later"\nwait = "{number}{unit}"\nmeans = {toml(words)}\n'
    )
    book = builtin().extended(text, "mine.toml")
    assert book_of(text_of(book)) == book


def test_a_book_that_was_put_together_otherwise_is_refused():
    """
    It could not be read again as a file can.
    """
    for book in (Rulebook(()), Rulebook(builtin().rules[1:])):
        with pytest.raises(ConfigurationError, match="file of rules"):
            text_of(book)


def test_hostile_rules_are_refused():
    """
    As in any file of rules.
    """
    for text in ("x", "[[rule]]\nname = 'a'", RULES + "[other]"):
        with pytest.raises(ConfigurationError, match="rules of the campaign"):
            book_of(text)


def toml(text):
    """A text as TOML has it, every character escaped."""
    return '"' + "".join(f"\\U{ord(one):08x}" for one in text) + '"'
