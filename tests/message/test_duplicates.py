from hypothesis import given
from hypothesis import strategies as st

from safesend.message.address import Address
from safesend.message.duplicates import Duplicates


def mailbox(number):
    return Address.parse(f"person-{number}@example.org")


def test_a_mailbox_is_new_once():
    """
    The second time, the line of the first time comes back, whatever the writing.
    """
    seen = Duplicates(b"secret")

    assert seen.first_seen(Address.parse("Ada@example.org"), None, 2) is None
    assert seen.first_seen(Address.parse("bob@example.org"), None, 3) is None
    assert seen.first_seen(Address.parse("ada@EXAMPLE.org"), None, 4) == 2


def test_with_a_key_the_pair_counts():
    """
    One mailbox may stand in several rows when their keys differ.
    """
    seen = Duplicates()
    ada = mailbox(1)

    assert seen.first_seen(ada, "a", 2) is None
    assert seen.first_seen(ada, "b", 3) is None
    assert seen.first_seen(ada, "", 4) is None
    assert seen.first_seen(ada, None, 5) is None
    assert seen.first_seen(ada, "a", 6) == 2


def test_nothing_is_forgotten_when_the_table_grows():
    """
    Every line comes back after several doublings, the last line of all included.
    """
    seen = Duplicates()
    rows = [mailbox(number) for number in range(12_000)]

    assert [row for n, row in enumerate(rows) if seen.first_seen(row, None, n)] == []
    assert [seen.first_seen(row, None, 0) for row in rows] == list(range(12_000))
    assert seen.first_seen(mailbox(-1), None, 2**32 - 1) is None
    assert seen.first_seen(mailbox(-1), None, 0) == 2**32 - 1


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([None, "", "a"]))))
def test_rows_are_found_as_in_a_dict(rows):
    """
    Address and key together behave as the key of a dict.
    """
    seen = Duplicates(b"k")
    expected = {}

    for line, row in enumerate(rows):
        assert seen.first_seen(mailbox(row[0]), row[1], line) == expected.get(row)
        expected.setdefault(row, line)
