"""The link with which a reader gets off the list, and its token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.message.address import Address
from safesend.message.identity import CampaignKey
from safesend.message.unsubscribe import Leave, Unsubscribe, UnsubscribeKey

ADA = Address.parse("ada@example.org")
KEY = UnsubscribeKey(b"k" * 32)


def test_a_token_says_whose_it_is_and_of_which_campaign():
    """
    To who has the key.
    """
    digest = CampaignKey(b"k" * 32, "").suppression(ADA)
    assert KEY.open(KEY.token(ADA, "spring")) == Leave(digest, "spring")


def test_a_token_is_the_same_on_every_attempt():
    """
    Another mailbox, campaign or key gives another one.
    """
    tokens = {
        UnsubscribeKey(secret).token(Address.parse(who), campaign)
        for secret in (b"k" * 32, b"l" * 32)
        for who in ("ada@example.org", "bob@example.org", "ADA@EXAMPLE.ORG")
        for campaign in ("spring", "summer")
    }
    assert len(tokens) == 8
    assert KEY.token(ADA, "spring") in tokens


@given(name=st.text(min_size=1, max_size=100).filter(lambda name: name.strip()))
def test_any_name_of_a_campaign_fits_into_a_link(name):
    """A long one is cut, and never within a character."""
    token = KEY.token(ADA, name)
    assert len(token) <= 160
    assert token.isascii()
    assert token[-1].isalnum()
    assert name.startswith(KEY.open(token).campaign)


@given(place=st.integers(0, 500), octet=st.sampled_from("0123456789abcdefABCXYZ-_."))
def test_a_token_that_was_changed_is_none(place, octet):
    """Whatever stands in it otherwise."""
    token = KEY.token(ADA, "spring")
    place %= len(token)
    changed = token[:place] + octet + token[place + 1 :]
    opened = KEY.open(changed)
    assert opened is None or opened == KEY.open(token)
    assert opened is None or changed == token or place >= len(token) - 10


@given(text=st.text(max_size=200))
def test_what_is_no_token_is_none(text):
    """It is no error either: anybody can ask for anything."""
    assert KEY.open(text) is None


def test_the_token_of_another_key_is_none():
    """
    Even under the name of this one.
    """
    token = UnsubscribeKey(b"l" * 32).token(ADA, "spring")
    assert KEY.open(token) is None
    assert KEY.open(token.rpartition(".")[0] + "." + KEY.id) is None


def test_a_key_does_not_show_itself():
    """
    Not in a traceback, and not in a log.
    """
    assert "k" * 10 not in repr(KEY)
    assert "6b6b" not in repr(KEY)


@pytest.mark.parametrize(
    ("base", "link"),
    [
        ("https://example.org/leave", "https://example.org/leave/{token}"),
        ("https://example.org/leave/", "https://example.org/leave/{token}"),
        ("https://example.org/?t={token}", "https://example.org/?t={token}"),
    ],
)
def test_the_token_stands_where_it_is_asked_for(base, link):
    """
    At the end if nothing is said.
    """
    assert Unsubscribe(base, KEY).template == link
