"""Which way a call goes: pipelined, or as the standard class has it."""

from __future__ import annotations

from typing import Any

import pytest

from safesend import smtplib
from safesend.smtplib.transactions import Call, Lines, _ordinary
from safesend.testing import SmtpServer

ADA = "ada@example.org"
OFFERED = {"pipelining": "", "8bitmime": "", "smtputf8": ""}


def _client(**features: str) -> smtplib.SMTP:
    client = smtplib.SMTP(local_hostname="localhost")
    client.does_esmtp, client.esmtp_features = True, features
    return client


def _call(
    *people: str, sender: str = "a@x.example", body: bytes = b"", **more: Any
) -> Call:
    return Call(
        sender,
        dict.fromkeys(people, (b"Subject: x\r\n\r\n", body)),
        {one: [one] for one in people},
        **more,
    )


@pytest.mark.parametrize(
    ("sender", "bare"),
    [
        ("office@example.net", "office@example.net"),
        ("The office <office@example.net>", "office@example.net"),
        ("", ""),
        ("<>", ""),
    ],
)
def test_an_ordinary_call_is_pipelined(sender: str, bare: str) -> None:
    """The sender is read by our own parser, as the recipients are."""
    assert _ordinary(_client(**OFFERED), _call(ADA, sender=sender)) == bare


@pytest.mark.parametrize(
    "call",
    [
        _call("Sally"),
        _call(ADA, sender="John"),
        _call(ADA, sender="a@x.example, b@x.example"),
        _call(ADA, sender="dédé@example.org"),
        _call("dédé@example.org"),
        _call(ADA, mail_options=("RET=HDRS",)),
        _call(ADA, rcpt_options=("NOTIFY=NEVER",)),
    ],
)
def test_any_other_call_goes_the_standard_way(call: Call) -> None:
    """Local names, unreadable senders, options of other extensions."""
    assert _ordinary(_client(**OFFERED), call) is None


@pytest.mark.parametrize("options", [("SMTPUTF8",), ("BODY=8BITMIME", "size=20")])
def test_ordinary_options_stay_ordinary(options: tuple[str, ...]) -> None:
    """Those that the pipelined conversation writes itself where they are needed."""
    call = _call(ADA, mail_options=options)
    assert _ordinary(_client(**OFFERED), call) == "a@x.example"


def test_what_the_server_does_not_offer_is_not_used() -> None:
    """Without PIPELINING, SMTPUTF8 or 8BITMIME, where they are needed."""
    assert _ordinary(_client(), _call(ADA)) is None
    bare = _client(pipelining="")
    assert _ordinary(bare, _call(ADA, mail_options=("SMTPUTF8",))) is None
    assert _ordinary(bare, _call(ADA, body=b"\xc3\xa9")) is None
    assert _ordinary(bare, _call(ADA)) == "a@x.example"
    bare.does_esmtp = False
    assert _ordinary(bare, _call(ADA)) is None


def test_the_session_follows_what_is_known_of_the_server() -> None:
    """A program that takes an extension out of the dictionary is heard."""
    with SmtpServer() as server:
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.sendmail("a@x.example", ADA, b"Subject: x\r\n\r\n")
            first = client._lines._session
            client.sendmail("a@x.example", ADA, b"Subject: x\r\n\r\n")
            assert client._lines._session is first
            del client.esmtp_features["size"]
            client.sendmail("a@x.example", ADA, b"Subject: x\r\n\r\n")
            assert client._lines._session is not first
        assert len(server.messages) == 3
    assert Lines().spoken is False
