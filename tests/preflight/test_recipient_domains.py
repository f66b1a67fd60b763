"""What is said of rows and domains, in numbers that are right."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safesend.preflight import Grade, worst
from safesend.preflight.recipient_domains import Fate, judge_domains, judge_spelling


@given(
    st.dictionaries(
        st.sampled_from([*"abcdefgh", "x.test", "example.com"]),
        st.sampled_from(Fate),
        min_size=1,
    )
)
def test_every_domain_is_told_of_once(fates):
    """The numbers of all findings together are those of the list."""
    rows = dict.fromkeys(fates, 7)
    found = [*judge_domains(rows, fates)]
    named = [
        text.partition(":")[0] for one in found for text in one.seen if ":" in text
    ]

    assert sorted(named) == sorted(one for one in fates if fates[one] != Fate.OPEN)
    meant = [fate for one, fate in fates.items() if "." not in one]
    dead = {Fate.GONE, Fate.CLOSED, Fate.NOWHERE} & {*meant}
    assert (worst(found) is Grade.FAIL) == bool(dead)


def test_one_row_that_was_not_asked_for():
    """The singular is written as well."""
    [found] = judge_domains({"a.test": 2, "b.test": 1}, {"a.test": Fate.OPEN})

    assert "; 1 domain with 1 row was not asked for" in found.reason


def test_nothing_misspelt():
    """No finding at all."""
    assert list(judge_spelling({"a.test": 1}, {})) == []


def test_one_misspelt_domain():
    """One looks, several look."""
    [one] = judge_spelling({"gmial.com": 1}, {"gmial.com": "gmail.com"})

    assert one.reason.startswith("1 domain, with 1 row, looks like a provider's")
