"""Four workers on one campaign, and again and again one of them is killed."""

from __future__ import annotations

import pytest

from end_to_end.crashes import dice, keep_watch, say
from safesend.ledger.base import State

pytestmark = [pytest.mark.server, pytest.mark.slow]

_PEOPLE = 20_000
_WORKERS = 4
_LANES = 8
_DOUBTS = 3 * _LANES
"""A kill: see ../test_crash.py for why three a lane."""


def test_workers_are_killed_at_random_and_replaced(fleet):
    """
    20,000 people: one copy for everybody the ledger calls accepted, at most one for
    those in doubt, and of these a handful for each kill.
    """
    chance = dice()
    fleet.enrol(_PEOPLE, lanes=_LANES)
    fleet.words = ("--keep-running",)
    fleet.fill(_WORKERS)
    kills, goal = 0, 0
    while (goal := goal + chance.randint(100, 2000)) < _PEOPLE - 1000:
        keep_watch()
        fleet.until_came(goal, _WORKERS)
        kills += chance.choice(fleet.living()).kill()
        fleet.fill(_WORKERS)
    fleet.finish(_WORKERS)
    say(f"{kills} kills")
    assert kills >= 5
    report = fleet.exact(_DOUBTS * kills)
    assert report.accepted + report.in_doubt == _PEOPLE
    assert fleet.count(State.WAITING, State.SENDING) == 0
