from collections import Counter

import attrs
from hypothesis import given
from hypothesis import strategies as st

from safesend.ledger.rota import Rota, earliest
from safesend.ledger.values import ALL, Shares

NOW = 100.0


@attrs.frozen
class Rows:
    """Rows that wait, in memory: (id, provider, date or None for a fresh one)."""

    rows: tuple

    def again(self, limit, now, held, since):
        found = sorted(
            (date, id_, provider)
            for id_, provider, date in self.rows
            if date is not None and since <= date <= now and provider not in held
        )
        return [(id_, provider, date) for date, id_, provider in found[:limit]]

    def provider(self, begin):
        names = [name for _, name, date in self.rows if date is None and name >= begin]
        return min(names, default=None)

    def fresh(self, provider, behind, limit):
        return sorted(
            id_
            for id_, name, date in self.rows
            if date is None and name == provider and id_ > behind
        )[:limit]

    def put_off(self, held):
        dates = [date for _, name, date in self.rows if date and name not in held]
        return min(dates, default=None)


def numbered(*rows):
    return Rows(tuple((number, *row) for number, row in enumerate(rows, 1)))


LISTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([None, 50.0, 60.0, 200.0])),
    max_size=30,
).map(lambda rows: numbered(*rows))


def test_providers_take_turns_behind_those_put_off():
    """
    A quarter of a claim each, and the next claim goes on with the next one.
    """
    rows = numbered(*[("a", None)] * 9, *[("b", None)] * 9, ("c", 50.0))
    rota = Rota()
    assert rota.choose(rows, shares=ALL, limit=5, now=NOW) == [19, 1, 10, 2, 11]
    assert rota.begin == "b\0"


@given(LISTS, st.integers(0, 12), st.integers(0, 4), st.sampled_from(["", "a\0"]))
def test_a_claim_gives_what_there_is_within_the_shares(rows, limit, share, begin):
    """
    No row twice, nobody more than its share, and as many as that allows.
    """
    chosen = Rota(begin).choose(rows, shares=Shares(share), limit=limit, now=NOW)
    due = {id_: name for id_, name, date in rows.rows if date is None or date <= NOW}
    given = Counter(due[id_] for id_ in chosen)
    room = sum(min(share, number) for number in Counter(due.values()).values())

    assert len(set(chosen)) == len(chosen) == min(limit, room)
    assert all(number <= share for number in given.values())


@given(LISTS, st.sets(st.sampled_from("abc")))
def test_the_earliest_date_is_that_of_a_row_that_is_not_held(rows, held):
    """
    A fresh row is due at once.
    """
    dates = [date or 0.0 for _, name, date in rows.rows if name not in held]

    assert earliest(rows, held) == min(dates, default=None)
