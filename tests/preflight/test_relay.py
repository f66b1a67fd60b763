"""Relays with each fault, looked at as letters go: told apart, and mended by advice."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import warnings

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.delivery import Stage
from safesend.preflight import Grade, Question, worst
from safesend.preflight.relay import check_relays
from safesend.smtp import Capabilities, Security
from safesend.smtp.seen import Login, ServerSeen, Speech, TlsFlaw
from safesend.testing import Certificates, SmtpServer
from safesend.transports import SmtpTransport

QUESTION = Question(
    sender="example.org",
    envelope="example.org",
    recipients={"example.net": 3},
    largest=5000,
)
USERS = {"ada": "right"}


class Limited(Certificates):
    """Certificates of a server that speaks TLS up to a version only."""

    newest = ssl.TLSVersion.TLSv1_2

    def server_context(self):
        context = super().server_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.maximum_version = self.newest
        return context


class Ancient(Limited):
    """One of long ago."""

    newest = ssl.TLSVersion.TLSv1


class Old(Limited):
    """One of not so long ago."""

    newest = ssl.TLSVersion.TLSv1_1


def judged(server, question=QUESTION, **settings):
    """What is found of a server, by the carrier that would use it."""
    if server.url.startswith("smtp+"):
        settings = {"tls": "insecure-plaintext", **settings}
    else:
        settings = {"tls_context": server.client_context(), **settings}
    relay = SmtpTransport("127.0.0.1", server.port, **settings)
    return check_relays(question, asyncio.run(relay.probe()))


def faults(found):
    return [(one.check, one.what, one.grade) for one in found if one.publish]


def at_its_best(**options):
    """A server in order, as each advice makes it."""
    return SmtpServer(**{"tls": "starttls", "dsn": True, **options})


@pytest.mark.parametrize("helo", [None, "mail.example.org"])
def test_no_server_at_all(helo):
    """Neither check is silent, for files as for direct delivery."""
    found = check_relays(attrs.evolve(QUESTION, helo=helo), ())

    assert [one.check for one in found] == ["P7", "P8"]
    assert {one.grade for one in found} == {Grade.SKIPPED}
    assert all(("--via" in one.publish) == (helo is None) for one in found)


def test_a_carrier_that_cannot_be_looked_at_is_not_called_none():
    """It is named, and says nothing of itself."""
    found = check_relays(QUESTION, (), named=True)

    assert {one.grade for one in found} == {Grade.SKIPPED}
    assert all(
        one.reason.startswith("this carrier cannot be looked at") for one in found
    )
    assert "probe()" in found[0].publish


def test_a_server_in_order():
    """TLS, login and features pass; nothing of a letter was said."""
    with at_its_best(users=USERS) as server:
        found = judged(server, username="ada", password="right")

        assert {one.what: one.grade for one in found} == {
            "TLS": Grade.PASS,
            "Login": Grade.PASS,
            "Features": Grade.PASS,
        }
        assert found[0].reason == "TLS 1.3, with a verified certificate"
        assert server.transactions == []
        assert server.violations == []


@pytest.mark.parametrize(
    ("server", "settings", "words"),
    [
        ({"certificates": Certificates("other.test")}, {}, "for other names"),
        ({"certificates": Certificates(expired=True)}, {}, "has expired"),
        ({}, {"tls_context": ssl.create_default_context()}, "nobody who is known"),
        ({"certificates": Ancient()}, {}, "it speaks TLS 1.0 at most"),
        ({"certificates": Old()}, {}, "it speaks TLS 1.1 at most"),
        ({"tls": "implicit", "certificates": Old()}, {}, "it speaks TLS 1.1 at most"),
        ({}, {"tls": "implicit"}, "does not speak TLS from the first byte"),
    ],
)
def test_tls_that_is_not_in_order(server, settings, words):
    """Each is told by itself; a certificate for the host, and TLS 1.3, make it pass."""
    with at_its_best(**server) as one:
        how = {"tls": server.get("tls", "starttls"), **settings}
        tls, features = judged(one, **how)

    assert (tls.check, tls.what, tls.grade) == ("P7", "TLS", Grade.FAIL)
    assert words in tls.reason
    assert tls.publish
    assert (features.check, features.grade) == ("P8", Grade.UNKNOWN)
    with at_its_best(tls=server.get("tls", "starttls")) as mended:
        found = judged(mended, tls=server.get("tls", "starttls"))
    assert worst(found) is Grade.PASS


def greet(line):
    """What is said to one who takes such TLS."""
    with line:
        for words in (b"220 me", b"250 me"):
            line.sendall(words + b"\r\n")
            line.recv(1000)


@contextlib.contextmanager
def ancient():
    """A server that speaks TLS 1.1 at most and says so, as OpenSSL's own do."""

    def serve():
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                line, _ = door.accept()
                with line, contextlib.suppress(OSError):
                    greet(Old().server_context().wrap_socket(line, server_side=True))

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=serve)
        thread.start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_server_that_says_that_it_is_old():
    """With an alert in place of a handshake."""
    context = Certificates().client_context()
    with ancient() as port:
        relay = SmtpTransport("127.0.0.1", port, tls="implicit", tls_context=context)
        [seen] = asyncio.run(relay.probe())

    assert (seen.flaw, seen.tls) == (TlsFlaw.VERSION, "TLS 1.1")
    assert check_relays(QUESTION, [seen])[0].grade is Grade.FAIL


