"""The schedule of a call, as data."""

from hypothesis import given
from hypothesis import strategies as st

from safesend.engine.dispatcher import BATCH, PATIENCE, Claim, Dispatcher, Done, Wait


def _next(dispatcher, *, now=1000.0, ready=0, in_flight=0, next_due=None, stalled=0):
    return dispatcher.next(
        now, ready=ready, in_flight=in_flight, next_due=next_due, stalled=stalled
    )


def test_what_is_due_is_claimed():
    """
    A due row and an empty hand make a claim of a whole batch.
    """
    assert Claim(BATCH) == _next(Dispatcher(), next_due=0.0)


def test_a_throttle_makes_small_claims():
    """
    Under a throttle little more than a second's worth is taken in hand.
    """
    assert Claim(7) == _next(Dispatcher(rate=4.2), next_due=0.0)
    assert Claim(14) == _next(Dispatcher(rate=4.2, lanes=99), next_due=0.0)
    assert Claim(2) == _next(Dispatcher(rate=0.01), next_due=0.0)
    assert Claim(BATCH) == _next(Dispatcher(rate=1e6), next_due=0.0)


def test_a_full_hand_is_worked_off_first():
    """
    It is filled up when half of it is gone, with what is on the wire counted in.
    """
    half = BATCH // 2
    assert Wait(None) == _next(Dispatcher(), ready=BATCH, next_due=0.0)
    assert Wait(None) == _next(Dispatcher(), ready=half + 1, next_due=0.0)
    assert Claim(half) == _next(Dispatcher(), ready=half, next_due=0.0)
    assert Claim(half - 9) == _next(Dispatcher(), ready=half, in_flight=9, next_due=0.0)


def test_who_is_slow_does_not_count():
    """
    Beside rows of a provider that has its part, the rest of the hand is filled.
    """
    stalled = {"ready": 300, "stalled": 300, "next_due": 0.0}
    assert Claim(BATCH - 300) == _next(Dispatcher(), **stalled)
    assert Wait(None) == _next(Dispatcher(), in_flight=BATCH - 300, **stalled)


def test_nothing_left_is_the_end():
    """
    No row waits and nothing is in flight.
    """
    assert Done() == _next(Dispatcher())


def test_what_is_in_flight_is_waited_for():
    """
    A message that a session holds keeps the call going.
    """
    assert Wait(None) == _next(Dispatcher(), in_flight=1)


def test_without_a_deadline_a_minute_is_waited():
    """
    A row that is due within a minute is waited for, a later one is not.
    """
    soon, late = 1000.0 + PATIENCE, 1001.0 + PATIENCE
    assert Wait(soon) == _next(Dispatcher(), next_due=soon)
    assert Done() == _next(Dispatcher(), next_due=late)


def test_a_deadline_says_how_long_to_wait():
    """
    With a deadline later dates before it are waited for; at the deadline it ends.
    """
    assert Wait(4000.0) == _next(Dispatcher(5000.0), next_due=4000.0)
    assert Done() == _next(Dispatcher(3000.0), next_due=4000.0)
    assert Done() == _next(Dispatcher(1000.0), ready=5, in_flight=2, next_due=0.0)


@given(
    now=st.floats(0, 1e6),
    ready=st.integers(0, 600),
    in_flight=st.integers(0, 600),
    due=st.none() | st.floats(0, 1e6),
    deadline=st.none() | st.floats(0, 1e6),
)
def test_it_never_leaves_while_work_can_be_done_in_time(
    now, ready, in_flight, due, deadline
):
    """
    Done means: the deadline is over, or nothing is in hand and nothing due soon.
    """
    step = Dispatcher(deadline).next(
        now, ready=ready, in_flight=in_flight, next_due=due
    )
    if isinstance(step, Done):
        over = deadline is not None and now >= deadline
        assert over or (not ready and not in_flight and (due is None or due > now))
    if isinstance(step, Claim):
        assert due <= now
        assert step.limit >= 1


def test_a_slow_pace_is_no_later_date():
    """
    A call without a deadline goes on, however slow; one with a deadline ends there.
    """
    asked = {"ready": 0, "in_flight": 0, "next_due": 1000.0 + 900, "paced": True}
    assert Dispatcher().next(1000.0, **asked) == Wait(1000.0 + 900)
    assert Dispatcher(deadline=1000.0 + 60).next(1000.0, **asked) == Done()
    assert Dispatcher(deadline=1000.0 + 900).next(1000.0, **asked) == Wait(1000.0 + 900)


def test_what_a_person_holds_is_waited_for_until_the_deadline():
    """
    It may be let go at any time; without a deadline nobody waits for that.
    """

    def step(deadline, due, **hand):
        return Dispatcher(deadline).next(
            1000.0,
            **{"ready": 0, "in_flight": 0} | hand,
            next_due=due,
            ordered=True,
        )

    for due in (None, float("inf"), 9000.0):
        assert step(5000.0, due) == Wait(5000.0)
        assert step(None, due) == Done()
        assert step(1000.0, due) == Done()
    assert step(5000.0, 1200.0) == Wait(1200.0)
    assert step(5000.0, None, in_flight=1) == Wait(None)
