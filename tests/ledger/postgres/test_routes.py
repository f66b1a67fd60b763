"""ledger/postgres/routes.py: what workers tell each other of routes."""

from __future__ import annotations

from contextlib import closing

import attrs

from ledger.postgres.scenes import opened
from safesend.ledger.cells import Ask
from safesend.ledger.flow import Flow
from safesend.ledger.granted import GrantedArrivals
from safesend.policies.throttle import Pace

NOW = 1_800_000_000.0


def test_a_pause_that_was_told_just_now_stands(postgres, tmp_path):
    """Another worker that had not heard of it writes, and hears of it afterwards."""
    with closing(opened(postgres, tmp_path)) as ledger:
        paused = Flow(
            route="a", paused_until=NOW + 60, reason="421 slow down", changed=NOW
        )
        ledger.note_flows([paused])
        mine = Flow(route="a", window=4, changed=NOW + 0.3)
        ledger.note_flows([mine])
        [found] = ledger.flows(NOW)
        assert (found.paused_until, found.reason) == (NOW + 60, "421 slow down")
        assert found.window == 4
        assert found.changed != mine.changed
        over = attrs.evolve(mine, changed=NOW + 5)
        ledger.note_flows([over])
        assert ledger.flows(NOW) == [over]


def test_limits_are_asked_for(postgres, tmp_path):
    """They lie in the database, and each run has cells of its own."""
    with closing(opened(postgres, tmp_path)) as ledger:
        one, other = ledger.arrivals(), ledger.arrivals()
        assert isinstance(one, GrantedArrivals)
        assert one is not other


def test_a_limit_that_a_purge_forgot_is_made_again(postgres, tmp_path):
    """Whoever still goes by it is given what there is."""
    with closing(opened(postgres, tmp_path)) as ledger:
        issuer = ledger.arrivals().issuer
        ask = Ask.of("all", Pace(10.0), 5)
        [first] = issuer.grant([ask])
        postgres.ask("DELETE FROM safesend.pace")
        [again] = issuer.grant([ask])
        assert first.number == again.number > 0
