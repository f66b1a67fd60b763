"""checks/ordinary.py: what many rows could have by chance, and columns of names."""

from __future__ import annotations

import pytest

from safesend.checks.ordinary import is_ordinary, names_person


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-24",
        "24.11.2026",
        "24 november 2026",
        "friday, 27 november 2026 at 10:30",
        "2026-11-24t10:30:00",
        "dienstag, den 24. november um 10:30 uhr",
        "10:30:00",
        "1,234,567.00",
        "1.234.567,00 eur",
        "$1,234,567.00",
        "mardi 24 novembre 2026 à 18h",
    ],
)
def test_dates_times_and_sums_are_ordinary(value):
    """Another row may have the same by chance."""
    assert is_ordinary(value)


@pytest.mark.parametrize(
    "value",
    [
        "acc-00017-xyz",
        "de89 3704 0044 0532 0130 00",
        "+44 20 7946 0958",
        "01 23 45 67 89",
        "123 456 789",
        "12345678",
        "ada lovelace",
        "token-2026-abc",
        "kirchweg 5, buxtehude",
    ],
)
def test_numbers_of_something_and_names_are_not(value):
    """An account, a telephone, a street, a name."""
    assert not is_ordinary(value)


@pytest.mark.parametrize(
    "column",
    ["name", "Full name", "fullname", "patient", "Kunde", "nombre", "last_name", "Nom"],
)
def test_columns_of_people(column):
    """They hold the name of a person."""
    assert names_person(column)


@pytest.mark.parametrize(
    "column",
    ["company name", "city", "course_name", "street", "filename", "day", "Ort", "seat"],
)
def test_columns_of_other_things(column):
    """They may hold what stands in the letter as well."""
    assert not names_person(column)
