"""engine/content/sending.py: how a campaign is sent, as plain values and back."""

from __future__ import annotations

import attrs
import pytest
import tenacity
from hypothesis import given
from hypothesis import strategies as st

from safesend.engine.content.canon import fits
from safesend.engine.content.sending import SENDING, options_of, values_of
from safesend.engine.options import Options
from safesend.errors import ConfigurationError
from safesend.policies.auto_stop import AutoStop
from safesend.policies.pilot import Pilot
from safesend.policies.retry import Retry
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.suppression import SuppressionList
from safesend.transports import MemoryTransport

NOW = 1_800_000_000.0
MANY = {"booking", "deadline", "beginning"}


def options(**more):
    """Options of which nothing is said but these."""
    return Options(**{"give_up_after": "2d", "confirm_changes": False, **more})


def told(given):
    """The settings that come of options, in a form that can be compared."""
    settings = given.settings(MemoryTransport(), NOW)
    kept = {one.name for one in attrs.fields(type(settings))} - MANY
    booking = settings.booking
    tries = [
        booking.retry.next_try(n, now=NOW, first_tried=NOW, jitter=0.3)
        for n in range(1, 9)
    ]
    return {name: getattr(settings, name) for name in kept} | {
        "booking": (booking.on_doubt, booking.give_up_after, booking.remembered),
        "tries": tries,
    }


RATES = st.sampled_from(["50/s", "7/min", "1.5/h", "20k/day", "0.3/d"])
THROTTLES = st.builds(
    Throttle,
    RATES,
    burst=st.none() | st.integers(1, 10**6),
    per_provider=st.dictionaries(
        st.sampled_from(["google", "Yahoo", "other.example"]),
        RATES | st.builds(Throttle, RATES, burst=st.integers(1, 9)),
    ),
    warmup=st.none() | st.just("200/day -> 50k/day over 21d"),
)
HOURS = st.sampled_from(
    ["Mon-Fri 09:00-17:00 Europe/Berlin", SendingHours("22:00-06:00", tz="UTC")]
)
PILOTS = st.sampled_from([50, "50, 30m, 2%", "7, 2%", Pilot(3, after=0.5)])
WAYS = st.builds(
    options,
    throttle=st.none() | THROTTLES | st.sampled_from(["3/s", "1/s -> 2/s over 3d"]),
    retry=st.sampled_from([None, "5m, 1h*3", "5m, stop", "stop", Retry()]),
    lanes=st.integers(1, 500),
    give_up_after=st.sampled_from(["2d", 0, 0.25, "1h 30m"]),
    on_doubt=st.sampled_from(["hold", "resend", "assume-accepted"]),
    hours=st.none() | HOURS,
    providers=st.sampled_from(
        [None, {}, {"a": ("a.example",), "council": ["council.example", "b.example"]}]
    ),
    rules=st.none(),
    retention=st.sampled_from([None, "90d", 1.5]),
    approvals=st.none() | st.integers(0, 1000),
    pilot=st.none() | PILOTS,
    auto_stop=st.sampled_from([None, True, False, AutoStop(refused="5%", alike=3)]),
)


@given(WAYS)
def test_options_come_back_as_they_were(given):
    """
    They make the same settings; a second time they are the same values.
    """
    values = values_of(given)
    assert fits(values, SENDING)
    found = options_of(values)
    assert told(found) == told(given)
    assert values_of(found) == values


def test_what_belongs_to_a_call_is_the_calls():
    """
    Its deadline, how many sessions it has, and that nobody confirmed anything.
    """
    values = values_of(options(deadline="5m", confirm_changes=True, delay="1h"))
    found = options_of(values, deadline=60, lanes=3)
    assert (found.deadline, found.lanes, found.confirm_changes) == (60, 3, False)
    assert found.delay == 0
    assert options_of(values).lanes == 8


def test_rules_of_a_file_come_along(tmp_path):
    """
    The file is not needed any more.
    """
    file = tmp_path / "rules.toml"
    file.write_text(
        '[[rule]]\nname="x"\ncode=451\nscope="message"\ndo="later"\nmeans="not now"\n'
    )
    given = options(rules=file, mx_lookup=True)
    before, values = told(given)["rulebook"], values_of(given)
    file.unlink()
    assert options_of(values).rules == before
    assert values["mx_lookup"] is True


def test_retries_that_have_no_text_are_refused():
    """
    They are objects that only a program can make.
    """
    for retry in (
        Retry(tenacity.wait_exponential()),
        Retry(stop=tenacity.stop_after_delay(5)),
        Retry(tenacity.wait_chain(tenacity.wait_random(1, 2))),
    ):
        with pytest.raises(ConfigurationError, match="as a text"):
            values_of(options(retry=retry))


def test_a_single_wait_has_a_text():
    """
    It goes on for ever, as the last of several does.
    """
    values = values_of(options(retry=Retry(tenacity.wait_fixed(30))))
    assert values["retry"] == {"waits": [30.0], "tries": None}


@pytest.mark.parametrize("waits", [[], [-1.0], [float("inf")], [1e300]])
def test_waits_that_are_none_are_refused(waits):
    """
    Wherever they come from.
    """
    values = values_of(options())
    with pytest.raises(ConfigurationError, match="waits in seconds"):
        options_of(values | {"retry": {"waits": waits, "tries": None}})


def test_the_list_that_is_asked_is_the_same(tmp_path):
    """
    By its id: another one, or none, would let people get mail who want none.
    """
    one, other = (
        SuppressionList(tmp_path / name, key_home=tmp_path / "keys")
        for name in ("one.db", "other.db")
    )
    with one, other:
        values = values_of(options(suppression=one))
        assert options_of(values, suppression=one).suppression is one
        for wrong, words in ((None, "none was given"), (other, "another one")):
            with pytest.raises(ConfigurationError, match=words):
                options_of(values, suppression=wrong)
        assert options_of(values_of(options()), suppression=other).suppression is other
