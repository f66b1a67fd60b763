"""What limits the pace, as a table of how a run may stand."""

from __future__ import annotations

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given

from safesend.engine.bottleneck import (
    Brake,
    Limit,
    Standing,
    Stop,
    bottleneck,
    restored,
)

NOW = 1_750_000_000.0
LATER = NOW + 600
ALL = Brake(rate=50, held=0.9)
GOOGLE = Brake(provider="google", rate=5, held=1.0)
EASED = Brake(provider="google", rate=2, held=1.0, eased=True, reply="450 slow")
ROUTE = Stop("", LATER, "421 rest")
PROVIDER = Stop("google", LATER, "421 quota")


@pytest.mark.parametrize(
    ("standing", "limit"),
    [
        # Nothing may go at all.
        ({"opens": LATER, "ready": 3}, Limit(kind="hours", until=LATER)),
        (
            {"stops": (ROUTE,), "ready": 3},
            Limit(kind="pause", until=LATER, reply="421 rest"),
        ),
        # Nothing is in hand.
        ({}, None),
        ({"due": LATER}, Limit(kind="date", until=LATER)),
        (
            {"due": LATER, "stops": (PROVIDER,)},
            Limit(kind="pause", provider="google", until=LATER, reply="421 quota"),
        ),
        (
            {"due": NOW + 60, "stops": (PROVIDER,)},
            Limit(kind="date", until=NOW + 60),
        ),
        (
            {"due": LATER, "paced": True, "brakes": (ALL, GOOGLE)},
            Limit(kind="rate", provider="google", rate=5),
        ),
        ({"due": LATER, "paced": True}, Limit(kind="date", until=LATER)),
        # Nobody is reached.
        (
            {"ready": 9, "unreached": "refused"},
            Limit(kind="reaching", reply="refused"),
        ),
        (
            {
                "ready": 9,
                "unreached": "421 many",
                "sessions": 1,
                "busy": 1,
                "in_flight": 1,
                "window": 2,
                "lanes": 8,
            },
            Limit(kind="connections", number=1, reply="421 many"),
        ),
        # A limit on the rate.
        ({"ready": 9, "brakes": (ALL,)}, Limit(kind="rate", rate=50)),
        ({"ready": 9, "in_flight": 1, "brakes": (ALL,)}, Limit(kind="rate", rate=50)),
        (
            {"ready": 9, "free": False, "brakes": (EASED,)},
            Limit(kind="eased", provider="google", rate=2, reply="450 slow"),
        ),
        (
            {"ready": 9, "free": False, "brakes": (ALL, GOOGLE)},
            Limit(kind="rate", provider="google", rate=5),
        ),
        (
            {"ready": 9, "brakes": (GOOGLE,), "busy": 4, "lanes": 4},
            Limit(kind="lanes", number=4),
        ),
        (
            {
                "ready": 9,
                "brakes": (attrs.evolve(ALL, held=0.1),),
                "busy": 4,
                "lanes": 4,
            },
            Limit(kind="lanes", number=4),
        ),
        # All that is in hand is of providers that cannot take more.
        (
            {"ready": 9, "free": False, "full": "google", "complaint": "421 many"},
            Limit(kind="connections", provider="google", reply="421 many"),
        ),
        (
            {"ready": 9, "free": False, "stops": (PROVIDER,)},
            Limit(kind="pause", provider="google", until=LATER, reply="421 quota"),
        ),
        ({"ready": 9, "free": False}, None),
        (
            {"ready": 9, "free": False, "full": "google", "busy": 2, "lanes": 2},
            Limit(kind="lanes", number=2),
        ),
        # It may go: what it waits for.
        ({"ready": 9, "in_flight": 1, "processor": 0.97}, Limit(kind="machine")),
        ({"due": NOW, "disk": 0.8}, Limit(kind="disk")),
        (
            {"ready": 9, "busy": 2, "window": 2, "lanes": 8, "complaint": "421 many"},
            Limit(kind="connections", number=2, reply="421 many"),
        ),
        (
            {"ready": 9, "busy": 8, "window": 8, "lanes": 8},
            Limit(kind="lanes", number=8),
        ),
        (
            {"in_flight": 2, "busy": 2, "lanes": 2},
            Limit(kind="answers", number=2),
        ),
        ({"due": NOW}, None),
    ],
)
def test_one_thing_limits_the_pace(standing, limit):
    """The first that holds, in the order in which they exclude one another."""
    assert bottleneck(Standing(now=NOW, **standing)) == limit


def test_a_pause_that_is_over_is_none():
    """Nor are sending hours that began."""
    run = Standing(now=NOW, opens=NOW, stops=(Stop("", NOW, "421"),), due=NOW + 1)
    assert bottleneck(run) == Limit(kind="date", until=NOW + 1)


def test_it_is_read_as_it_was_written():
    """From one process to another, as JSON has it."""
    limit = Limit(kind="eased", provider="google", rate=0.5, reply="450 slow")
    assert restored(attrs.asdict(limit)) == limit


@pytest.mark.parametrize(
    "told",
    [
        None,
        "rate",
        {},
        {"kind": "moonlight", "provider": "", "reply": ""},
        {"kind": ["rate"], "provider": "", "reply": ""},
        {"kind": "rate", "provider": None, "reply": ""},
        {"kind": "rate", "provider": "", "reply": "", "rate": "fast"},
        {"kind": "rate", "provider": "", "reply": "", "number": True},
    ],
)
def test_what_another_version_wrote_is_left_out(told):
    """A kind of a newer one, or what is none at all."""
    assert restored(told) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.dictionaries(
        st.sampled_from(["kind", "provider", "reply", "until", "rate"]), inner
    ),
)


@given(_JSON)
def test_whatever_was_written_does_no_harm(told):
    """It is a limit, or nothing."""
    found = restored(told)
    assert found is None or isinstance(found, Limit)


_BRAKES = st.builds(
    Brake,
    provider=st.sampled_from(["", "google", "gmx"]),
    rate=st.floats(0.01, 100),
    held=st.floats(0, 1),
    eased=st.booleans(),
)


@given(
    st.builds(
        Standing,
        now=st.just(NOW),
        ready=st.integers(0, 3),
        in_flight=st.integers(0, 3),
        free=st.booleans(),
        full=st.none() | st.just("google"),
        due=st.none() | st.sampled_from([NOW - 1, NOW, LATER]),
        paced=st.booleans(),
        opens=st.none() | st.sampled_from([NOW, LATER]),
        stops=st.lists(st.sampled_from([ROUTE, PROVIDER]), max_size=2).map(tuple),
        brakes=st.lists(_BRAKES, max_size=3).map(tuple),
        busy=st.integers(0, 4),
        sessions=st.integers(0, 4),
        unreached=st.sampled_from(["", "refused"]),
    )
)
def test_what_is_named_is_there(run):
    """No limit is made up: its date, its rate or its reply is one that was given."""
    limit = bottleneck(run)
    if limit is None:
        return
    if limit.until is not None:
        assert limit.until > NOW
    if limit.kind in {"rate", "eased"}:
        assert (limit.provider, limit.rate) in {
            (b.provider, b.rate) for b in run.brakes
        }
    if limit.kind == "reaching":
        assert run.unreached
        assert run.ready
        assert not run.sessions