def test_no_tls_where_it_is_wanted():
    """The server's own words say so; STARTTLS makes it pass."""
    with SmtpServer() as server:
        context = ssl.create_default_context()
        [tls, _] = judged(server, tls="starttls", tls_context=context)

    assert tls.grade is Grade.FAIL
    assert "does not offer it" in tls.reason
    assert "smtpd_tls_security_level" in tls.publish


def test_tls_that_will_do():
    """TLS 1.2 is enough, and 1.3 would be better."""
    with at_its_best(certificates=Limited()) as server:
        tls = judged(server)[0]

    assert tls.grade is Grade.WARN
    assert tls.seen == ("TLS 1.2",)


def test_a_password_that_is_wrong():
    """It is found before a letter is; the right one makes it pass."""
    with at_its_best(users=USERS) as server:
        found = judged(server, username="ada", password="wrong")

    assert faults(found) == [
        ("P7", "Login", Grade.FAIL),
        ("P8", "Features", Grade.UNKNOWN),
    ]
    assert "535" in found[1].seen[-1]
    assert "wrong" not in "".join(map(str, found)).replace("Wrong user", "")


def test_a_login_that_nobody_asked_for():
    """A server without AUTH takes no login, and wants none."""
    with at_its_best() as server:
        found = judged(server, username="ada", password="right")
        assert "takes no login" in found[1].reason
        assert worst(judged(server)) is Grade.PASS


def test_a_server_that_cannot_tell_now():
    """A 4xx to the login is no refusal."""
    with at_its_best(users=USERS) as server:
        server.reply("auth", "454 4.7.0 try again")
        found = judged(server, username="ada", password="right")

    assert found[1].what == "Login"
    assert found[1].grade is Grade.UNKNOWN


@pytest.mark.parametrize(
    ("stage", "reply", "grade"),
    [
        ("connect", "554 5.7.1 not you", Grade.FAIL),
        ("connect", "421 4.3.2 busy", Grade.UNKNOWN),
        ("starttls", "454 4.7.0 not now", Grade.UNKNOWN),
        ("ehlo", "550 5.7.1 bad name", Grade.FAIL),
    ],
)
def test_a_server_that_will_not(stage, reply, grade):
    """For good, or for now."""
    with at_its_best() as server:
        server.reply(stage, reply)
        if stage == "ehlo":
            server.reply("helo", reply)
        first = judged(server)[0]

    assert first.grade is grade
    assert reply[:3] in first.seen[-1]


def test_nobody_there():
    """A name that does not exist is wrong; a port where nobody listens may be later."""
    for host, grade in (("nobody.invalid", Grade.FAIL), ("127.0.0.1", Grade.UNKNOWN)):
        [seen] = asyncio.run(SmtpTransport(host, 9, tls="insecure-plaintext").probe())
        first = check_relays(QUESTION, [seen])[0]
        assert (first.what, first.grade) == ("Server", grade)
        assert first.about == f"{host}:9"


def test_letters_in_clear():
    """On this machine nobody sees them; anywhere else whoever sits between."""
    with SmtpServer(dsn=True) as server:
        assert worst(judged(server)) is Grade.PASS
    seen = ServerSeen(
        name="smtp+insecure-plaintext://relay.test:25",
        host="relay.test",
        port=25,
        security=Security.PLAINTEXT,
        reached=True,
        capabilities=Capabilities(pipelining=True, dsn=True, starttls=True),
    )
    offered = check_relays(QUESTION, [seen])[0]
    assert offered.grade is Grade.WARN
    assert offered.publish.startswith("use smtp://")
    bare = attrs.evolve(seen, capabilities=Capabilities())
    assert check_relays(QUESTION, [bare])[0].publish.startswith("have the server offer")


def test_sockets_and_versions_of_addresses():
    """What a finding is about is as a URL has it."""
    socket = ServerSeen(
        name="lmtp+unix:///run/lmtp",
        host="/run/lmtp",
        speech=Speech.LMTP,
        security=Security.PLAINTEXT,
        capabilities=Capabilities(),
    )
    found = check_relays(QUESTION, [socket])
    assert worst(found) is Grade.PASS
    assert {one.about for one in found} == {"/run/lmtp"}
    six = attrs.evolve(socket, host="::1", port=24)
    assert {one.about for one in check_relays(QUESTION, [six])} == {"[::1]:24"}


