"""ledger/piloted.py: what the numbers of a pilot mean."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from safesend.ledger.consent import PilotRecord
from safesend.ledger.piloted import chosen, fared, planned
from safesend.ledger.states import CODES, STATES
from safesend.ledger.values import Shares, State
from safesend.policies.pilot import Pilot

_PROVIDERS = st.sampled_from("abc")


@given(
    st.lists(_PROVIDERS),
    st.integers(0, 9),
    st.integers(0, 3),
    st.dictionaries(_PROVIDERS, st.integers(0, 4)),
)
def test_nobody_of_a_pilot_gets_more_than_a_share(providers, limit, usual, special):
    """
    In the order in which they are due, and none is passed over without need.
    """
    due = [*enumerate(providers)]
    shares = Shares(usual, special)

    ids = chosen(due, shares, limit)

    given_ = Counter(providers[id_] for id_ in ids)
    assert ids == sorted(ids)
    assert len(ids) <= limit
    assert all(number <= shares.of(name, limit) for name, number in given_.items())
    if len(ids) < limit:
        left = {name for id_, name in due if id_ not in ids}
        assert all(given_[name] == shares.of(name, limit) for name in left)


@given(
    st.dictionaries(
        st.sampled_from([*STATES]),
        st.tuples(st.integers(1, 9), st.none() | st.floats(0, 9)),
    )
)
def test_everybody_of_a_pilot_fares_in_one_way(found):
    """
    Who is left out counts for nothing; the last date is that of an outcome.
    """
    rows = [(code, number, last) for code, (number, last) in found.items()]

    seen = fared(rows, 5.0)

    number = {code: count for code, count, _ in rows}
    got_it = number.get(CODES[State.ACCEPTED], 0)
    left_out = number.get(CODES[State.SUPPRESSED], 0)
    assert seen.people == sum(number.values()) - left_out
    assert seen.open + seen.in_doubt + seen.lost + got_it == seen.people
    dates = [last for *_, last in rows if last is not None]
    assert seen.last == max(dates, default=5.0)


def test_a_pilot_has_rows_from_its_beginning_on():
    """
    Where none was planned, there is none; one that is planned only has no rows yet.
    """
    terms = Pilot(3, "1h", "2%")
    known = (3, terms.after, terms.refused)

    assert planned(None) is None
    assert planned((None,) * 7) is None
    assert planned((*known, None, None, None, None)) == (PilotRecord(terms), None)
    begun = PilotRecord(terms, 7.0)
    assert planned((*known, 7.0, None, 4, 9)) == (begun, (4, 9))
