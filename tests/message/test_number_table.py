"""message/number_table.py: a map of numbers that a million rows fit into."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safesend.message.number_table import NumberTable

NUMBERS = st.integers(0, 2**64 - 1)
VALUES = st.integers(0, 2**32 - 1)


@given(st.dictionaries(NUMBERS, VALUES, max_size=50))
def test_what_was_kept_is_found(entries):
    """Like a dict, but for zero and one, which are the same number."""
    entries.pop(0, None)
    table = NumberTable()
    assert [table.setdefault(*entry) for entry in entries.items()] == [None] * len(
        entries
    )
    assert {number: table.get(number) for number in entries} == entries


def test_it_grows():
    """Twenty thousand entries are all found, and nothing else."""
    table = NumberTable()
    for number in range(1, 20_001):
        table.setdefault(number * 7919, number)
    assert all(table.get(number * 7919) == number for number in range(1, 20_001))
    assert table.get(5) is None


def test_the_first_value_stays_until_it_is_replaced():
    """`setdefault` gives what is there; `replace` changes it, past others too."""
    table = NumberTable()
    table.setdefault(5, 1)
    table.setdefault(5 + (1 << 12), 2)
    assert table.setdefault(5, 3) == 1
    table.replace(5 + (1 << 12), 9)
    assert (table.get(5), table.get(5 + (1 << 12))) == (1, 9)


def test_zero_is_a_number_too():
    """A digest of zero is not lost."""
    table = NumberTable()
    assert table.setdefault(0, 7) is None
    assert table.get(0) == 7


def test_it_is_bounded_and_never_full():
    """Twelve octets a slot, some two thirds of which are taken, whatever the number."""
    table = NumberTable()
    for number in range(1, 60_001):
        table.setdefault(number * 0x9E3779B97F4A7C15 % 2**64, number)
        if number > 2_000 and not number % 1_000:
            slots = sum(len(numbers) for numbers, _ in table._parts)
            assert 0.55 <= number / slots <= 0.75
    for numbers, values in table._parts:
        assert sum(map(bool, numbers)) <= len(numbers) * 4 / 5
        assert numbers.itemsize + values.itemsize == 12


@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(0, 9))),
    st.sampled_from([1, 16, 1024, 16 * 7 * 9]),
)
def test_it_answers_as_a_dict_would(rows, stride):
    """Probing and growing give what a dict gives, also when all numbers collide."""
    table = NumberTable()
    expected = {}
    for number, value in rows:
        assert table.setdefault(number * stride, value) == expected.get(number)
        expected.setdefault(number, value)
