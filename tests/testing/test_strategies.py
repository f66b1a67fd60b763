from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safesend.message.address import Address
from safesend.message.recipient import Recipient
from safesend.testing.strategies import addresses, hostile_text, recipients


@given(addresses())
def test_addresses_are_addresses(text: str) -> None:
    """Each is taken, and is on a reserved domain."""
    address = Address.parse(text)

    assert address.wire == text
    assert text.endswith((".example", ".test", ".example.org", ".example.com"))


@given(addresses("example.org"))
def test_a_domain_can_be_given(text: str) -> None:
    """All of them are there then."""
    assert text.endswith("@example.org")


@given(recipients("name", "city"))
def test_recipients_have_the_fields_asked_for(recipient: Recipient) -> None:
    """And nothing else."""
    assert set(recipient.fields) == {"name", "city"}


@given(st.lists(hostile_text(), min_size=1))
def test_hostile_text_is_text(texts: list[str]) -> None:
    """Whatever it holds."""
    assert all(isinstance(text, str) for text in texts)
