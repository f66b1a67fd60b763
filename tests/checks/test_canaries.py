"""checks/canaries.py: values of one row, and where they turn up."""

from __future__ import annotations

import pytest

from safesend.checks.canaries import Canaries, compact


def _canaries(*rows, private=(), public=()):
    canaries = Canaries(private, public)
    for ordinal, fields in enumerate(rows):
        canaries.add(fields, ordinal)
    return canaries


def _owners(canaries, text, reader=-1):
    return [catch.owner for catch in canaries.find(text, reader)]


ADA = {"name": "Ada Lovelace", "account": "ACC-00017-XY", "city": "Bad Homburg"}
BO = {"name": "Bo Diddley", "account": "ACC-00018-XY", "city": "Buxtehude"}


@pytest.mark.parametrize(
    "text",
    [
        "your account is ACC-00017-XY.",
        "acc 00017 xy",
        "ACC00017XY",
        "Dear Ada Lovelace,",
        "LOVELACE, Ada",
        "\uff21\uff24\uff21 Lovelace",
    ],
)
def test_a_value_of_another_row_is_found(text):
    """However it is spaced, capitalised or spelled in wide letters."""
    canaries = _canaries(ADA, BO)
    assert _owners(canaries, text, reader=1) == [0]
    assert _owners(canaries, text, reader=0) == []


def test_a_catch_says_where_and_which_column():
    """Offset, owner and column."""
    [catch] = _canaries(BO, ADA).find("see ACC-00017-XY", 0)
    assert (catch.offset, catch.owner, catch.column) == (4, 1, "account")


@pytest.mark.parametrize(
    "text",
    ["Bad Homburg", "Buxtehude", "a lovelace", "ACC-00019-XY", "Ada", "ACC-00017"],
)
def test_what_is_no_ones_own_is_not_found(text):
    """Places, single words, parts of values."""
    assert _owners(_canaries(ADA, BO), text) == []


def test_a_value_of_two_rows_belongs_to_none():
    """Two people of one name, one account of a couple."""
    canaries = _canaries(ADA, ADA, BO)
    assert _owners(canaries, "Ada Lovelace ACC-00017-XY", reader=2) == []
    assert _owners(canaries, "Bo Diddley", reader=0) == [2]


def test_a_longer_name_of_the_reader_covers_a_shorter_one():
    """Maria Lopez is not named by a letter to Maria Lopez Garcia."""
    canaries = _canaries({"name": "Maria Lopez"}, {"name": "Maria Lopez Garcia"})
    assert _owners(canaries, "Dear Maria Lopez Garcia,", reader=1) == []
    assert _owners(canaries, "Dear Maria Lopez,", reader=1) == [0]


def test_numbers_are_values_too():
    """A whole number of eight digits; dates, fractions and truth are not."""
    canaries = _canaries({"no": 12345678, "x": 12345678.5, "y": True, "z": None}, BO)
    assert _owners(canaries, "No. 12345678", reader=1) == [0]
    assert _owners(_canaries({"day": "24 November 2026"}), "24 November 2026") == []


def test_private_columns_count_however_short():
    """Three characters are enough where a person said so."""
    canaries = _canaries({"ward": "C7b", "kind": "C7c"}, BO, private=["ward"])
    assert _owners(canaries, "ward C7b", reader=1) == [0]
    assert _owners(canaries, "C7c", reader=1) == []


def test_public_phrases_and_the_own_address_never_count():
    """What everybody may know, and what is looked for as an address."""
    canaries = _canaries(ADA, BO, public=["Ada Lovelace"])
    assert _owners(canaries, "Ada Lovelace", reader=1) == []
    own = Canaries()
    own.add(
        {"email": "Ada@Example.org", "work": "ada@firm.example"}, 0, "ada@example.org"
    )
    assert _owners(own, "ada@example.org", reader=1) == []
    assert _owners(own, "write to ada@firm.example", reader=1) == [0]


def test_nothing_kept_nothing_found():
    """No values, no text: no work."""
    assert _owners(Canaries(), "Ada Lovelace ACC-00017-XY") == []
    assert _owners(_canaries(ADA), "") == []


def test_values_are_compared_by_letters_and_digits():
    """Folded, without anything between them."""
    assert compact("DE89 3704-0044.0532") == "de89370400440532"
    assert compact("Stra\u00dfe") == "strasse"


def test_very_long_values_are_left_out():
    """A text of many words is no identifier."""
    assert _owners(_canaries({"note": "x1 " * 60}), "x1 " * 60) == []


def test_many_columns_are_told_apart_as_far_as_there_is_room():
    """The sixty-third column and those after it share a name."""
    rows = {f"c{number}": f"value-{number:05}-x" for number in range(80)}
    canaries = _canaries(rows, BO)
    [catch] = canaries.find("value-00007-x", 1)
    assert catch.column == "c7"
    [catch] = canaries.find("value-00079-x", 1)
    assert catch.owner == 0
