"""The URL of a relay is read strictly, and nothing secret in it is repeated."""

from __future__ import annotations

import pytest

from safesend.errors import ConfigurationError
from safesend.smtp import Security
from safesend.transports.smtp_url import read_url


@pytest.mark.parametrize(
    ("url", "security", "host", "port", "user"),
    [
        ("smtp://mx.example.org", Security.STARTTLS, "mx.example.org", None, None),
        ("smtp://mx.example.org:25/", Security.STARTTLS, "mx.example.org", 25, None),
        ("smtps://ada%40a.org@mx", Security.IMPLICIT, "mx", None, "ada@a.org"),
        ("smtp+insecure-plaintext://[::1]:25", Security.PLAINTEXT, "::1", 25, None),
    ],
)
def test_the_parts_of_a_url(url, security, host, port, user):
    """Scheme, user, host and port."""
    read = read_url(url)

    assert (read.security, read.host, read.port, read.username) == (
        security,
        host,
        port,
        user,
    )
    assert not read.holds_password


def test_the_options_of_a_url():
    """Known ones, each once."""
    read = read_url("smtp://mx?timeout=2.5&helo=mail.example.org&max_messages=7")

    assert read.number("timeout", float) == 2.5
    assert read.number("max_messages", int) == 7
    assert read.options["helo"] == "mail.example.org"
    assert read_url("smtp://mx").number("timeout", float) is None
    assert read_url("smtp://mx?in_flight=4").number("in_flight", int) == 4


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("tiemout=3", "'tiemout'"),
        ("password=hunter2", "'password'"),
        ("timeout=1&timeout=2", "'timeout'"),
        ("helo=", "'helo'"),
    ],
)
def test_an_option_that_is_not_known(query, words):
    """A typo is not silently taken; the option is named, its value is not."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        read_url(f"smtp://mx?{query}")

    assert "hunter2" not in str(caught.value)


def test_an_option_that_is_no_number():
    """The option is named."""
    with pytest.raises(ConfigurationError, match="'timeout'") as caught:
        read_url("smtp://mx?timeout=soon").number("timeout", float)

    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "smtp:mx",
        "smtp:///x",
        "smtp://mx:hunter2",
        "smtp://mx:99999",
        "smtp://[::1",
        "smtp://mx/hunter2",
        "smtp://mx#hunter2",
        "http://mx",
    ],
)
def test_what_is_no_url_of_a_relay(url):
    """It is refused, and not repeated."""
    with pytest.raises(ConfigurationError) as caught:
        read_url(url)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_password_is_noticed_and_not_kept():
    """That there is one is all that is told."""
    read = read_url("smtp://ada:hunter2@mx")

    assert read.holds_password
    assert "hunter2" not in repr(read)
