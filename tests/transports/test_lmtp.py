"""LMTP: settings, how a line is secured, and what a hostile server can do."""

from __future__ import annotations

import asyncio
import socket
import ssl
from types import SimpleNamespace

import pytest

from safesend.delivery import Accepted, InDoubt, Refused
from safesend.errors import ConfigurationError, TransportError
from safesend.smtp import Security, Timeouts
from safesend.testing import SmtpServer, make_envelopes
from safesend.transports import LmtpTransport, Transport, open_transport
from transports.carrying import carry

PLAIN = "insecure-plaintext"


@pytest.mark.parametrize(
    ("url", "name", "security"),
    [
        ("lmtp://box.example.org", "lmtp://box.example.org:24", Security.STARTTLS),
        ("lmtp://localhost:2424", "lmtp://localhost:2424", Security.PLAINTEXT),
        ("lmtp://127.0.0.3", "lmtp://127.0.0.3:24", Security.PLAINTEXT),
        ("lmtp://[::1]:24", "lmtp://[::1]:24", Security.PLAINTEXT),
        ("lmtp://10.0.0.1", "lmtp://10.0.0.1:24", Security.STARTTLS),
        (
            "lmtp+insecure-plaintext://10.0.0.1",
            "lmtp+insecure-plaintext://10.0.0.1:24",
            Security.PLAINTEXT,
        ),
        (
            "lmtp+unix:///run/dovecot/lmtp",
            "lmtp+unix:///run/dovecot/lmtp",
            Security.PLAINTEXT,
        ),
        ("lmtp+unix:/run/a%20b", "lmtp+unix:///run/a b", Security.PLAINTEXT),
    ],
)
def test_urls(url, name, security):
    """What leaves the machine is secured; what does not is not asked for TLS."""
    transport = open_transport(url)

    assert isinstance(transport, LmtpTransport)
    assert isinstance(transport, Transport)
    assert transport.name == transport.route(None) == name
    assert transport._security is security
    assert transport.limits() is None


@pytest.mark.parametrize(
    "url",
    [
        "lmtp://user@host",
        "lmtp://user:hunter2@host",
        "lmtp:///run/dovecot/lmtp",
        "lmtp://host/path",
        "lmtp://",
        "lmtp+unix://host/path",
        "lmtp+unix:relative",
        "lmtp+unix:",
        "lmtp+unix:///run/x?port=3",
        "lmtp+unix:///run/x#here",
        "lmtp+unix:///" + "x" * 120,
        "lmtp+unix:///run/x?timeout=0",
        "lmtp+unix:///run/x?timeout=soon",
        "lmtp://host?username=ada",
    ],
)
def test_urls_that_are_none(url):
    """Each is refused, and no part that could be secret is repeated."""
    with pytest.raises(ConfigurationError) as caught:
        open_transport(url)

    assert "hunter2" not in str(caught.value)


def test_there_is_no_login():
    """A password is of no use, so it is not silently dropped."""
    with pytest.raises(ConfigurationError, match="no login"):
        open_transport("lmtp+unix:///run/x", password="hunter2")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "host, or the path"),
        ({"host": "a", "path": "/b"}, "host, or the path"),
        ({"path": "/b", "port": 24}, "no port"),
        ({"path": "/b", "tls": "starttls"}, "no TLS"),
        ({"host": "a", "tls": "implicit"}, "tls is"),
        ({"host": "a", "port": 0}, "port"),
        ({"host": "a", "max_messages": 0}, "max_messages"),
        ({"host": "a", "helo": "a b"}, "helo"),
        ({"host": "a", "notify": "always"}, "notify is 'never'"),
    ],
)
def test_settings_that_make_no_sense(settings, words):
    """They are refused at once."""
    with pytest.raises(ConfigurationError, match=words):
        LmtpTransport(**settings)


def test_a_context_is_checked():
    """It has to verify, and there has to be something to verify."""
    trusting = ssl.create_default_context()
    with pytest.raises(ConfigurationError, match="of no use"):
        LmtpTransport("localhost", tls_context=trusting)
    trusting.check_hostname = False
    with pytest.raises(ConfigurationError, match="does not verify"):
        LmtpTransport("box.example.org", tls_context=trusting)


def test_over_a_unix_socket(tmp_path):
    """No TLS is asked for, and our name is that of no machine."""
    with SmtpServer(lmtp=True, path=tmp_path / "lmtp") as server:
        transport = open_transport(server.url)
        outcomes = carry(transport, make_envelopes(5))

    assert {type(one) for one in outcomes} == {Accepted}
    assert len(server.messages) == 5
    assert server.violations == []


@pytest.mark.parametrize(
    ("option", "said"), [("", "FAILURE,DELAY"), ("never", "NEVER"), ("none", None)]
)
def test_what_is_reported_can_be_chosen(tmp_path, option, said):
    """
    As with a relay, also in the URL.
    """
    with SmtpServer(lmtp=True, dsn=True, path=tmp_path / "lmtp") as server:
        asked = f"{server.url}?notify={option}" if option else server.url
        [outcome] = carry(open_transport(asked), make_envelopes(1))
        [transaction] = server.transactions

    assert isinstance(outcome, Accepted)
    assert transaction.wishes.get("NOTIFY") == said


def test_each_has_its_own_reply():
    """Who has no room is refused; those before and behind are not."""
    with SmtpServer(lmtp=True) as server:
        envelopes = list(make_envelopes(5))
        server.reply("content", "552 5.2.2 full", to=envelopes[2].recipient.wire)
        server.reply("rcpt", "550 5.1.1 who", to=envelopes[3].recipient.wire)
        outcomes = carry(LmtpTransport("127.0.0.1", server.port), envelopes)

    kinds = [type(one) for one in outcomes]
    assert kinds == [Accepted, Accepted, Refused, Refused, Accepted]
    assert server.violations == []


