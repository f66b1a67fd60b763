"""engine/content/way.py: a carrier by name, never with its password."""

from __future__ import annotations

import pytest

from safesend.engine.content.canon import fits
from safesend.engine.content.way import WAY, Way, ways_of
from safesend.errors import ConfigurationError


def test_it_comes_back_from_its_values():
    """
    The URL, and where the password is.
    """
    way = Way(url="smtp://me@mail.example.org:587", password_env="SMTP_PASSWORD")
    assert fits(way.values, WAY)
    assert Way(**way.values) == way


@pytest.mark.parametrize(
    "url", ["smtp://me:pa55@mail.example.org", "smtps://:pa55@mail.example.org:465/x"]
)
def test_a_password_in_it_is_refused_and_not_repeated(url):
    """
    A ledger keeps none.
    """
    with pytest.raises(ConfigurationError) as caught:
        Way(url=url)
    assert "pa55" not in str(caught.value)


def test_a_password_has_one_place():
    """
    Two are a question that nobody is there to answer.
    """
    with pytest.raises(ConfigurationError, match="not both"):
        Way(url="smtp://h.example", password_env="A", password_file="b")


@pytest.mark.parametrize("url", ["smtp://h.example:587/?a=b:c@d", "maildir:/out:1@2"])
def test_a_port_is_no_password(url):
    """
    Nor is a colon further behind.
    """
    assert Way(url=url).url == url


def test_a_url_is_kept_without_its_password():
    """
    Of each carrier that is in it; what is no URL is no way.
    """
    [way] = ways_of("failover:smtp://me:pa55@a.example smtps://you:pa55@b.example:465")
    assert way.url == "failover:smtp://me@a.example smtps://you@b.example:465"
    assert ways_of(object()) == ()


def test_of_several_each_has_its_share():
    """
    As a number that comes back.
    """
    way = Way(url="smtp://h.example", weight=3, password_keyring="mail")
    assert fits(way.values, WAY)
    assert Way(**way.values) == way
