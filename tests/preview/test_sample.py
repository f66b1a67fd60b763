"""preview/sample.py: few rows, and those in which letters differ most."""

from __future__ import annotations

import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview.mailings import person
from safesend import Recipient
from safesend.policies.providers import builtin
from safesend.preview.sample import choose


def _rows(count, length=lambda _: 100, **fields):
    return [(person(number, **fields), length(number)) for number in range(count)]


def _reasons(sample):
    return {pick.ordinal: pick.reasons for pick in sample.picks}


def test_a_short_list_is_chosen_whole():
    """In the order of the list; the ends of it are told."""
    sample = choose(_rows(4), limit=25)
    assert [pick.ordinal for pick in sample.picks] == [0, 1, 2, 3]
    assert sample.rows == 4
    assert _reasons(sample)[0][0] == "the first of the list"
    assert _reasons(sample)[3] == ("the last",)
    assert _reasons(sample)[1] == ("one of several at even distances",)


def test_rows_without_fields_can_be_chosen():
    """Addresses alone are a list too."""
    rows = [(Recipient(f"p{n}@example.org"), 1) for n in range(3)]
    assert len(choose(rows, limit=3).picks) == 3


def test_a_list_of_one_and_of_nobody():
    """One is the first and not the last; of nobody nothing is chosen."""
    [pick] = choose(_rows(1), limit=3).picks
    assert "the last" not in pick.reasons
    assert choose([], limit=3).picks == ()


def test_the_longest_and_the_shortest_letter_are_chosen():
    """The first of each, unless all are equal."""
    lengths = {40: 900, 41: 900, 60: 7}
    sample = choose(_rows(100, lambda n: lengths.get(n, 100)), limit=6)
    assert "the longest letter" in _reasons(sample)[40]
    assert "the shortest letter" in _reasons(sample)[60]
    assert 41 not in _reasons(sample)
    told = {
        reason for why in _reasons(choose(_rows(9), limit=9)).values() for reason in why
    }
    assert not {"the longest letter", "the shortest letter"} & told


def test_a_letter_that_cannot_be_made_is_chosen():
    """It has no length, and does not count as the shortest."""
    sample = choose(_rows(50, lambda n: None if n in (20, 30) else n), limit=5)
    assert _reasons(sample)[20] == ("cannot be made",)
    assert 30 not in _reasons(sample)
    assert "the shortest letter" in _reasons(sample)[0]


def test_rows_in_which_something_was_found_are_chosen():
    """Five of them at most."""
    flagged = {f"people.csv:{line}" for line in range(42, 60)}
    sample = choose(_rows(100), limit=20, flagged=flagged)
    found = [
        n for n, why in _reasons(sample).items() if "the checks found something" in why
    ]
    assert found == [40, 41, 42, 43, 44]


def test_one_mailbox_of_each_provider_is_chosen():
    """Those with a name first; then domains, twelve in all."""
    domains = [*(f"firm{n}.example" for n in range(20)), "gmail.com", "gmx.de"]
    rows = [(person(n, domain=domain), 1) for n, domain in enumerate(domains)]
    told = [
        reason for why in _reasons(choose(rows, limit=22)).values() for reason in why
    ]
    mailboxes = [reason for reason in told if reason.startswith("a mailbox at")]
    assert {"a mailbox at google", "a mailbox at gmx"} <= set(mailboxes)
    assert len(mailboxes) == 12
    own = builtin().extended({"firm": ["firm1.example", "firm0.example"]})
    sample = choose(rows, limit=22, providers=own)
    assert "a mailbox at firm" in _reasons(sample)[0]


def test_unusual_characters_are_chosen():
    """One row of each kind, the first, and a very long value."""
    names = {30: "Béla", 31: "Dóra", 50: "x" * 90}
    rows = [(person(n, name=names.get(n, "Ada")), 1) for n in range(80)]
    reasons = _reasons(choose(rows, limit=10))
    assert reasons[30] == ("letters outside of ASCII",)
    assert reasons[50] == ("the longest value of a field",)
    assert 31 not in reasons


@pytest.mark.parametrize("text", ["bÉLA", "p30@", "example.net"])
def test_what_is_searched_for_is_chosen(text):
    """In an address or a field, in capitals or not."""
    rows = _rows(80)
    rows[30] = (person(30, name="Béla", domain="example.net"), 100)
    sample = choose(rows, limit=3, search=["nobody at all", text])
    assert sample.matched == 1
    assert _reasons(sample)[30][0] == f"holds “{text}”"


def test_all_that_was_searched_for_is_counted():
    """No more are chosen than can be looked at."""
    sample = choose(_rows(80), limit=5, search=["person"])
    assert (sample.matched, len(sample.picks)) == (80, 5)
    assert [pick.ordinal for pick in sample.picks] == [0, 1, 2, 3, 4]


@given(st.integers(0, 300), st.integers(1, 40))
def test_no_more_are_chosen_than_may_be(count, limit):
    """And no fewer than there are; each once, each with a reason, spread over all."""
    picks = choose(_rows(count), limit=limit).picks
    places = [pick.ordinal for pick in picks]
    assert len(places) == min(count, limit)
    assert places == sorted(set(places))
    assert all(pick.reasons for pick in picks)
    if count > 200 and limit > 20:
        gaps = [after - before for before, after in itertools.pairwise(places)]
        assert max(gaps) <= 4 * count / limit


def test_a_long_list_takes_no_memory():
    """Of twenty thousand rows only those that may be chosen are kept."""
    rows = ((person(n, domain=f"firm{n}.example"), n) for n in range(20_000))
    tracemalloc.start()
    sample = choose(rows, limit=25)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(sample.picks) == 25
    assert most < 1_000_000
