"""Logins say what their RFCs say, and are not printed."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import LocalProtocolError
from safesend.redaction import Secret
from safesend.smtp import Credentials
from safesend.smtp.sasl import choose, told_by

PASSWORD = Credentials("ada", Secret("hunter2"))
TOKEN = Credentials("a=d,a", token=Secret("ya29.tok"), host="mx.example.org", port=587)
ALL = ("LOGIN", "PLAIN", "XOAUTH2", "OAUTHBEARER", "CRAM-MD5")


def test_plain():
    """RFC 4616: NUL, user name, NUL, password."""
    mechanism = choose(PASSWORD, ALL)

    assert mechanism is not None
    assert mechanism.name == "PLAIN"
    assert mechanism.initial == b"\0ada\0hunter2"
    assert mechanism.answers == ()


def test_login():
    """The name and the password one after the other."""
    mechanism = choose(PASSWORD, ("LOGIN",))

    assert mechanism is not None
    assert mechanism.initial is None
    assert mechanism.answers == (b"ada", b"hunter2")


def test_oauthbearer():
    """RFC 7628 section 3.1, with the user name escaped as RFC 5801 wants."""
    mechanism = choose(TOKEN, ALL)

    assert mechanism is not None
    assert mechanism.initial == (
        b"n,a=a=3Dd=2Ca,\1host=mx.example.org\1port=587\1auth=Bearer ya29.tok\1\1"
    )
    assert mechanism.answers == (b"\1",)


def test_xoauth2():
    """As Google and Microsoft describe it."""
    mechanism = choose(TOKEN, ("PLAIN", "XOAUTH2"))

    assert mechanism is not None
    assert mechanism.initial == b"user=a=d,a\1auth=Bearer ya29.tok\1\1"
    assert mechanism.answers == (b"",)


@pytest.mark.parametrize(
    ("credentials", "offered"),
    [(PASSWORD, ()), (PASSWORD, ("XOAUTH2", "GSSAPI")), (TOKEN, ("PLAIN", "LOGIN"))],
)
def test_a_token_is_no_password(credentials, offered):
    """Nothing is given away by a mechanism that it is not meant for."""
    assert choose(credentials, offered) is None


@pytest.mark.parametrize(
    ("user", "password", "token"),
    [
        ("", "x", None),
        ("a\0b", "x", None),
        ("a\1b", None, "x"),
        ("a\r\n", "x", None),
        ("ada", "x\0y", None),
        ("ada", "x\udcffy", None),
        ("ada", None, "to ken"),
        ("ada", None, "tok\1en"),
        ("ada", None, ""),
    ],
)
def test_fields_cannot_be_forged(user, password, token):
    """What parts the fields of a login cannot stand inside one."""
    secrets = [None if one is None else Secret(one) for one in (password, token)]
    with pytest.raises(LocalProtocolError):
        Credentials(user, *secrets)


def test_nothing_secret_is_printed():
    """Neither credentials nor what is made of them."""
    for credentials in (PASSWORD, TOKEN):
        for offered in (ALL, ("LOGIN", "XOAUTH2")):
            shown = repr(credentials) + repr(choose(credentials, offered))
            assert not {"hunter2", "ya29", "ada", "a=d"} & set(shown.split("'"))
            assert "hunter2" not in shown
            assert "ya29" not in shown


def test_a_server_cannot_make_us_print_it():
    """A password that comes back in a reply is cut out."""
    assert PASSWORD.hide("no: hunter2!") == "no: ***!"
    assert TOKEN.hide("no: ya29.tok") == "no: ***"
    assert Credentials("ada", Secret("")).hide("no") == "no"


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"status": "invalid_token", "scope": "mail"}, "invalid_token"),
        ({"status": "401"}, "401"),
        ({"status": "a" * 100}, ""),
        ({"status": "\u001b[31m"}, ""),
        ({}, ""),
        ([], ""),
    ],
)
def test_a_refusal_tells_its_status(told, status):
    """Of the challenge that refuses a token the status is shown, if it is one."""
    assert told_by(base64.b64encode(json.dumps(told).encode()).decode()) == status


@given(
    st.text(max_size=50)
    | st.binary(max_size=50).map(base64.b64encode).map(bytes.decode)
)
def test_any_challenge_can_be_read(challenge):
    """What is no status is nothing."""
    assert told_by(challenge).isprintable()
