"""engine/fields.py: what the fields of a campaign may be."""

from __future__ import annotations

from types import NoneType, SimpleNamespace

import pytest

from safesend import Address
from safesend.engine import fields
from safesend.errors import AddressError, ConfigurationError

FIELD = SimpleNamespace(name="lanes")


def test_a_sender_may_have_a_name():
    """
    As text, or parsed already; a mailbox to redirect to has none.
    """
    named = fields.sender("News <news@example.org>")
    assert fields.sender(named) is named
    assert named.name == "News"
    assert fields.mailbox(None) is None
    assert fields.mailbox("qa@example.org") == Address.parse("qa@example.org")
    with pytest.raises(AddressError):
        fields.mailbox("News <news@example.org>")


@pytest.mark.parametrize("name", ["", "a/b", "../x", "x" * 81, 3, "spring (test)"])
def test_a_name_becomes_that_of_a_file(name):
    """
    And none of those that tests and staging have in a ledger.
    """
    with pytest.raises(ConfigurationError, match="cannot be used"):
        fields.campaign_name(None, FIELD, name)
    fields.campaign_name(None, FIELD, "Spring letter 2-b_+.")


def test_types_are_named_in_the_words_of_the_caller():
    """
    True is no number.
    """
    with pytest.raises(ConfigurationError, match="lanes is int or None, not bool"):
        fields.NUMBER(None, FIELD, True)
    fields.TEXT(None, FIELD, None)
    fields.of_type(str, NoneType)(None, FIELD, "x")
    with pytest.raises(ConfigurationError, match="lanes is 1 or more, not 0"):
        fields.positive(None, FIELD, 0)
    fields.positive(None, FIELD, 1)


def test_domains_are_a_list():
    """
    Compared as they travel.
    """
    assert fields.domains(None) is None
    assert fields.domains(["Bücher.example"]) == {"xn--bcher-kva.example"}
    with pytest.raises(ConfigurationError, match="is a list"):
        fields.domains("example.org")
