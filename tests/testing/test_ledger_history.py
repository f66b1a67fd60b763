from typing import ClassVar

import attrs
import pytest

from safesend.ledger.base import Control, State
from safesend.ledger.memory import MemoryLedger
from safesend.ledger.memory_history import MemoryHistory
from safesend.testing import ledger_history as history


class Inventive(MemoryHistory):
    changes: ClassVar = {}

    def chronicle(self, campaign, now):
        return attrs.evolve(super().chronicle(campaign, now), **self.changes)


class Telling(MemoryLedger):
    """Tells something else than what was."""

    def __init__(self, **changes):
        super().__init__()
        self.history = Inventive(self._drawer)
        self.history.changes = changes


class Silent(MemoryLedger):
    """Keeps no orders."""

    def set_control(self, campaign, control, *, actor, reason, now):
        super().set_control(campaign, Control.RUN, actor="", reason="", now=now)


class Guessing(MemoryLedger):
    """Has servers say what somebody decided."""

    def resolve(self, campaign, state, digests, now, actor=""):
        return super().resolve(campaign, State.WAITING, digests, now, actor)


@pytest.mark.parametrize(
    ("ledger", "promise"),
    [
        (Telling(shares=()), history.every_row_is_accounted_for),
        (Telling(attempts={}), history.answers_have_their_time),
        (Silent(), history.orders_name_who_gave_them),
        (Guessing(), history.a_decision_is_told_from_a_servers_word),
        (Telling(runs=()), history.runs_say_how_they_ended),
        (Telling(sessions=()), history.rehearsals_and_sessions_are_kept),
        (Telling(switches=()), history.switches_are_kept),
        (Telling(sessions=()), history.sessions_with_their_hosts_are_purged),
    ],
)
def test_a_broken_promise_is_noticed(ledger, promise):
    """
    A ledger that tells the wrong thing fails the promise that is about it.
    """
    with pytest.raises((AssertionError, ValueError)):
        promise(ledger)
