"""Why a run ends: the first word counts, and names nobody."""

from __future__ import annotations

from safesend.engine.ending import Ending
from safesend.errors import TransportError


def test_the_first_reason_and_the_first_error_stay():
    """What comes after it is mostly a consequence."""
    ending = Ending()
    assert not ending.began
    first = TransportError("no line", stage="connect")
    ending.ask(None, first)
    ending.ask("interrupted", ValueError("late"))
    assert ending.began
    assert (ending.error, ending.word) == (first, "interrupted")


def test_an_error_of_ours_is_told_in_its_words():
    """Its text is masked already."""
    ending = Ending()
    ending.ask(None, TransportError("no line", stage="connect"))
    assert ending.word == "no line"


def test_of_another_error_only_its_kind_is_told():
    """What it says may name somebody."""
    ending = Ending()
    ending.ask(None, ValueError("ada@example.org"))
    assert ending.word == "ValueError"


def test_a_run_that_came_to_its_end_has_no_word():
    """Nobody asked for it."""
    assert Ending().word == ""
