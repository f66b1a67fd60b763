"""A server gets as many sessions as it bears, and rest when it bears none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.policies.concurrency import Window

TRIP = 0.1


def _grown(limit, now=0.0):
    """A window that success alone brought to that many sessions."""
    window = Window(100)
    while window.limit < limit:
        window.succeeded(window.limit, now)
    return window


def _dead(now=0.0):
    window = Window(10)
    while window.suspended_until(now) is None:
        window.failed(now, TRIP)
    return window


@pytest.mark.parametrize(
    ("window", "limit"),
    [(Window(10), 2), (Window(10, 7), 7), (Window(1), 1), (Window(3, 9), 3)],
)
def test_a_window_begins_where_it_is_told(window, limit):
    """
    With two sessions by default, and never with more than allowed.
    """
    assert window.limit == limit


def test_as_many_successes_as_sessions_make_one_more():
    """
    Each success adds one Nth: 2 make three of two, 3 more make four.
    """
    window, limits = Window(10), []
    for _ in range(9):
        window.succeeded(window.limit, 0.0)
        limits.append(window.limit)
    assert limits == [2, 3, 3, 3, 4, 4, 4, 4, 5]


def test_what_is_not_used_does_not_grow():
    """
    The window runs ahead of the sessions at work by no more than it began with.
    """
    window = Window(100)
    for _ in range(1000):
        window.succeeded(1, 0.0)
    assert window.limit == 3


def test_trouble_takes_a_session_at_once_and_once_in_a_round_trip():
    """
    Four sessions that break together are one cause; the next round trip is another.
    """
    window = _grown(8)
    for now in (5.0, 5.01, 5.02, 5.099):
        window.failed(now, TRIP)
    assert window.limit == 7
    window.failed(5.15, TRIP)
    assert window.limit == 6


def test_growth_begins_anew_after_a_drop():
    """
    What had been added up to the next session is gone with the one taken away.
    """
    window = _grown(4)
    for _ in range(3):
        window.succeeded(4, 0.0)
    window.failed(1.0, TRIP)
    window.succeeded(3, 1.0)
    assert window.limit == 3


def test_too_many_caps_the_window_for_ten_minutes():
    """
    Below the value it had, however much succeeds; afterwards it may grow again.
    """
    window = _grown(5)
    window.too_many(100.0)
    window.too_many(100.0)
    for _ in range(50):
        window.succeeded(3, 699.0)
    assert window.limit == 3
    for _ in range(3):
        window.succeeded(3, 700.0)
    assert window.limit == 4


def test_the_cap_outlives_a_suspension():
    """
    A server that came back still has too many sessions with two.
    """
    window = Window(10)
    window.too_many(0.0)
    while window.suspended_until(1.0) is None:
        window.failed(1.0, TRIP)
    window.succeeded(1, 100.0)
    assert window.limit == 1


def test_a_server_that_takes_no_session_at_all_is_dead_as_well():
    """
    "Too many" to the only session there is counts as trouble does.
    """
    window = Window(1)
    for _ in range(3):
        window.too_many(0.0)
    assert window.suspended_until(0.0) == 60.0


def test_three_failed_cohorts_without_a_success_are_death():
    """
    A cohort is as many failures as there were sessions: one of one session.
    """
    window = Window(1)
    window.failed(0.0, TRIP)
    window.failed(1.0, TRIP)
    assert window.suspended_until(1.0) is None
    window.failed(2.0, TRIP)
    assert window.suspended_until(2.0) == 62.0


def test_many_sessions_that_break_together_are_one_cohort():
    """
    Ten failures of ten sessions are no death; it takes three times as many.
    """
    window = _grown(10)
    for _ in range(10):
        window.failed(0.0, TRIP)
    assert window.suspended_until(0.0) is None
    for _ in range(18):
        window.failed(0.05, TRIP)
    assert window.suspended_until(0.05) is not None


def test_one_success_resets_the_count():
    """
    Between failures a single message that gets through keeps the server alive.
    """
    window = Window(1)
    for now in range(100):
        window.failed(now, TRIP)
        window.failed(now + 0.5, TRIP)
        window.succeeded(1, now + 0.6)
    assert window.suspended_until(101.0) is None


def test_a_dead_server_is_left_alone_for_longer_each_time():
    """
    One, two, five minutes, then fifteen each time, with one probe in between.
    """
    window, now, pauses = _dead(), 0.0, []
    for _ in range(6):
        until = window.suspended_until(now)
        pauses.append((until - now) / 60)
        assert window.limit == 1
        assert window.suspended_until(until) is None
        now = until + 1
        window.failed(now, TRIP)
    assert pauses == [1, 2, 5, 15, 15, 15]


def test_the_probe_that_succeeds_opens_the_window():
    """
    It begins where it began, and the next death is the first again.
    """
    window = _dead()
    window.failed(61.0, TRIP)
    window.succeeded(1, 200.0)
    assert window.limit == 2
    while window.suspended_until(201.0) is None:
        window.failed(201.0, TRIP)
    assert window.suspended_until(201.0) == 261.0


def test_sessions_from_before_the_suspension_say_nothing_new():
    """
    Their failures do not make it longer; their success ends it.
    """
    window = _dead()
    window.failed(1.0, TRIP)
    window.too_many(1.0)
    assert window.suspended_until(1.0) == 60.0
    window.succeeded(1, 2.0)
    assert (window.suspended_until(2.0), window.limit) == (None, 2)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["succeeded", "failed", "too_many"]),
        st.sampled_from([0.0, 0.01, 1.0, 70.0, 1000.0]),
        st.integers(1, 30),
    ),
    max_size=120,
)


def _after(window, events):
    """Tell a window what happened; yields the time after each."""
    now = 0.0
    for event, pause, number in events:
        now += pause
        if event == "succeeded":
            window.succeeded(number, now)
        elif event == "failed":
            window.failed(now, number / 10)
        else:
            window.too_many(now)
        yield now


@given(events=EVENTS, most=st.integers(1, 20), start=st.integers(1, 20))
def test_whatever_happens_the_bounds_hold(events, most, start):
    """
    From one session to the most allowed, and no suspension longer than 15 minutes.
    """
    window = Window(most, start)
    for now in _after(window, events):
        assert 1 <= window.limit <= most
        until = window.suspended_until(now)
        assert until is None or (now < until <= now + 900 and window.limit == 1)


@given(events=EVENTS, most=st.integers(1, 20))
def test_every_server_recovers(events, most):
    """
    Success brings every window back to the most allowed, ten minutes later.
    """
    window = Window(most)
    now = max(_after(window, events), default=0.0) + 1000
    assert window.suspended_until(now) is None
    for _ in range(most * most):
        window.succeeded(window.limit, now)
    assert window.limit == most
