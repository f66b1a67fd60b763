"""A pilot lets the rest go when it fared well, and asks a person otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.policies.pilot import Pilot, PilotSeen

NOW = 1_000_000.0
GONE = "the pilot of 50 has gone out"


def _seen(people=50, *, open_=0, in_doubt=0, lost=0, last=NOW):
    return PilotSeen(people=people, open=open_, in_doubt=in_doubt, lost=lost, last=last)


@pytest.mark.parametrize(
    ("written", "pilot"),
    [
        (50, Pilot(50)),
        ("50", Pilot(50)),
        ("50, 30m", Pilot(50, "30m")),
        ("50, 2%", Pilot(50, None, "2%")),
        ("50, 30m, 2%", Pilot(50, 1800, 0.02)),
        (" 50,2 %,1h 30m ", Pilot(50, 5400, 0.02)),
    ],
)
def test_a_pilot_is_read(written, pilot):
    """How many people, and in any order what lets the rest go by itself."""
    assert Pilot.of(written) == pilot
    assert pilot.automatic == (pilot != Pilot(50))


@pytest.mark.parametrize(
    "written",
    ["", "x", "0", 0, -1, True, 1.5, "50, 30m, 1h", "50, 2%, 3%", "50, x", "50,", "²"],
)
def test_what_is_no_pilot_is_refused(written):
    """The message says how to write one."""
    with pytest.raises(ConfigurationError, match=r"write|percentage"):
        Pilot.of(written)


@pytest.mark.parametrize(
    ("pilot", "seen", "why"),
    [
        (Pilot(50), _seen(), GONE),
        (Pilot(50), _seen(open_=1), "of the pilot of 50 1 is still open"),
        (Pilot(50, "1h"), _seen(open_=3), "of the pilot of 50 3 are still open"),
        (
            Pilot(50, "1h", "2%"),
            _seen(in_doubt=2, last=0),
            f"{GONE}, and 2 of them in doubt",
        ),
        (
            Pilot(50, "1h", "2%"),
            _seen(lost=2, last=0),
            f"{GONE}, and 2 of them got nothing (4 %, more than 2 %)",
        ),
        (
            Pilot(50, "1h"),
            _seen(lost=1, last=0),
            f"{GONE}, and 1 of them got nothing (2 %, more than 0 %)",
        ),
        (
            Pilot(50, "1h", "2%"),
            _seen(people=0, last=0),
            "of the pilot of 50 nobody was written to",
        ),
    ],
)
def test_a_person_decides(pilot, seen, why):
    """Without thresholds, and where they are not kept; the reason is said."""
    verdict = pilot.decide(seen, NOW)
    assert (verdict.release, verdict.why, verdict.until) == (False, why, None)


def test_the_rest_goes_by_itself_in_time():
    """That long after the latest outcome, and not before."""
    pilot, seen = Pilot(50, "30m", "2%"), _seen(lost=1)
    waits = pilot.decide(seen, NOW + 1799)
    assert (waits.release, waits.until) == (False, NOW + 1800)
    assert pilot.decide(seen, NOW + 1800).release
    assert Pilot(50, None, "2%").decide(seen, NOW).release


@given(
    st.builds(
        Pilot,
        st.integers(1, 99),
        st.none() | st.floats(0, 1e5),
        st.none() | st.floats(0, 1),
    ),
    st.builds(
        PilotSeen,
        people=st.integers(0, 99),
        open=st.integers(0, 3),
        in_doubt=st.integers(0, 3),
        lost=st.integers(0, 99),
        last=st.floats(0, 1e6),
    ),
    st.floats(0, 2e6),
)
def test_nothing_is_released_that_a_threshold_holds(pilot, seen, now):
    """Released is only what was allowed by all of them; what waits says why."""
    verdict = pilot.decide(seen, now)
    assert verdict.why
    if verdict.release:
        assert pilot.automatic
        assert not seen.open
        assert not seen.in_doubt
        assert seen.lost <= (pilot.refused or 0.0) * max(1, seen.people) + 1e-9
        assert now >= seen.last + (pilot.after or 0.0)
    if verdict.until is not None:
        assert now < verdict.until
        assert pilot.decide(seen, verdict.until).release
