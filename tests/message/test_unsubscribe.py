"""The link with which a reader gets off the list, and its token."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.message.address import Address
from safesend.message.identity import CampaignKey
from safesend.message.unsubscribe import (
    LONGEST_TOKEN,
    Leave,
    Unsubscribe,
    UnsubscribeKey,
    token_in,
)

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
    assert len(token) <= LONGEST_TOKEN
    assert re.fullmatch(r"v1\.[0-9a-f]+\.[0-9a-f]{8}", token)
    assert name.startswith(KEY.open(token).campaign)


@given(place=st.integers(0, 500), octet=st.sampled_from("0123456789abcdefABCXYZ-_."))
def test_a_token_that_was_changed_is_none(place, octet):
    """Whatever stands in it otherwise."""
    token = KEY.token(ADA, "spring")
    place %= len(token)
    changed = token[:place] + octet + token[place + 1 :]
    opened = KEY.open(changed)
    assert opened is None or changed == token


@given(text=st.text(max_size=200))
def test_what_is_no_token_is_none(text):
    """It is no error either: anybody can ask for anything."""
    assert KEY.open(text) is None


@given(before=st.text("v1. x/=<", max_size=9), after=st.text("v1.x/>) _", max_size=9))
def test_a_token_is_found_in_what_stands_around_it(before, after):
    """In capitals too, as some programs write links."""
    token = KEY.token(ADA, "spring")
    assert token_in(before + token + after) == token
    assert token_in(before + token.upper() + after) == token
    assert token_in(before + token[:-1]) == ""


def test_the_token_of_another_key_is_none():
    """
    Even under the name of this one.
    """
    token = UnsubscribeKey(b"l" * 32).token(ADA, "spring")
    assert KEY.open(token) is None
    assert KEY.open(token.rpartition(".")[0] + "." + KEY.id) is None


def test_the_longest_token_is_that_of_the_longest_name():
    """
    A link is measured with it.
    """
    assert len(KEY.token(ADA, "n" * 99)) == LONGEST_TOKEN


def test_a_message_that_is_only_tried_takes_nobody_off():
    """
    Its token looks like any other, and neither kind can be made of the other.
    """
    token = KEY.trying().token(ADA, "spring")
    assert len(token) == len(KEY.token(ADA, "spring"))
    assert token != KEY.token(ADA, "spring")
    for key in (KEY, KEY.trying()):
        assert key.open(token).tried
        assert key.open(token).campaign == "spring"
        assert not key.open(KEY.token(ADA, "spring")).tried


def test_tokens_do_not_depend_on_who_asked_before():
    """
    The last one is kept, and no other.
    """
    key = UnsubscribeKey(b"k" * 32)
    bob = Address.parse("bob@example.org")
    asked = [(ADA, "spring"), (ADA, "spring"), (bob, "spring"), (bob, "summer")]
    tokens = [key.token(*one) for one in [*asked, asked[0]]]
    assert tokens == [UnsubscribeKey(b"k" * 32).token(*o) for o in [*asked, asked[0]]]


def test_without_the_package_that_seals_it_says_what_to_install(monkeypatch):
    """
    When a key is asked for.
    """
    module = "cryptography.hazmat.primitives.ciphers.aead"
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match=r"pip install 'safesend\[unsub"):
        UnsubscribeKey(b"k" * 32)


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


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("http://example.org/leave", "https:// URL"),
        ("https://example.org/leave?list=1", "say where in it the token goes"),
        ("https://example.org/{token}/{token}", "exactly once"),
        ("https://example.org/{name}", "exactly once"),
        ("https://example.org/leave#it", "https:// URL"),
        ("https://example.org/a%40b/", "may hold no @"),
        ("https://example.org:0/", "a port that cannot be: 0"),
        ("https://example.org:65536/", "a port that cannot be: 65536"),
        ("https://example.org/" + "x" * 676, "longer than 900"),
        ("", "https:// URL"),
        (None, "base_url is a text"),
    ],
)
def test_what_can_be_no_link_is_refused(base, words):
    """
    At once, and not when the campaign is sent.
    """
    with pytest.raises(ConfigurationError, match=words):
        Unsubscribe(base, KEY)


def test_the_key_is_that_of_a_list():
    """
    A text could be anybody's.
    """
    with pytest.raises(ConfigurationError, match=r"unsubscribe_key\(\)"):
        Unsubscribe("https://example.org/leave", "secret")
