"""What a server says of itself is read, and no more than that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.smtp import Capabilities, Reply


def told(*lines: str) -> Capabilities:
    return Capabilities.from_ehlo(Reply(250, None, ("mx.example.org hello", *lines)))


def test_everything_is_read():
    """Keywords in any case, with their parameters."""
    assert told(
        "PIPELINING",
        "size 10240000",
        "StartTLS",
        "8BITMIME",
        "SMTPUTF8",
        "DSN",
        "CHUNKING",
        "ENHANCEDSTATUSCODES",
        "AUTH plain LOGIN",
        "LIMITS MAILMAX=20 RCPTMAX=100 RCPTDOMAINMAX=3 OTHER=x",
        "X-UNKNOWN thing",
        "",
    ) == Capabilities(
        pipelining=True,
        starttls=True,
        eightbitmime=True,
        smtputf8=True,
        dsn=True,
        chunking=True,
        enhanced_codes=True,
        size=10240000,
        takes_size=True,
        auth=("PLAIN", "LOGIN"),
        mailmax=20,
        rcptmax=100,
        rcptdomainmax=3,
    )


def test_the_greeting_is_no_keyword():
    """The first line is the server's name, whatever it is called."""
    reply = Reply(250, None, ("PIPELINING",))

    assert Capabilities.from_ehlo(reply) == Capabilities()


@pytest.mark.parametrize("line", ["SIZE", "SIZE 0", "SIZE x", "SIZE " + "9" * 21])
def test_no_limit_is_known(line):
    """SIZE without a number, or 0, sets no limit (RFC 1870 section 4)."""
    assert (told(line).size, told(line).takes_size) == (None, True)


def test_the_old_way_to_offer_a_login():
    """AUTH=LOGIN is read with AUTH, and nothing is named twice."""
    assert told("AUTH=LOGIN PLAIN", "AUTH PLAIN XOAUTH2").auth == (
        "LOGIN",
        "PLAIN",
        "XOAUTH2",
    )


@pytest.mark.parametrize("value", ["0", "-1", "x", "", "١"])
def test_a_limit_is_a_number_above_zero(value):
    """What is not is left out (RFC 9422 section 4)."""
    assert told(f"LIMITS MAILMAX={value}").mailmax is None


@given(st.lists(st.text(max_size=40), max_size=10))
def test_whatever_is_told_is_read(lines):
    """No answer to EHLO makes the reading fail."""
    assert isinstance(told(*lines), Capabilities)
