from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.worlds import person
from safesend.checks.verified_columns import CHECK, mismatch
from safesend.errors import ConfigurationError
from safesend.message.recipient import Recipient


def found(left, right):
    return list(mismatch([("a", "b")], person("ada@example.net", a=left, b=right)))


SAME = {
    "equal": ("4711", "4711"),
    "capitals": ("Müller", "MÜLLER"),
    "sharp s": ("Straße", "STRASSE"),
    "spaces": (" Ada  Lovelace", "Ada Lovelace "),
    "another form": ("Müller", "Mu\u0308ller"),
    "full width": ("４７１１", "4711"),
    "addresses": ("Ada@example.net", "ada@EXAMPLE.NET"),
    "U-label": ("ada@bücher.example", "ada@xn--bcher-kva.example"),
    "padded address": (" ada@example.net", "ada@example.net "),
    "two with an at sign": ("@ada", "@ADA"),
    "number and text": (17, "17"),
    "as spreadsheets keep it": (17.0, "17"),
    "decimal": (Decimal("17.50"), "17.50"),
    "date": (date(2026, 11, 24), "2026-11-24"),
    "nothing": (None, ""),
}


@pytest.mark.parametrize(("left", "right"), SAME.values(), ids=SAME)
def test_columns_that_say_the_same_agree(left, right):
    """
    Capitals, spaces, forms of Unicode and kinds of values make no difference.
    """
    assert found(left, right) == []
    assert found(right, left) == []


OTHER = {
    "another": ("4711", "4712"),
    "leading zero": ("0017", "17"),
    "infinite": (float("inf"), "17"),
    "not a number": (float("nan"), 17),
    "addresses": ("ada@example.net", "bob@example.net"),
    "domains": ("ada@example.net", "ada@example.org"),
    "address and name": ("ada@example.net", "Ada"),
    "no address": ("ada@", "ada@example.net"),
    "yes and no": (True, False),
}


@pytest.mark.parametrize(("left", "right"), OTHER.values(), ids=OTHER)
def test_columns_that_differ_are_refused(left, right):
    """
    The leak names columns, not what stands in them; nothing lifts it.
    """
    [leak] = found(left, right)

    assert leak.check == "L17"
    assert leak.place == "columns 'a' and 'b'"
    assert leak.reason.startswith("do not say the same")
    assert not CHECK.allowable


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_an_empty_column_agrees_with_an_empty_one_only(empty):
    """
    Where one is missing, nothing is proved.
    """
    [leak] = found(empty, "x")
    [turned] = found("x", empty)

    assert leak.reason == "column 'a' is empty, and the other one is not"
    assert turned.reason == "column 'b' is empty, and the other one is not"
    assert found(empty, None) == []


def test_address_is_the_own_address_unless_a_column_is_called_so():
    """
    The address in the letter can be held against the one it goes to.
    """
    pairs = [("address", "mail")]

    same = person("ada@example.net", mail="ADA@example.net")
    other = person("ada@example.net", mail="bob@example.net")
    street = person("ada@example.net", address="Main St 1", mail="main st 1")

    assert list(mismatch(pairs, same)) == []
    assert len(list(mismatch(pairs, other))) == 1
    assert list(mismatch(pairs, street)) == []


def test_every_pair_is_compared_and_the_row_is_named():
    """
    One leak a pair, with the place of the row.
    """
    row = Recipient.from_row(
        "ada@example.net", {"a": "1", "b": "2", "c": "1"}, source="members.csv:7"
    )

    [first, last] = mismatch([("a", "b"), ("a", "c"), ("b", "c")], row)

    assert (first.row, last.row) == ("members.csv:7", "members.csv:7")
    assert last.place == "columns 'b' and 'c'"
    assert "a key that both sides have" in first.advice


def test_a_column_that_does_not_exist_is_told():
    """
    A misspelled name is an error of the settings, and shows what there is.
    """
    row = Recipient.from_row("ada@example.net", {"acount": "1"}, source="members.csv:7")

    with pytest.raises(ConfigurationError, match=r"members.csv:7: .*'account'.*'acou"):
        list(mismatch([("account", "acount")], row))
    with pytest.raises(ConfigurationError, match="it has no columns"):
        list(mismatch([("bob@example.net", "address")], person("ada@example.net")))


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_two_texts_are_compared_both_ways_alike(left, right):
    """
    Equal texts agree, and the order of a pair does not matter.
    """
    assert found(left, left) == []
    assert len(found(left, right)) == len(found(right, left))
