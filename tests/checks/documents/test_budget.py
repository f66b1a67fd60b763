"""Tests of what reading a file may cost."""

from __future__ import annotations

import io

import pytest

from safesend.checks.documents.budget import Budget, Exhausted, Unreadable, drained


def test_octets_are_paid_for():
    """One octet too many ends the reading."""
    budget = Budget(octets=10)
    budget.unpack(10)
    with pytest.raises(Exhausted, match="more than safesend unpacks"):
        budget.unpack(1)


@pytest.mark.parametrize("budget", [Budget(text=9), Budget(pieces=1)])
def test_texts_are_paid_for(budget):
    """By their number and by their length."""
    budget.say(5)
    with pytest.raises(Exhausted, match="more text"):
        budget.say(5)


def test_files_are_paid_for():
    """However deep they are."""
    budget = Budget(files=1)
    budget.open(1)
    with pytest.raises(Exhausted, match="more files"):
        budget.open(1)


def test_a_file_that_is_too_deep_ends_nothing_else():
    """Its neighbours are still read."""
    budget = Budget(depth=2)
    with pytest.raises(Unreadable, match="too deep") as caught:
        budget.open(3)
    assert not isinstance(caught.value, Exhausted)
    budget.open(2)


def test_a_stream_is_drained_and_paid_for():
    """All of it comes out, and is counted."""
    budget = Budget(octets=200_000)
    assert drained(io.BytesIO(b"x" * 150_000), 10, budget) == b"x" * 150_000
    assert budget.octets == 50_000


def test_a_stream_that_swells_is_given_up_early():
    """Two hundred times its size is too much, beyond the first megabyte."""
    budget = Budget()
    with pytest.raises(Unreadable, match="swells"):
        drained(io.BytesIO(bytes(50 << 20)), 1000, budget)
    assert budget.octets > (256 - 3) << 20
    assert len(drained(io.BytesIO(bytes(1 << 20)), 10, budget)) == 1 << 20
    assert len(drained(io.BytesIO(bytes(4 << 20)), 1 << 20, budget)) == 4 << 20