def test_a_reply_too_many_ends_the_line():
    """A server that answers twice leaves the letter in doubt, and no other."""
    with SmtpServer(lmtp=True) as server:
        server.surplus_reply("content", message=2)
        outcomes = carry(LmtpTransport("127.0.0.1", server.port), make_envelopes(5))

    assert [type(one) for one in outcomes[:2]] == [Accepted, InDoubt]
    assert not any(isinstance(one, Accepted) for one in outcomes[2:])


def test_data_for_nobody_ends_the_line():
    """354 without a recipient: the refusal stands, and no dot follows."""
    with SmtpServer(lmtp=True) as server:
        envelopes = list(make_envelopes(3))
        server.reply("rcpt", "550 5.1.1 who", to=envelopes[1].recipient.wire)
        server.reply("data", "354 go", when=lambda moment: not moment.recipients)
        outcomes = carry(LmtpTransport("127.0.0.1", server.port), envelopes)

    assert [type(one) for one in outcomes] == [Accepted, Refused]
    assert len(server.messages) == 1


def test_a_server_of_smtp_is_none_of_lmtp():
    """It does not know LHLO; nothing is sent, and trying again will not help."""
    with SmtpServer() as server, pytest.raises(TransportError, match="LHLO") as caught:
        carry(LmtpTransport("127.0.0.1", server.port), make_envelopes(1))

    assert caught.value.permanent


def test_another_machine_has_to_prove_itself():
    """Without STARTTLS nothing of a letter leaves, and no LHLO in clear after it."""
    with SmtpServer(lmtp=True) as server:
        transport = LmtpTransport("127.0.0.1", server.port, tls="starttls")
        with pytest.raises(TransportError, match="STARTTLS") as caught:
            carry(transport, make_envelopes(1))

    assert caught.value.permanent
    assert server.transactions == []


def test_starttls_is_used_where_it_is_asked_for():
    """With a certificate that is verified."""
    with SmtpServer(lmtp=True, tls="starttls") as server:
        transport = LmtpTransport(
            "127.0.0.1",
            server.port,
            tls="starttls",
            tls_context=server.client_context(),
        )
        [outcome] = carry(transport, make_envelopes(1))
        untrusting = LmtpTransport("127.0.0.1", server.port, tls="starttls")
        with pytest.raises(TransportError, match="certificate"):
            carry(untrusting, make_envelopes(1))

    assert isinstance(outcome, Accepted)
    assert server.messages[0].tls


def test_sockets_that_cannot_be_used(tmp_path):
    """What may pass with a restart is tried again; what is no socket is not."""
    (tmp_path / "file").touch()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "left"))
    told = {}
    for name in "missing", "file", "left":
        transport = LmtpTransport(path=tmp_path / name)
        with pytest.raises(TransportError) as caught:
            asyncio.run(transport.connect(transport.name))
        told[name] = caught.value

    assert {name: error.permanent for name, error in told.items()} == {
        "missing": False,
        "file": True,
        "left": False,
    }
    assert "no such socket" in str(told["missing"])
    assert "no socket" in str(told["file"])
    assert "nobody listens" in str(told["left"])
    assert all(error.stage == "connect" for error in told.values())


def test_over_a_name_that_leads_elsewhere():
    """ "localhost" is this machine, or nothing is said in clear."""
    line = SimpleNamespace(peer_host="192.0.2.1")
    with pytest.raises(TransportError, match="another machine") as caught:
        asyncio.run(LmtpTransport("localhost")._open(line, Timeouts()))

    assert caught.value.permanent


@pytest.mark.server
def test_dovecot_tells_of_each_what_is_theirs(dovecot_lmtp):
    """Who is unknown or has no room is refused; the others have their letter."""
    people = [f"row{n}@mixed.example" for n in range(12)]
    people[3], people[7], people[8] = "who@x.net", "who@y.net", "full@mixed.example"
    dovecot_lmtp.fill(people[8])
    outcomes = carry(LmtpTransport(path=dovecot_lmtp.socket), make_envelopes(people))
    refused = {at: one for at, one in enumerate(outcomes) if isinstance(one, Refused)}
    boxes = dovecot_lmtp.delivered()

    assert {at: one.enhanced for at, one in refused.items()} == {
        3: "5.1.1",
        7: "5.1.1",
        8: "5.2.2",
    }
    assert not any("who@" in one.text for one in outcomes)
    for at, person in enumerate(people):
        assert len(boxes.get(person, [])) == (at not in refused)


class _Kept:
    """What aiosmtpd was handed."""

    def __init__(self):
        self.letters = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address.startswith("no"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.letters.append((tuple(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 OK"


def test_aiosmtpd_agrees():
    """Another server of LMTP, without PIPELINING."""
    lmtp = pytest.importorskip("aiosmtpd.lmtp")
    kept = _Kept()

    async def main(envelopes):
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: lmtp.LMTP(kept, hostname="box"), "127.0.0.1", 0
        )
        port = server.sockets[0].getsockname()[1]
        transport = LmtpTransport("127.0.0.1", port)
        session = await transport.connect(transport.name)
        outcomes = [one async for one in session.deliver(envelopes)]
        usable = session.usable
        await session.close()
        server.close()
        return outcomes, usable

    envelopes = list(make_envelopes(["a@b.example", "no@b.example", "c@b.example"]))
    outcomes, usable = asyncio.run(main(envelopes))

    assert [type(one) for one in outcomes] == [Accepted, Refused, Accepted]
    assert usable
    assert kept.letters == [
        (("a@b.example",), envelopes[0].content),
        (("c@b.example",), envelopes[2].content),
    ]
