import pytest

from safesend.ledger.base import State
from safesend.ledger.memory import MemoryLedger
from safesend.testing import ledger_windows as windows


class Hasty(MemoryLedger):
    """Takes what is begun for sent."""

    def begin(self, run, ids):
        super().begin(run, ids)
        for id_ in ids:
            self._rows[id_].state = State.ACCEPTED


class Fearful(MemoryLedger):
    """Takes what was begun for what left."""

    def begin(self, run, ids):
        super().begin(run, ids)
        for id_ in ids:
            self._run(run).marks.take(id_)


class Trusting(MemoryLedger):
    """Lets anybody begin."""

    def begin(self, run, ids):
        pass


@pytest.mark.parametrize(
    ("kind", "promise"),
    [
        (Hasty, windows.a_window_changes_no_row),
        (Fearful, windows.what_was_begun_and_did_not_leave_waits_again),
        (Trusting, windows.who_has_ended_begins_nothing),
    ],
)
def test_a_ledger_that_breaks_a_promise_is_found_out(kind, promise):
    """
    The promise holds for a good ledger and fails for a bad one.
    """
    promise(MemoryLedger())
    with pytest.raises((AssertionError, KeyError)):
        promise(kind())
