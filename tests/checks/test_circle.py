"""checks/circle.py: what somebody who is mentioned is to a reader."""

from __future__ import annotations

import pytest

from safesend.checks.addresses import keys_of, mentions
from safesend.checks.circle import EVERYBODY, Reader, Standing
from safesend.checks.gather import gather
from safesend.message.address import Address
from safesend.message.recipient import Recipient

LIST = ["ada+a@example.net", "ada+b@example.net", "bo@example.net"]
CIRCLE = gather(map(Recipient, LIST), [Address.parse("news@choir.example")])


def _standing(text, reader):
    [mention] = mentions(text)
    keys = keys_of(Address.parse(reader)) if reader else ()
    return CIRCLE.standing(mention, Reader(keys=keys) if keys else EVERYBODY)


@pytest.mark.parametrize(
    ("text", "reader", "standing"),
    [
        ("bo@example.net", "bo@example.net", Standing.OWN),
        ("BO@EXAMPLE.NET", "bo@example.net", Standing.OWN),
        ("bo@example.net", "ada+a@example.net", Standing.FOREIGN),
        ("bo@example.net", "", Standing.FOREIGN),
        ("news@choir.example", "bo@example.net", Standing.ALLOWED),
        ("eve@example.net", "bo@example.net", Standing.STRANGER),
        ("ada+b@example.net", "ada+a@example.net", Standing.FOREIGN),
        ("ada+a@example.net", "ada+a@example.net", Standing.OWN),
        ("ada+x@example.net", "ada+a@example.net", Standing.OWN),
        ("ada+x@example.net", "bo@example.net", Standing.FOREIGN),
    ],
)
def test_by_the_likeliest_spelling(text, reader, standing):
    """A subaddress is its mailbox's, unless the list knows it as somebody's."""
    assert _standing(text, reader) is standing


def test_the_sender_of_one_message_may_be_named_in_it():
    """Its domain becomes its own, unless everybody has an address there."""
    circle = CIRCLE.with_senders(
        frozenset({"desk@shop.example"}), frozenset({"shop.example", "gmail.com"})
    )
    [mention] = mentions("desk@shop.example")
    assert circle.standing(mention, EVERYBODY) is Standing.ALLOWED
    assert circle.domains == {"choir.example", "shop.example"}


def test_without_digests_nobody_has_one():
    """They are kept where the mailing shows some."""
    assert CIRCLE.hashed("0" * 32) is None
