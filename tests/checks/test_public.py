"""checks/public.py: who may be named in every message."""

from __future__ import annotations

import pytest

from safesend.checks.public import public, split
from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address


def test_addresses_and_phrases_are_told_apart():
    """By the at sign; an Address is one."""
    office = Address.parse("office@example.org")
    given = public(["Desk <desk@example.org>", office, "Ada Lovelace"])
    addresses, phrases = split(given)
    assert [address.wire for address in addresses] == [
        "desk@example.org",
        "office@example.org",
    ]
    assert phrases == ["Ada Lovelace"]


@pytest.mark.parametrize("given", ["office@example.org", 7, [7]])
def test_it_is_a_list_of_texts(given):
    """One text would be read letter by letter."""
    with pytest.raises(ConfigurationError, match="public"):
        public(given)


def test_an_address_is_one():
    """As everywhere."""
    with pytest.raises(AddressError):
        public(["a@b@c"])