def test_a_relay_that_passes_nothing_on_over_tls():
    """REQUIRETLS was asked for, and is not offered."""
    with at_its_best() as server:
        found = judged(server, require_tls_path=True)
        assert faults(found) == [("P8", "Letters", Grade.FAIL)]
        assert "require_tls_path" in found[-1].publish
    with at_its_best(requiretls=True) as server:
        assert worst(judged(server, require_tls_path=True)) is Grade.PASS


def test_the_service_of_a_provider():
    """Its keys are wrong; or the account sends to few people, or to none."""
    seen = ServerSeen(
        name="ses://eu-west-1",
        host="email.eu-west-1.amazonaws.com",
        port=443,
        speech=Speech.HTTPS,
        security=Security.IMPLICIT,
        reached=True,
        login=Login.ACCEPTED,
        capabilities=Capabilities(size=40_000_000),
    )
    assert worst(check_relays(QUESTION, [seen])) is Grade.PASS
    sandbox = attrs.evolve(
        seen, stage=Stage.RCPT, reason="in the sandbox", permanent=True
    )
    assert faults(check_relays(QUESTION, [sandbox])) == [("P8", "Letters", Grade.FAIL)]
    stopped = attrs.evolve(
        seen,
        capabilities=None,
        login=Login.REFUSED,
        stage=Stage.AUTH,
        reason="sending is disabled",
        permanent=True,
    )
    assert ("P7", "Login", Grade.FAIL) in faults(check_relays(QUESTION, [stopped]))


@pytest.mark.parametrize("flaw", TlsFlaw)
def test_every_flaw_can_be_mended(flaw):
    """None is told without a deed."""
    seen = ServerSeen(
        name="smtps://relay.test:465",
        host="relay.test",
        port=465,
        security=Security.IMPLICIT,
        reached=True,
        flaw=flaw,
        stage=Stage.STARTTLS,
        permanent=True,
    )
    first = check_relays(QUESTION, [seen])[0]

    assert first.grade is Grade.FAIL
    assert first.publish
    assert "{" not in first.publish


SEEN = st.builds(
    ServerSeen,
    name=st.just("smtp://relay.test"),
    host=st.sampled_from(["relay.test", "::1", "/run/lmtp", "localhost"]),
    port=st.sampled_from([0, 25, 587]),
    speech=st.sampled_from(Speech),
    security=st.sampled_from(Security),
    reached=st.booleans(),
    tls=st.sampled_from(["", "TLS 1.0", "TLS 1.2", "TLS 1.3"]),
    flaw=st.none() | st.sampled_from(TlsFlaw),
    capabilities=st.none()
    | st.builds(
        Capabilities,
        size=st.none() | st.integers(1, 10_000),
        smtputf8=st.booleans(),
        mailmax=st.none() | st.integers(1, 30),
    ),
    login=st.sampled_from(Login),
    stage=st.none() | st.sampled_from(Stage),
    reason=st.text(max_size=5),
    permanent=st.booleans(),
    quota=st.none() | st.integers(0, 5),
)


@given(SEEN)
def test_whatever_is_seen_is_told(seen):
    """There is a finding for it; what is not in order comes with what to do."""
    found = check_relays(QUESTION, [seen])

    assert found
    assert {one.check for one in found} <= {"P7", "P8"}
    assert all(bool(one.publish) == (one.grade is not Grade.PASS) for one in found)
    if seen.stage is not None:
        assert worst(found) in {Grade.FAIL, Grade.UNKNOWN}


@pytest.mark.server
def test_a_real_postfix(postfix):
    """Its TLS and its login are seen; of its features nothing is missing."""
    context = ssl.create_default_context(cafile=str(postfix.ca))
    for port, tls in ((postfix.port, "starttls"), (postfix.smtps_port, "implicit")):
        relay = SmtpTransport(
            "localhost",
            port,
            username=postfix.username,
            password=postfix.password,
            tls=tls,
            tls_context=context,
        )
        found = check_relays(QUESTION, asyncio.run(relay.probe()))
        assert [one.grade for one in found] == [Grade.PASS] * 3
        large = attrs.evolve(QUESTION, largest=20_000_000)
        [size] = [
            one
            for one in check_relays(large, asyncio.run(relay.probe()))
            if one.what == "SIZE"
        ]
        assert size.grade is Grade.FAIL
    refused = attrs.evolve(relay, password="another")
    found = check_relays(QUESTION, asyncio.run(refused.probe()))
    assert found[1].grade is Grade.FAIL
