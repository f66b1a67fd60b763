from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
import threading
import time
from contextlib import closing

import pytest

import safesend.testing
from engine.fleet import mail, people, plan
from safesend.delivery import Accepted, Deferred, InDoubt
from safesend.errors import ConfigurationError
from safesend.ledger import open_ledger
from safesend.policies import Throttle
from safesend.testing import SmtpServer, make_envelopes
from safesend.testing.clock import FakeClock
from safesend.transports import SmtpTransport, open_transport
from safesend.transports.base import Transport


def _carry(transport: Transport, number: int) -> list[object]:
    async def run() -> list[object]:
        session = await transport.connect(transport.name)
        outcomes = [one async for one in session.deliver(make_envelopes(number))]
        await session.close()
        return outcomes

    return asyncio.run(run())


def test_its_url_is_all_that_is_needed() -> None:
    """For a server in clear text."""
    with SmtpServer() as server:
        outcomes = _carry(open_transport(server.url), 20)
        assert [type(outcome) for outcome in outcomes] == [Accepted] * 20
        assert len(server.messages) == 20
        assert server.violations == []
        assert server.connections == 1


@pytest.mark.parametrize(
    ("tls", "scheme"), [("starttls", "smtp"), ("implicit", "smtps")]
)
def test_users_log_in_under_tls(tls: str, scheme: str) -> None:
    """Its own certificate is trusted by its own context."""
    with SmtpServer(tls=tls, users={"ada": "secret"}) as server:
        assert server.url == f"{scheme}://127.0.0.1:{server.port}"
        transport = SmtpTransport(
            "127.0.0.1", server.port, username="ada", password="secret", tls=tls,
            tls_context=server.client_context(),
        )  # fmt: skip
        assert all(isinstance(o, Accepted) for o in _carry(transport, 3))
        assert {(m.user, m.tls) for m in server.messages} == {("ada", True)}
        assert server.ca_pem.startswith(b"-----BEGIN CERT")


def test_a_server_in_clear_text_has_no_certificate() -> None:
    """Asking for one is a mistake."""
    with pytest.raises(ConfigurationError, match="plain text"):
        SmtpServer().client_context()


def test_a_script_is_followed_by_a_real_client() -> None:
    """One lost reply: one in doubt, and the message is there."""
    with SmtpServer() as server:
        server.drop_before_reply("dot")
        [outcome, *_] = _carry(open_transport(server.url), 3)
        assert isinstance(outcome, InDoubt)
        assert len(server.messages) == 1


def test_greylisting_goes_by_the_given_clock() -> None:
    """The second try, some minutes later, is taken."""
    clock = FakeClock()
    with SmtpServer(clock=clock) as server:
        server.greylist(5)
        transport = open_transport(server.url)

        async def run() -> list[object]:
            session = await transport.connect(transport.name)
            outcomes = []
            for _ in range(2):
                envelopes = make_envelopes(["ada@example.org"])
                outcomes += [one async for one in session.deliver(envelopes)]
                clock.advance(300)
            await session.close()
            return outcomes

        first, second = asyncio.run(run())
        assert isinstance(first, Deferred)
        assert isinstance(second, Accepted)


def test_a_whole_mailing_shares_its_clock() -> None:
    """Greylisting is over at the second try, and the gap can be read."""
    clock = FakeClock()
    with SmtpServer(clock=clock) as server, closing(open_ledger(":memory:")) as ledger:
        server.greylist(4)
        report = mail(
            plan(people(3)),
            ledger,
            open_transport(server.url),
            clock=clock,
            deadline=3600,
        )
        tries = [one for one in server.transactions if "p1@" in one.recipient]

    assert report.accepted == 3
    first, second = tries
    assert (first.stage, first.reply[:3]) == ("rcpt", "451")
    assert (second.stage, second.reply[:3]) == ("content", "250")
    assert 240 <= second.began - first.ended < 400
    assert server.turned_away == {"greylist": 3}
    assert server.violations == []


def test_who_sends_too_fast_is_turned_away_and_all_arrive_in_the_end() -> None:
    """What the server took never exceeds its rate."""
    clock = FakeClock()
    with SmtpServer(clock=clock) as server, closing(open_ledger(":memory:")) as ledger:
        server.rate_limit("20/min", burst=12)
        report = mail(
            plan(people(20)),
            ledger,
            open_transport(server.url),
            clock=clock,
            deadline=6 * 3600,
        )
        taken = [one.ended for one in server.transactions if one.accepted]

    assert report.accepted == len(taken) == 20
    assert server.turned_away["rate_limit"] == len(server.transactions) - 20 > 0
    for at, begin in enumerate(taken):
        for more, end in enumerate(taken[at:], 1):
            assert more <= (end - begin) / 3 + 12.001


def test_who_keeps_to_the_rate_is_never_turned_away() -> None:
    """Both count by one clock."""
    clock = FakeClock()
    with SmtpServer(clock=clock) as server, closing(open_ledger(":memory:")) as ledger:
        server.rate_limit("10/s")
        report = mail(
            plan(people(40)),
            ledger,
            open_transport(server.url),
            clock=clock,
            throttle=Throttle("10/s", burst=1),
        )
    assert report.accepted == 40
    assert server.turned_away == {}
    assert clock.slept >= 3.9


def test_it_stops_while_clients_are_connected() -> None:
    """They are hung up on, and no thread is left."""
    with SmtpServer() as server:
        client = socket.create_connection(("127.0.0.1", server.port))
        client.recv(100)
    with client, contextlib.suppress(ConnectionResetError):
        assert client.recv(100) == b""
    server.stop()
    assert "safesend-smtp-server" not in {t.name for t in threading.enumerate()}


def test_it_stops_while_an_answer_is_held() -> None:
    """Whoever shares its clock does not wait for that answer."""
    clock = FakeClock(jumps=False)
    with SmtpServer(clock=clock) as server:
        server.stall("connect", 60)
        client = socket.create_connection(("127.0.0.1", server.port))
        while server.connections == 0:
            time.sleep(0.001)
    client.close()

    clock.advance(1)
    asyncio.run(asyncio.wait_for(clock.sleep(0), 60))
    assert "safesend-smtp-server" not in {t.name for t in threading.enumerate()}


def test_a_port_that_is_taken_is_an_error() -> None:
    """Said where the server is started."""
    with SmtpServer() as first:
        second = SmtpServer()
        second.port = first.port
        with pytest.raises(OSError, match="use"):
            second.start()
        second.stop()


def test_it_starts_once_and_again_after_it_was_stopped() -> None:
    """On the same port, with what it had."""
    server = SmtpServer()
    with server:
        with pytest.raises(ConfigurationError, match="started already"):
            server.start()
        _carry(open_transport(server.url), 1)
    with server:
        _carry(open_transport(server.url), 1)
    assert len(server.messages) == 2


def test_stopping_before_starting_does_nothing() -> None:
    """It may be called at any time."""
    SmtpServer().stop()


def test_several_clients_at_once() -> None:
    """Connections have numbers, and their messages are told apart."""
    with SmtpServer() as server:
        clients = [smtplib.SMTP("127.0.0.1", server.port) for _ in range(5)]
        for client in clients:
            client.sendmail("a@x.example", ["b@x.example"], b"Subject: x\r\n\r\n")
        for client in clients:
            client.quit()
        assert sorted(m.connection for m in server.messages) == [1, 2, 3, 4, 5]


def test_every_public_name_can_be_imported() -> None:
    """And any other is an ordinary error."""
    for name in safesend.testing.__all__:
        assert getattr(safesend.testing, name) is not None
    assert not hasattr(safesend.testing, "Nothing")
