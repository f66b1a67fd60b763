"""A throttle never lets more through than its rate and its burst."""

import copy
import itertools
import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.policies.throttle import Pace, Ramp, Throttle, free_at, next_arrival

DAY = 86400.0
WARM_UP = "200/day -> 50k/day over 21d"

# Clocks that count from the boot, and those that count from 1970.
CLOCKS = st.one_of(
    st.just(0.0), st.floats(0, 1e-3), st.floats(0, 1e7), st.floats(1.6e9, 4.2e9)
)
PACES = st.builds(
    Pace,
    st.one_of(st.floats(1e-5, 1e6), st.integers(1, 20_000).map(float)),
    st.integers(1, 30),
)


@pytest.mark.parametrize(
    ("spec", "rate"),
    [
        ("50/s", 50.0),
        ("600/min", 10.0),
        ("600/m", 10.0),
        ("3600/h", 1.0),
        ("86.4k/day", 1.0),
        ("86400/d", 1.0),
        (" 0.5 / s ", 0.5),
    ],
)
def test_a_spec_is_a_number_and_a_unit(spec, rate):
    """
    Every unit comes out as messages a second.
    """
    assert Throttle(spec).rate == pytest.approx(rate)


@pytest.mark.parametrize(
    "spec",
    [
        *("", "fast", "0/s", "10", "10/fortnight", "-1/s", "1e3/s", "0.001/day"),
        *("9" * 400 + "/s", 50, True),
    ],
)
def test_what_is_no_rate_is_refused(spec):
    """
    The error shows how a rate is written.
    """
    with pytest.raises(ConfigurationError, match="50/s"):
        Throttle(spec)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"spec": "1/s", "burst": 0}, "at least one message"),
        ({"spec": "1/s", "burst": 2.5}, "whole number"),
        ({"spec": "1/s", "burst": True}, "whole number"),
        ({"burst": 5}, "belongs to a limit over everything"),
        ({"spec": WARM_UP, "burst": 5}, "belongs to a limit over everything"),
        ({"spec": WARM_UP, "warmup": WARM_UP}, "two warm-ups"),
        ({"warmup": "50/s"}, "200/day -> 50k/day over 21d"),
        ({"warmup": 50}, "200/day -> 50k/day over 21d"),
        ({"spec": "200/day -> 50k/day"}, "200/day -> 50k/day over 21d"),
        ({"warmup": "50k/day -> 200/day over 21d"}, "falls"),
        ({"warmup": "200/day -> 50k/day over 1d"}, "2 days"),
        ({"warmup": "200/day -> fast over 9d"}, "' fast '"),
        ({"per_provider": "google"}, "{'google': '10/s'}"),
        ({"per_provider": {1: "10/s"}}, "1 is no provider"),
        ({"per_provider": {" ": "10/s"}}, "no provider"),
        ({"per_provider": {"google": "1/s", "Google": "2/s"}}, "'google' twice"),
        ({"per_provider": {"google": "fast"}}, "'google'.*'fast'.*50/s"),
        ({"per_provider": {"google": 10}}, "'google'.*10.*50/s"),
        ({"per_provider": {"google": None}}, "plain limit"),
        (
            {"per_provider": {"a": Throttle(per_provider={"b": "1/s"})}},
            "without providers of its own",
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_is_right(arguments, match):
    """
    Every mistake is an error that tells what to write.
    """
    with pytest.raises(ConfigurationError, match=match):
        Throttle(**arguments)


def test_the_default_burst_is_a_tenth_of_a_second():
    """
    Fast throttles come in small groups, slow ones one by one.
    """
    assert (Throttle("200/s").burst, Throttle("1/h").burst) == (20, 1)
    assert Throttle("200/s").pace(0) == Pace(200.0) == Pace(200.0, 20)


def test_a_throttle_without_a_limit_sets_none():
    """
    Where nothing is said, nothing is limited; providers may be, all the same.
    """
    throttle = Throttle(per_provider={"Google": "10/s"})
    assert (throttle.rate, throttle.pace(5.0)) == (None, None)
    assert throttle.provider_pace("gmx", 5.0) is None
    assert throttle.provider_pace("GOOGLE", 5.0) == Pace(10.0, 1)


def test_a_warm_up_grows_by_the_same_factor_every_day():
    """
    The first day has the first rate, the last day and all after it the last.
    """
    pace = [Throttle(WARM_UP).pace(day * DAY).rate * DAY for day in range(23)]
    assert pace[0] == pytest.approx(200)
    assert pace[20:] == pytest.approx([50_000] * 3)
    factors = [after / before for before, after in itertools.pairwise(pace[:21])]
    assert factors == pytest.approx([250 ** (1 / 20)] * 20)


def test_a_warm_up_stays_within_a_day():
    """
    A clock that was put back counts as the first day; within a day nothing grows.
    """
    ramp = Ramp.of("100/day → 400/day over 3 days")
    ages = (-5.0, 0.0, DAY - 0.001, DAY, 1.5 * DAY, 2 * DAY)
    assert [ramp.rate(age) * DAY for age in ages] == pytest.approx(
        [100, 100, 100, 200, 200, 400]
    )


def test_the_lower_of_rate_and_warm_up_holds():
    """
    The warm-up is spread evenly; when it has outgrown the rate, rate and burst hold.
    """
    throttle = Throttle("100/day", burst=7, warmup="50/day -> 200/day over 3d")
    assert throttle.pace(0) == Pace(50 / DAY, 1)
    assert throttle.pace(DAY) == throttle.pace(9 * DAY) == Pace(100 / DAY, 7)


def test_a_provider_may_warm_up_on_its_own():
    """
    The limit of a provider is a whole throttle, but for further providers.
    """
    throttle = Throttle("50/s", per_provider={"yahoo": WARM_UP})
    assert throttle.provider_pace("yahoo", 0.0) == Pace(200 / DAY, 1)


@pytest.mark.parametrize(
    "throttle",
    [
        Throttle(),
        Throttle("50/s"),
        Throttle("600/min", burst=5),
        Throttle("0.7/min"),
        Throttle("0.123456789123/s"),
        Throttle("0.0087/d"),
        Throttle("20k/day", per_provider={"google": "10/s"}, warmup=WARM_UP),
    ],
    ids=repr,
)
def test_a_throttle_reads_as_it_is_written(throttle):
    """
    Its text makes the same again; equal ones are one key; copies are equal.
    """
    assert {throttle: 1}[eval(repr(throttle))] == 1
    assert copy.deepcopy(throttle) == pickle.loads(pickle.dumps(throttle)) == throttle
    assert throttle != Throttle("49/s")


def test_the_text_of_a_throttle_is_short():
    """
    A rate is told in the unit in which it reads best.
    """
    throttle = Throttle("3000/h", per_provider={"Google": "600/min"}, warmup=WARM_UP)
    assert repr(throttle) == (
        "Throttle('50/min', per_provider={'google': Throttle('10/s')},"
        " warmup='200/day -> 50k/day over 21d')"
    )


@given(rate=st.floats(1e-7, 1e6), other=st.floats(1e-7, 1e6) | st.none())
def test_the_slower_of_two_paces_is_one_of_them(rate, other):
    """
    What limits from elsewhere only ever makes slower, and never a larger burst.
    """
    pace = Pace(rate, 8)
    slower = pace.at_most(other)
    assert slower.rate == (rate if other is None else min(rate, other))
    assert 1 <= slower.burst <= 8


def _granted(calls, now):
    """The dates of what was granted, as exact fractions; each call names its pace."""
    arrival, dates = 0.0, []
    for pause, times, pace in calls:
        now += pause
        for _ in range(times):
            new = next_arrival(arrival, pace, now)
            assert (new is None) == (free_at(arrival, pace, now) > now)
            if new is not None:
                arrival = new
                dates.append(Fraction(now))
    return dates


def _assert_within(dates, rate, burst):
    for first, begin in enumerate(dates):
        for count, end in enumerate(dates[first:], 1):
            assert count <= Fraction(rate) * (end - begin) + burst


@st.composite
def _calls(draw, paces):
    """Pauses as multiples of the pace's own step, some of nothing; calls in bunches."""
    pace = draw(paces)
    pause = st.one_of(
        st.just(0.0),
        st.sampled_from([0.5, 1.0, 1.0000001, 2.0]).map(lambda n: n / pace.rate),
        st.sampled_from([1, 2, 3, 1000]).map(lambda n: n * pace.step),
        st.floats(0, 3).map(lambda n: n * pace.step),
        st.floats(0, 1e-6),
    )
    times = st.integers(1, 2 * pace.burst + 2)
    return draw(
        st.lists(st.tuples(pause, times, st.just(pace)), min_size=1, max_size=12)
    )


@given(calls=_calls(PACES), now=CLOCKS)
def test_no_window_holds_more_than_rate_and_burst(calls, now):
    """
    Over any window of t seconds at most rate * t + burst messages go, to the last bit.
    """
    pace = calls[0][2]
    _assert_within(_granted(calls, now), pace.rate, pace.burst)


@given(calls=_calls(PACES), now=CLOCKS, arrival=st.floats())
def test_no_stored_number_lets_too_many_through(calls, now, arrival):
    """
    Whatever was found in the cell, what goes from then on keeps rate and burst.
    """
    pace, dates = calls[0][2], []
    for pause, times, _ in calls:
        now += pause
        for _ in range(times):
            if (new := next_arrival(arrival, pace, now)) is not None:
                arrival = new
                dates.append(Fraction(now))
    # A number that is no whole tick may cost one rounding, of the first sum.
    _assert_within(dates[1:], pace.rate, pace.burst)


@given(
    stretches=st.lists(
        _calls(st.builds(Pace, st.floats(1e-3, 1e4), st.just(1))), max_size=8
    ),
    now=CLOCKS,
)
def test_one_by_one_the_pace_may_change_at_any_time(stretches, now):
    """
    Without a burst, two messages are never nearer than the pace of the later allows.
    """
    arrival, last = 0.0, None
    for pause, times, pace in itertools.chain.from_iterable(stretches):
        now += pause
        for _ in range(times):
            if (new := next_arrival(arrival, pace, now)) is not None:
                if last is not None:
                    assert Fraction(pace.rate) * (Fraction(now) - last) >= 1
                arrival, last = new, Fraction(now)


@given(stretches=st.lists(_calls(PACES), max_size=6), now=CLOCKS)
def test_each_pace_holds_for_as_long_as_it_lasts(stretches, now):
    """
    However the pace changes in between, each stretch of one keeps its rate and burst.
    """
    arrival = 0.0
    for calls in stretches:
        dates = []
        for pause, times, pace in calls:
            now += pause
            for _ in range(times):
                if (new := next_arrival(arrival, pace, now)) is not None:
                    arrival = new
                    dates.append(Fraction(now))
        _assert_within(dates, calls[0][2].rate, calls[0][2].burst)


@given(pace=PACES, now=CLOCKS)
def test_the_whole_burst_goes_at_once(pace, now):
    """
    After a pause exactly the burst goes while the clock stands still.
    """
    dates = _granted([(0.0, pace.burst + 3, pace)], now)
    assert len(dates) == pace.burst


@given(pace=PACES, now=CLOCKS)
def test_the_named_moment_is_the_first_that_grants(pace, now):
    """
    At `free_at` one more goes, and not a hair earlier.
    """
    arrival = 0.0
    for _ in range(pace.burst + 5):
        moment = free_at(arrival, pace, now)
        if moment > now:
            assert next_arrival(arrival, pace, math.nextafter(moment, 0)) is None
        now = max(now, moment)
        arrival = next_arrival(arrival, pace, now)
        assert arrival is not None


@given(pace=PACES, now=CLOCKS)
def test_the_pace_is_reached(pace, now):
    """
    Sent whenever it is free, messages go at the rate but for two ticks of a message.
    """
    dates = [now]
    arrival = next_arrival(0.0, pace, now)
    for _ in range(3 * pace.burst):
        dates.append(max(dates[-1], free_at(arrival, pace, dates[-1])))
        arrival = next_arrival(arrival, pace, dates[-1])
    paced = 2 * pace.burst + 1
    assert dates[-1] - now <= paced * (1 / pace.rate + 2.0**-20) + 2.0**-20


@given(pace=PACES, now=CLOCKS, arrival=st.floats())
def test_no_stored_number_stalls(pace, now, arrival):
    """
    From another boot, another pace or none at all: the wait is at most two bursts long.
    """
    wait = free_at(arrival, pace, now) - now
    assert 0 <= wait <= 2 * pace.burst * pace.step + pace.step
    again = next_arrival(arrival, pace, now + wait * 1.000001 + 1e-6)
    assert again is not None


def test_a_number_from_another_boot_lets_one_message_go():
    """
    Then the bucket counts as full: the second waits for its turn.
    """
    pace = Pace(1.0, 10)
    arrival = next_arrival(1e9, pace, 50.0)
    assert next_arrival(arrival, pace, 50.5) is None
    assert free_at(arrival, pace, 50.5) == pytest.approx(51.0, abs=1e-5)


def test_a_quicker_pace_does_not_wait_for_the_slower():
    """
    A message an hour, then ten a second: the next goes a tenth of a second later.
    """
    arrival = next_arrival(0.0, Throttle("1/h").pace(0), 100.0)
    quick = Throttle("10/s").pace(0)
    assert next_arrival(arrival, quick, 100.09) is None
    assert next_arrival(arrival, quick, 100.11) is not None


def test_the_slower_of_two_limits_is_kept():
    """
    What a carrier allows makes a limit slower, never faster, and adds one to none.
    """
    limit = Throttle("50/s", burst=20, per_provider={"google": "10/s"})

    assert limit.at_most(80) is limit
    assert limit.at_most(10).pace(0.0) == Pace(10.0, 1)
    assert limit.at_most(10).per_provider == limit.per_provider
    assert Throttle().at_most(10).pace(0.0) == Pace(10.0)
    warm = Throttle("200/day -> 50k/day over 21d").at_most(1)
    assert warm.pace(0.0).rate == pytest.approx(200 / 86_400)
    assert warm.pace(1e9).rate == pytest.approx(50_000 / 86_400)


@pytest.mark.parametrize("text", ["50/s", "7/min", "1.3/h", "20k/day", "0.0101/d"])
def test_a_limit_tells_a_text_that_gives_it(text):
    """
    The very same rate; a warm-up that stands alone has none.
    """
    assert Throttle(Throttle(text).spec).rate == Throttle(text).rate
    assert Throttle(warmup="1/s -> 2/s over 3d").spec is None
