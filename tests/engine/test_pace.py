"""How fast a run goes."""

from safesend.engine.pace import Pace
from safesend.ledger.base import State


def test_it_tells_four_times_a_second_and_at_the_end():
    """
    Between that it is silent.
    """
    told = []
    pace = Pace(told.append, 100)
    for moment in (0.0, 0.1, 0.2, 0.3):
        pace.tell({State.ACCEPTED: int(moment * 100)}, moment)
    assert [event.done for event in told] == [0, 30]
    pace.tell({State.ACCEPTED: 31}, 0.31, last=True)
    assert told[-1].done == 31


def test_rate_and_eta_come_from_the_last_seconds():
    """
    Ten a second: the other half of a hundred takes five seconds.
    """
    told = []
    pace = Pace(told.append, 100)
    for second in range(6):
        pace.tell({State.ACCEPTED: 10 * second}, float(second))
    assert (told[0].rate, told[0].eta) == (0.0, None)
    assert (told[-1].rate, told[-1].eta) == (10.0, 5.0)


def test_a_lull_is_seen():
    """
    When nothing happens for long the rate falls to nothing.
    """
    told = []
    pace = Pace(told.append, 100)
    for second in (0.0, 1.0, 20.0, 21.0):
        pace.tell({State.ACCEPTED: 10}, second)
    assert (told[-1].rate, told[-1].eta) == (0.0, None)


def test_every_kind_counts_and_never_more_than_all():
    """
    A row that comes back and goes again is not done twice.
    """
    told = []
    counts = {State.ACCEPTED: 3, State.REFUSED: 2, State.WAITING: 4, State.IN_DOUBT: 1}
    Pace(told.append, 8).tell(counts, 0.0)
    [event] = told
    assert (event.done, event.total, event.deferred) == (8, 8, 4)
    assert (event.accepted, event.refused, event.in_doubt) == (3, 2, 1)
