"""The values that a ledger takes and gives."""

from __future__ import annotations

import pytest

from safesend.ledger import base, values
from safesend.ledger.values import ALL, FINAL_STATES, Allowance, Shares, State


def test_who_asks_the_ledgers_promise_for_a_value_finds_it() -> None:
    """Every value can be had where the methods that take it are described."""
    for name in values.__all__:
        assert getattr(base, name) is getattr(values, name)
    assert set(values.__all__) < set(base.__all__)


def test_nothing_that_may_still_move_is_final() -> None:
    """What waits, is under way or in doubt keeps its address."""
    open_states = {State.DRAFT, State.WAITING, State.SENDING, State.IN_DOUBT}

    assert FINAL_STATES.isdisjoint(open_states)
    assert FINAL_STATES | open_states == set(State)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        (ALL, 10),
        (Shares(usual=4), 4),
        (Shares(usual=40), 10),
        (Shares(usual=4, special={"example.org": 7}), 7),
        (Shares(special={"example.org": 0}), 0),
        (Shares(special={"example.net": 0}), 10),
    ],
)
def test_a_provider_gets_its_own_share_or_the_usual_one(
    shares: Shares, expected: int
) -> None:
    """And never more than the claim may give."""
    assert shares.of("example.org", 10) == expected


def test_a_provider_that_gets_nothing_is_held() -> None:
    """One with a share, however small, is not."""
    shares = Shares(special={"example.org": 0, "example.net": 1, "example.com": -1})

    assert shares.held == {"example.org", "example.com"}


def test_an_allowance_is_told_with_its_place() -> None:
    """What was let pass, where, and why; without a place it was let pass everywhere."""
    assert str(Allowance("L12", "body", "known")) == "L12 in body: known"
    assert str(Allowance("L12", "", "known")) == "L12: known"


def test_what_people_hold_is_taken_out_of_the_shares() -> None:
    """Whatever share it had; the others keep theirs."""
    shares = Shares(usual=4, special={"example.org": 7}, first=("example.org",))
    without = shares.without({"example.org"})

    assert (without.of("example.org", 10), without.of("example.net", 10)) == (0, 4)
    assert without.held == {"example.org"}
    assert shares.without(()) is shares
