import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from functools import partial

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safesend.ledger.base import ALL, Shares
from safesend.ledger.queries import migrations
from safesend.ledger.turns import Turns, next_due

CAMPAIGN = 1
NOW = 100.0
FRESH, PUT_OFF, ACCEPTED = 2, 3, 5


@attrs.frozen
class Known:
    """A row of the model; its place in the list is its id."""

    id: int
    provider: str
    state: int = FRESH
    date: float = 0.0


def table(rows):
    """A ledger's tables with these rows, and as many of another campaign."""
    connection = sqlite3.connect(":memory:")
    for script in migrations():
        connection.executescript(script)
    connection.executemany(
        "INSERT INTO delivery (id, campaign, state, not_before, provider, digest,"
        " suppression) VALUES (?, ?, ?, ?, ?, x'', x'')",
        [(row.id, CAMPAIGN, row.state, row.date, row.provider) for row in rows]
        + [(None, CAMPAIGN + 1, FRESH, 0.0, row.provider) for row in rows],
    )
    return closing(connection)


def choose(connection, limit, shares=ALL, turns=None, upto=10**9):
    turns = turns or Turns()
    return turns.choose_from(
        connection, CAMPAIGN, upto, shares=shares, limit=limit, now=NOW
    )


def listed(*providers):
    return [Known(number, name) for number, name in enumerate(providers, 1)]


def steps_of(connection, call):
    """How many instructions SQLite's machine carries out for it, in hundreds."""
    steps = 0

    def count():
        nonlocal steps
        steps += 1

    connection.set_progress_handler(count, 100)
    call()
    connection.set_progress_handler(None, 0)
    return steps


def statements_of(connection, call):
    statements = []
    connection.set_trace_callback(statements.append)
    call()
    connection.set_trace_callback(None)
    return len(statements)


# Against a model


names = st.sampled_from(["", "aol", "example.org", "google", "yahoo"])
dates = st.sampled_from([NOW - 9, NOW - 5, NOW - 5.5, NOW, NOW + 1])
waiting = st.one_of(
    st.tuples(names, st.just(FRESH), st.just(0.0)),
    st.tuples(names, st.just(PUT_OFF), dates),
    st.tuples(names, st.just(ACCEPTED), st.just(0.0)),
)
mailings = st.lists(waiting, max_size=60).map(
    lambda rows: [Known(number, *row) for number, row in enumerate(rows, 1)]
)
all_shares = st.builds(
    Shares,
    usual=st.none() | st.integers(0, 9),
    special=st.dictionaries(names, st.integers(-1, 9), max_size=3),
)


def by_provider(rows):
    found = defaultdict(list)
    for row in rows:
        found[row.provider].append(row)
    return found


def due_rows(rows, upto):
    return [
        row
        for row in rows
        if (row.state == FRESH and row.id <= upto)
        or (row.state == PUT_OFF and row.date <= NOW)
    ]


@given(mailings, all_shares, st.integers(0, 70), st.integers(0, 60), names)
@settings(max_examples=300)
def test_a_claim_is_what_a_plain_list_would_give(rows, shares, limit, upto, begin):
    """
    Nobody gets more than is allowed, and everything that is allowed is found.
    """
    with table(rows) as connection:
        ids = choose(connection, limit, shares, Turns(begin), upto)
    at = {row.id: row for row in rows}
    chosen = [at[id_] for id_ in ids]
    due = by_provider(due_rows(rows, upto))
    given_to = Counter(row.provider for row in chosen)
    room = {name: max(0, shares.of(name, limit)) for name in due}

    assert len(ids) == len(set(ids))
    assert set(ids) <= {row.id for rows in due.values() for row in rows}
    assert all(given_to[name] <= room[name] for name in given_to)
    most = {name: min(room[name], len(due[name])) for name in due}
    assert len(ids) == min(limit, sum(most.values()))
    if sum(most.values()) <= limit:
        assert +given_to == +Counter(most)


@given(mailings, all_shares, st.integers(0, 70))
@settings(max_examples=200)
def test_each_provider_has_its_rows_in_order(rows, shares, limit):
    """
    Those put off come first, the longest due ahead; the fresh ones as they are listed.
    """
    with table(rows) as connection:
        ids = choose(connection, limit, shares)
    at = {row.id: row for row in rows}
    chosen = [at[id_] for id_ in ids]
    again = [row for row in chosen if row.state == PUT_OFF]

    assert chosen[: len(again)] == again
    assert [row.date for row in again] == sorted(row.date for row in again)
    due = by_provider(due_rows(rows, 10**9))
    for name, found in by_provider(chosen).items():
        fresh = [row for row in found if row.state == FRESH]
        expected = [row for row in due[name] if row.state == FRESH]
        assert fresh == expected[: len(fresh)]
        late = sorted(row.date for row in due[name] if row.state == PUT_OFF)
        mine = [row.date for row in found if row.state == PUT_OFF]
        assert mine == late[: len(mine)]
        # A fresh row of a provider is only taken when all of its late ones are.
        assert not fresh or len(mine) == len(late)


@given(mailings, st.integers(1, 20))
@settings(max_examples=100)
def test_claim_after_claim_empties_the_list(rows, limit):
    """
    No row is forgotten, and none is given twice.
    """
    turns, taken = Turns(), []
    with table(rows) as connection:
        while ids := choose(connection, limit, turns=turns):
            assert len(ids) <= limit
            taken += ids
            connection.executemany(
                "UPDATE delivery SET state = 4 WHERE id = ?", [(id_,) for id_ in ids]
            )
    assert sorted(taken) == [row.id for row in due_rows(rows, 10**9)]


