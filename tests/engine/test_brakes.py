"""For how long a limit on the rate held messages up."""

from safesend.engine.brakes import Brakes


def _brakes(*slots):
    brakes = Brakes()
    for slot in slots:
        brakes.holds(slot, 5.0, "relay:", f"p{slot}", eased=False)
    return brakes


def test_waiting_counts_from_the_first_no_to_the_next_yes():
    """However often it was asked between."""
    brakes = _brakes(1)
    brakes.wait(1, 10.0)
    brakes.wait(1, 10.5)
    [one] = brakes
    assert one.so_far(11.0) == 1.0
    brakes.go([1], 12.0)
    assert (one.seconds, one.since, one.so_far(99.0)) == (2.0, None, 2.0)


def test_a_message_that_goes_ends_the_wait_of_its_own_limits_only():
    """Whoever waits for another limit waits on."""
    brakes = _brakes(1, 2)
    brakes.wait(1, 10.0)
    brakes.wait(2, 10.0)
    brakes.go([1, 3], 11.0)
    one, two = brakes
    assert (one.so_far(15.0), two.so_far(15.0)) == (1.0, 5.0)


def test_nobody_waits_for_an_unknown_limit():
    """What was never set up is not counted."""
    brakes = _brakes()
    brakes.wait(7, 1.0)
    brakes.go([7], 2.0)
    assert list(brakes) == []


def test_a_limit_that_changes_keeps_its_count():
    """A warm-up grows by the day; what was waited stays."""
    brakes = _brakes(1)
    brakes.wait(1, 1.0)
    brakes.go([1], 3.0)
    brakes.holds(1, 50.0, "relay:", "p1", eased=False)
    [one] = brakes
    assert (one.rate, one.seconds) == (50.0, 2.0)


def test_a_clock_of_a_moment_ago_makes_no_negative_wait():
    """Dates may be asked for a little out of order."""
    brakes = _brakes(1)
    brakes.wait(1, 10.0)
    [one] = brakes
    assert one.so_far(9.0) == 0.0
