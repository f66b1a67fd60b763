"""engine/content/keys.py: whoever sends brings the right keys, or nothing is sent."""

from __future__ import annotations

import pytest

from engine.content.samples import KEY, LINK
from message.judges import ed25519, rsa
from safesend.engine.content.keys import Keys, mark_of
from safesend.errors import ConfigurationError
from safesend.message.unsubscribe import UnsubscribeKey


def test_a_key_is_found_by_its_public_half():
    """
    Whatever order they were given in.
    """
    keys = Keys(dkim=[ed25519().key, rsa().key])
    found = keys.signer("example.org", "r2026", mark_of(rsa().key))
    assert (found.name, found.key) == (rsa().name, rsa().key)


@pytest.mark.parametrize("given", [[], [ed25519().key]])
def test_another_key_or_none_is_refused(given):
    """
    The error says which is wanted.
    """
    with pytest.raises(ConfigurationError, match=r"r2026\._domainkey\.example\.org"):
        Keys(dkim=given).signer("example.org", "r2026", mark_of(rsa().key))


def test_links_are_sealed_with_the_key_of_that_list():
    """
    A copy of the list has the same id; where none is known the key itself decides.
    """
    keys = Keys(unsubscribe=KEY)
    for origin in (KEY.origin, ""):
        assert keys.link(LINK.base_url, KEY.id, origin) == LINK


@pytest.mark.parametrize(
    "given",
    [None, UnsubscribeKey(b"o" * 32), UnsubscribeKey(b"s" * 32, origin="other")],
)
def test_another_list_or_none_is_refused(given):
    """
    People would unsubscribe from a list that nobody asks.
    """
    with pytest.raises(ConfigurationError, match="suppression list"):
        Keys(unsubscribe=given).link(LINK.base_url, KEY.id, KEY.origin)


def test_those_of_a_campaign_at_hand():
    """
    As they stand in it.
    """
    assert Keys.of([rsa()], LINK) == Keys(dkim=[rsa().key], unsubscribe=KEY)
    assert Keys.of() == Keys.of((), "https://example.org/{token}") == Keys()


def test_no_key_is_shown():
    """
    Neither in a log nor in an error.
    """
    shown = repr(Keys(dkim=[rsa().key], unsubscribe=KEY))
    assert "ssss" not in shown
