"""Tests of what is the same on every letter."""

from __future__ import annotations

import pytest

from safesend.errors import ConfigurationError
from safesend.message.address import Address
from safesend.message.identity import CampaignKey
from safesend.message.letterhead import Letterhead
from safesend.message.unsubscribe import LONGEST_TOKEN, UnsubscribeKey

SENDER = Address.parse("News <news@example.org>", name_allowed=True)
ADA = Address.parse("ada@example.net")
KEY = CampaignKey(b"k" * 32, "spring")
ROW = KEY.row(ADA)
URL = "https://example.org/u/{token}"


def test_defaults_come_from_the_sender():
    """
    Without settings the sender's domain and address are used, and no token.
    """
    letterhead = Letterhead(SENDER)

    assert letterhead.message_id_domain == "example.org"
    assert letterhead.return_path("t") == "news@example.org"
    assert letterhead.unsubscribe_url("t") is None
    assert not letterhead.token(KEY, ROW, ADA)
    assert not letterhead.uses_bounce_token


def test_the_token_stands_in_link_and_bounce_address():
    """
    Each place takes its own token of the row.
    """
    url = "https://example.org:8443/u/{token}?l=1"
    letterhead = Letterhead(SENDER, unsubscribe=url, envelope_sender="b+{token}@x.org")

    assert letterhead.unsubscribe_url("abc") == "https://example.org:8443/u/abc?l=1"
    assert letterhead.return_path("abc") == "b+abc@x.org"
    assert letterhead.token(KEY, ROW, ADA) == KEY.token(ROW)
    assert letterhead.uses_bounce_token
    bounces = Letterhead(SENDER, envelope_sender="b+{token}@x.org")
    assert not bounces.token(KEY, ROW, ADA)
    assert bounces.uses_bounce_token


def test_a_list_seals_tokens_of_its_own():
    """
    In place of the row's: that of the mailbox, and of the campaign.
    """
    sealing = UnsubscribeKey(b"l" * 32)
    letterhead = Letterhead(SENDER, unsubscribe=URL, unsubscribe_key=sealing)

    assert letterhead.token(KEY, ROW, ADA) == sealing.token(ADA, "spring")


@pytest.mark.parametrize(
    ("key", "longest"), [(None, 32), (UnsubscribeKey(b"l" * 32), LONGEST_TOKEN)]
)
def test_a_link_with_its_longest_token_has_900_octets_at_most(key, longest):
    """
    So that the line of its header, which is never folded, is no longer than it may be.
    """
    room = 900 - longest - len("https://example.org/")
    url = "https://example.org/" + "x" * room + "{token}"
    letterhead = Letterhead(SENDER, unsubscribe=url, unsubscribe_key=key)

    assert len(letterhead.unsubscribe_url("t" * longest)) == 900
    with pytest.raises(ConfigurationError, match="longer than 900 characters"):
        Letterhead(SENDER, unsubscribe=f"{url}x", unsubscribe_key=key)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://example.org/u",
        "http://example.org/{token}",
        "mailto:x@example.org?subject={token}",
        "https://example.org/{token}/{token}",
        "https://example.org/{token}/{{ name }}",
        "https://example.org/{token}/{email}",
        "https://{token}.example.org/token",
        "https://user@example.org/{token}",
        "https://example.org/{token}?a=b@c",
        "https://example.org/{token}?a=b%40c",
        "https://example.org/{token}#x",
        "https://example.org/{token} ",
        "https://example.org/{token}>",
        "https://example.org/{token}\r\nBcc: x",
        "https://exämple.org/{token}",
        "https://example.org/{token}" + "x" * 900,
    ],
)
def test_a_link_that_is_no_one_click_link_is_refused(url):
    """
    One https URL with the token in path or query, and nothing about a person.
    """
    with pytest.raises(ConfigurationError, match=r"^unsubscribe "):
        Letterhead(SENDER, unsubscribe=url)


@pytest.mark.parametrize(
    "domain",
    ["", "localhost", "a@b.org", "Example.org", "a..b", ".a.b", "a.b\n", "é.org"],
)
def test_a_message_id_domain_is_a_domain(domain):
    """
    A name with a dot, in the form that stands in a header.
    """
    with pytest.raises(ConfigurationError, match="message_id_domain"):
        Letterhead(SENDER, message_id_domain=domain)


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "x",
        "a@b.org, c@d.org",
        "Bounces <b@x.org>",
        "b@{token}.org",
        "{token}{token}@x.org",
        "bounces+{Token}@x.org",
        "{token}+{email}@x.org",
        "b" * 33 + "{token}@x.org",
    ],
)
def test_an_envelope_sender_is_one_mailbox(sender):
    """
    With the token before the @, once, or without.
    """
    with pytest.raises(ConfigurationError, match="envelope_sender"):
        Letterhead(SENDER, envelope_sender=sender)


@pytest.mark.parametrize("sender", ["b@{token}", "b@{token}.org", "{token}"])
def test_a_token_in_a_wrong_place_is_told(sender):
    """
    And not what stands there instead of it.
    """
    with pytest.raises(ConfigurationError, match=r"once, before the @"):
        Letterhead(SENDER, envelope_sender=sender)


def test_an_envelope_sender_is_written_for_servers():
    """
    Its domain in ASCII, quotes where they are needed; the token counts as it will be.
    """

    def written(text):
        return Letterhead(SENDER, envelope_sender=text).return_path("0af")

    assert written("b+{token}@Bücher.example") == "b+0af@xn--bcher-kva.example"
    assert written("b" * 32 + "{token}@x.org") == "b" * 32 + "0af@x.org"
    braces = Address.parse("{b}@x.org")
    assert Letterhead(braces).return_path("") == "{b}@x.org"


def test_a_sender_is_an_address():
    """
    A text was not checked.
    """
    with pytest.raises(ConfigurationError, match="Address"):
        Letterhead("news@example.org")
