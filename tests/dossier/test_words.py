import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.dossier import words
from safesend.ledger.values import State

DATE = dt.datetime(2027, 1, 15, 9, 12, 5, tzinfo=dt.UTC).timestamp()
CET = dt.timezone(dt.timedelta(hours=1), "CET")


def test_every_state_has_its_words():
    """
    But for a draft, of which nothing is told; and each is in one group.
    """
    told = set(State) - {State.DRAFT}
    grouped = [state for _, states in words.GROUPS.values() for state in states]

    assert set(words.MEANINGS) == told
    assert sorted(grouped) == sorted(told)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_part_is_all_or_nothing_only_if_it_is(number, whole):
    """
    99.96 per cent is not 100, and one of a million is not nobody.
    """
    told = words.part(min(number, whole), whole)

    assert (told == "100\N{NO-BREAK SPACE}%") == (number >= whole)
    assert (told == "0\N{NO-BREAK SPACE}%") == (number == 0)


def test_of_nobody_there_is_no_part():
    """
    Nothing is divided by nothing.
    """
    assert words.part(0, 0) == ""


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-1, "0.0 s"),
        (0.44, "0.4 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (11_400, "3 h 10 min"),
        (86_400, "1 d"),
        (90_000, "1 d 1 h"),
        (30 * 86_400, "30 days"),
        (45, "45 s"),
    ],
)
def test_lengths_of_time(seconds, told):
    """
    Two units at most, as people say it.
    """
    assert words.length(seconds) == told


def test_dates_as_people_and_programs_read_them():
    """
    In the zone that was asked for, whatever the language of the machine is.
    """
    assert words.day(DATE, CET) == "15 January 2027"
    assert words.moment(DATE, CET) == "15 January 2027, 10:12:05"
    assert words.short(DATE, CET) == "15 Jan 2027, 10:12:05"
    assert words.iso(DATE, CET) == "2027-01-15T10:12:05+01:00"


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        (dt.UTC, "UTC"),
        (CET, "CET, UTC+01:00"),
        (dt.timezone(-dt.timedelta(hours=9, minutes=30)), "UTC-09:30"),
        (None, "UTC"),
    ],
)
def test_what_clocks_show(monkeypatch, zone, told):
    """
    With its name where it has one; without a zone it is the machine's.
    """
    monkeypatch.setenv("TZ", "UTC")

    assert words.zone_of(DATE, zone) == told


def test_people_are_counted():
    """
    One is a person.
    """
    assert (words.people(1), words.people(2417)) == ("1 person", "2,417 people")
    assert words.count(2417) == "2,417"
