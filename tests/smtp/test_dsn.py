"""What is asked of a server that offers DSN is one parameter each, or nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import LocalProtocolError
from safesend.smtp import dsn

# RFC 3461 section 4, RFC 6533 section 3: written down anew.
_XTEXT = r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*"
_UNITEXT = r"(?:[!-*,-<>-\[\]-~]|[^\x00-\x9f]|\\x\{(?:20|2B|3D|5C)\})*"
_ENVID = re.compile(f" ENVID={_XTEXT}")
_ORCPT = re.compile(f" ORCPT=(?:rfc822;{_XTEXT}|utf-8;{_UNITEXT})")


@pytest.mark.parametrize(
    ("given_", "words", "parameter"),
    [
        ("failure,delay", "failure,delay", b" NOTIFY=FAILURE,DELAY"),
        ("Delay, FAILURE ,success", "success,failure,delay", None),
        ("failure,failure", "failure", b" NOTIFY=FAILURE"),
        ("NEVER", "never", b" NOTIFY=NEVER"),
    ],
)
def test_what_is_to_be_reported(given_, words, parameter):
    """In any order and case; it is written as the RFC has it."""
    assert dsn.read_notify(given_) == words
    assert dsn.notify(words) == (parameter or b" NOTIFY=SUCCESS,FAILURE,DELAY")


def test_nothing_need_be_said_of_it():
    """None stays None."""
    assert dsn.read_notify(None) is None


@pytest.mark.parametrize(
    "given_",
    ["", ",", "never,failure", "always", "failure delay", "delay\r\nDATA", 7],
)
def test_nothing_else_can_be_reported(given_):
    """NEVER stands alone (section 4.1), and only the words of the RFC are words."""
    with pytest.raises(LocalProtocolError, match="'success', 'failure'"):
        dsn.read_notify(given_)


@pytest.mark.parametrize(
    ("identity", "parameter"),
    [
        ("9f86d081884c7d65", b" ENVID=9f86d081884c7d65"),
        ("a+b=c d", b" ENVID=a+2Bb+3Dc+20d"),
        ("a" * 94, b" ENVID=" + b"a" * 94),
        ("a" * 95, b""),
        ("+" * 32, b""),
        ("", b""),
        ("a\r\nRCPT", b""),
        ("añe", b""),
    ],
)
def test_the_name_of_a_letter(identity, parameter):
    """At most 100 characters, the keyword included, of printable ASCII (4.4)."""
    assert dsn.envid(identity) == parameter


@pytest.mark.parametrize(
    ("mailbox", "parameter"),
    [
        ("ada@example.org", b" ORCPT=rfc822;ada@example.org"),
        ("a+b=c@example.org", b" ORCPT=rfc822;a+2Bb+3Dc@example.org"),
        ('"a b"@example.org', b' ORCPT=rfc822;"a+20b"@example.org'),
        ("añe@bücher.example", " ORCPT=utf-8;añe@bücher.example".encode()),
        (
            '"ñ +=\\""@example.org',
            ' ORCPT=utf-8;"ñ\\x{20}\\x{2B}\\x{3D}\\x{5C}""@example.org'.encode(),
        ),
        ("a" * 487, b" ORCPT=rfc822;" + b"a" * 487),
        ("a" * 488, b""),
        ("ñ" * 245, b""),
        ("a\r\nb@example.org", b""),
        ("ñ\x85@example.org", b""),
        ("\ud800@example.org", b""),
    ],
)
def test_the_mailbox_as_it_was_given(mailbox, parameter):
    """Encoded, at most 500 octets, the keyword included (4.2)."""
    assert dsn.orcpt(mailbox) == parameter


@given(st.text(max_size=120))
def test_an_identity_makes_one_parameter(text):
    """Whatever it is, no blank, no line end and no second parameter comes of it."""
    written = dsn.envid(text)

    assert written == b"" or _ENVID.fullmatch(written.decode("ascii"))
    assert len(written) <= 101
    if written:
        assert _plain(written.decode().removeprefix(" ENVID=")) == text


@given(st.text(max_size=300))
def test_a_mailbox_makes_one_parameter(text):
    """And it can be read back as it was."""
    written = dsn.orcpt(text).decode()

    assert written == "" or _ORCPT.fullmatch(written)
    assert len(written.encode()) <= 501
    if written:
        assert _plain(written.partition(";")[2]) == text


def _plain(written: str) -> str:
    code = r"\+([0-9A-F]{2})" if written.isascii() else r"\\x\{([0-9A-F]+)\}"
    return re.sub(code, lambda hit: chr(int(hit[1], 16)), written)
