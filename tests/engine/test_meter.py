"""Counting what becomes of messages."""

from __future__ import annotations

import sys
from timeit import repeat

import hypothesis.strategies as st
from hypothesis import given

from safesend.engine.events import Booked
from safesend.engine.meter import BOUNDS, OTHER, Meter
from safesend.ledger.base import State


def test_rows_are_counted_by_provider_and_outcome():
    """Put off is what a row is called that waits again."""
    meter = Meter()
    for state in (State.ACCEPTED, State.ACCEPTED, State.WAITING):
        meter.booked("google", state)
    meter.booked("example.org", State.IN_DOUBT)
    assert meter.so_far() == (
        Booked("google", "accepted", 2),
        Booked("google", "deferred", 1),
        Booked("example.org", "in_doubt", 1),
    )


def test_domains_without_end_take_no_memory_without_end():
    """From some number on they are one; providers with a name never are."""
    meter = Meter()
    for number in range(2000):
        meter.booked(f"d{number}.example", State.ACCEPTED)
    meter.booked("google", State.ACCEPTED)
    found = {one.provider: one.number for one in meter.so_far()}
    assert len(found) < 600
    assert sum(found.values()) == 2001
    assert found["google"] == 1
    assert found[OTHER] > 1000


@given(st.lists(st.floats(0, 1000)))
def test_every_attempt_falls_between_two_bounds(seconds):
    """And the sums are those of what fell there."""
    meter = Meter()
    for one in seconds:
        meter.took(one)
    attempts = meter.attempts()
    assert sum(attempts.numbers) == len(seconds)
    below = 0.0
    for bound, number, total in zip(
        (*BOUNDS, float("inf")), attempts.numbers, attempts.seconds, strict=True
    ):
        inside = [one for one in seconds if below < one <= bound or one == bound == 0]
        if below == 0.0:
            inside = [one for one in seconds if one <= bound]
        assert number == len(inside)
        assert abs(total - sum(inside)) <= 1e-6 * max(1.0, total)
        below = bound


def test_counting_tells_its_cost():
    """What it takes a message is shown (-s), and never judged."""
    meter = Meter()

    def count():
        meter.booked("google", State.ACCEPTED)
        meter.took(0.02)

    microseconds = min(repeat(count, number=100_000, repeat=3)) * 10
    sys.stdout.write(f"counting: {microseconds:.2f} us a message\n")
    assert microseconds > 0