@given(mailings, st.sets(names), st.integers(0, 60))
@settings(max_examples=200)
def test_the_next_date_is_that_of_a_plain_list(rows, held, upto):
    """
    Rows of held providers and of a draft are not looked at.
    """
    dates = [
        row.date
        for row in rows
        if row.provider not in held
        and (row.state == PUT_OFF or (row.state == FRESH and row.id <= upto))
    ]
    with table(rows) as connection:
        found = next_due(connection, CAMPAIGN, upto, held)

    assert found == min(dates, default=None)


# Taking turns


def test_providers_follow_one_another():
    """
    Each gets a quarter of a claim, and the next claim goes on behind the last one.
    """
    rows = listed(*"aaaaaaaaabbbbbbbbbccccccccc")
    turns = Turns()
    with table(rows) as connection:
        first = choose(connection, 8, turns=turns)
        assert first == [1, 2, 10, 11, 19, 20, 3, 4]
        assert turns.begin == "a\0"
        assert choose(connection, 4, turns=turns) == [10, 19, 1, 11]


def test_whoever_is_alone_gets_all():
    """
    A turn is no limit.
    """
    with table(listed(*"aaaaaaaaa")) as connection:
        assert choose(connection, 8) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_an_empty_campaign_gives_nothing():
    """
    Nor does one in which everybody is held, or that is a draft.
    """
    with table([]) as connection:
        assert choose(connection, 8) == []
        assert next_due(connection, CAMPAIGN, 10, ()) is None
    with table(listed(*"abcabc")) as connection:
        assert choose(connection, 8, Shares(usual=0)) == []
        assert choose(connection, 8, upto=0) == []
        assert choose(connection, 0) == []
        assert next_due(connection, CAMPAIGN, 0, ()) is None


def test_a_late_row_counts_against_the_share():
    """
    Late and fresh ones together do not exceed it.
    """
    rows = [*listed("a", "a", "a"), Known(4, "a", PUT_OFF, 1.0)]
    with table(rows) as connection:
        assert choose(connection, 9, Shares(usual=2)) == [4, 1]


def test_many_late_rows_of_one_date_hide_nobody():
    """
    Those behind are found, however many of one provider stand in front.
    """
    rows = [Known(number, "a", PUT_OFF, 5.0) for number in range(1, 200)]
    rows += [Known(200 + number, "b", PUT_OFF, 5.0) for number in range(100)]
    rows += [Known(300, "c", PUT_OFF, 6.0)]
    with table(rows) as connection:
        ids = choose(connection, 9, Shares(usual=3))
    assert ids == [1, 2, 3, 200, 201, 202, 300]


def test_a_row_that_was_due_before_1970_is_found():
    """
    Any date is a date.
    """
    with table([Known(1, "a", PUT_OFF, -5.0)]) as connection:
        assert choose(connection, 9) == [1]


# What it costs


@pytest.fixture(scope="module")
def crowd():
    """50,000 domains with one row each."""
    with table(listed(*(f"d{n}.example" for n in range(50_000)))) as connection:
        yield connection


def test_a_claim_asks_for_what_it_takes_only(crowd):
    """
    A list of 50,000 domains costs a claim two statements a row, wherever it stands.
    """
    for begin in ("", "d30.example", "z"):
        turns = Turns(begin)
        assert len(choose(crowd, 512, turns=turns)) == 512
        call = partial(choose, crowd, 512, turns=turns)
        assert statements_of(crowd, call) <= 2 * 512 + 4
        assert steps_of(crowd, call) * 100 < 512 * 100


def test_looking_for_a_date_is_cheap(crowd):
    """
    The first domain that is not held is enough.
    """
    held = {f"d{n}.example" for n in range(10)}
    assert statements_of(crowd, lambda: next_due(crowd, CAMPAIGN, 10**9, held)) < 10


@pytest.fixture
def blocked():
    """A provider with 100,000 fresh rows in front of the others'."""
    rows = listed(*["a"] * 100_000, *["b"] * 600, *["c"] * 600)
    with table(rows) as connection:
        yield connection


def test_a_paused_provider_costs_the_others_nothing(blocked):
    """
    Its rows are passed over without being read.
    """
    held = Shares(special={"a": 0})
    steps = steps_of(blocked, lambda: choose(blocked, 512, held))
    assert len(choose(blocked, 512, held)) == 512
    assert steps * 100 < 512 * 50
    assert steps_of(blocked, lambda: next_due(blocked, CAMPAIGN, 10**9, {"a"})) < 5


def test_late_rows_of_a_full_provider_are_passed_over_once():
    """
    Inside the index, and in one sweep, however many providers reach their share.
    """
    front = [Known(number, "a", PUT_OFF, 1.0) for number in range(20_000)]
    others = [
        Known(20_000 + number, f"b{number // 60}", PUT_OFF, 2.0 + number / 100)
        for number in range(6_000)
    ]
    with table([*front, *others]) as connection:
        steps = steps_of(connection, lambda: choose(connection, 512, Shares(usual=8)))
        assert len(choose(connection, 512, Shares(usual=8))) == 512
        plain = steps_of(connection, lambda: choose(connection, 512))
    # A pass for each provider would be 60 times the rows in front.
    assert steps * 100 < 20_000 * 30
    assert plain * 100 < 512 * 50
