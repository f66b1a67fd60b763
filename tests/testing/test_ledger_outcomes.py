import pytest

from safesend.ledger.base import State
from safesend.ledger.memory import MemoryLedger
from safesend.testing import ledger_outcomes as outcomes


class Overwriting(MemoryLedger):
    """Lets a run record again what is final."""

    def record(self, run, results, now):
        self._runs[run].held.update(result.id for result in results)
        return super().record(run, results, now)


class Optimist(MemoryLedger):
    """Takes for sent what it does not know."""

    def end_run(self, run, now):
        super().end_run(run, now)
        self.resolve(1, State.ACCEPTED, None, now)


class Talkative(MemoryLedger):
    """Says of every row that it was refused because of an address."""

    def reasons(self, campaign, state):
        yield "550 ada@example.org", 1


@pytest.mark.parametrize(
    ("kind", "promise"),
    [
        (Overwriting, outcomes.an_outcome_is_final),
        (Optimist, outcomes.a_run_without_marks_leaves_doubt),
        (Optimist, outcomes.the_end_of_a_run_settles_its_rows),
        (Talkative, outcomes.replies_are_counted_and_name_nobody),
    ],
)
def test_a_broken_promise_is_noticed(kind, promise):
    """
    A ledger that does the wrong thing fails the promise that is about it.
    """
    with pytest.raises(AssertionError):
        promise(kind())
