"""What a library raises on a broken file."""

from __future__ import annotations

import pytest

from safesend.checks.documents.budget import Exhausted, Unreadable
from safesend.checks.documents.tolerance import attempt


def failing(error):
    def fail():
        raise error

    return fail


def test_a_result_is_passed_on() -> None:
    """What does not fail is as if it were called."""
    assert attempt(lambda: 5) == 5


@pytest.mark.parametrize("error", [ValueError(), RecursionError(), KeyError("x")])
def test_any_failure_is_none(error) -> None:
    """Nobody knows what a hostile file makes a library raise."""
    assert attempt(failing(error)) is None


@pytest.mark.parametrize("error", [Unreadable("x"), Exhausted("x"), MemoryError()])
def test_our_own_words_are_passed_on(error) -> None:
    """The end of the budget or of the memory is no broken file."""
    with pytest.raises(type(error)):
        attempt(failing(error))
