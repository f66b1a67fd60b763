"""A look goes the way of a letter, names nobody, and is over in time."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from net.peer import listening, run
from safesend.delivery import Stage
from safesend.net.connection import Connection
from safesend.net.dial import dial
from safesend.smtp import Opening, Security, Timeouts, opening
from safesend.smtp.seen import Login, ServerSeen, Speech
from safesend.testing import SmtpServer
from safesend.transports import (
    EmlTransport,
    LmtpTransport,
    MemoryTransport,
    Probing,
    SmtpTransport,
    failover,
    weighted,
)
from safesend.transports.probing import look, look_timeouts

PLAIN = "insecure-plaintext"
KNOWN = ServerSeen(name="smtp://here", host="127.0.0.1")


def to(server):
    return SmtpTransport("127.0.0.1", server.port, tls=PLAIN)


def seen(carrier):
    assert isinstance(carrier, Probing)
    return asyncio.run(carrier.probe())


def test_who_can_look(tmp_path):
    """Carriers with a server; for a folder there is nothing to see."""
    assert not isinstance(EmlTransport(tmp_path), Probing)
    assert not isinstance(MemoryTransport(), Probing)
    assert isinstance(SmtpTransport("mx.example.org"), Probing)


def test_what_is_said():
    """EHLO and QUIT."""
    said = []

    async def script(peer):
        await peer.say("220 hello")
        said.append(await peer.line())
        await peer.say("250-me", "250 SIZE 1000")
        said.append(await peer.line())
        await peer.say("221 bye")

    async def main():
        async with listening(script) as port:
            relay = SmtpTransport("127.0.0.1", port, tls=PLAIN, helo="me.example.org")
            return await relay.probe()

    [one] = run(main())
    assert said == [b"EHLO me.example.org", b"QUIT"]
    assert one.capabilities.size == 1000
    assert (one.reached, one.login, one.stage) == (True, Login.NONE, None)


def test_lmtp(tmp_path):
    """Over a socket of this machine as well."""
    socket = tmp_path / "lmtp"
    with SmtpServer(lmtp=True, path=socket):
        [one] = seen(LmtpTransport(path=socket))
        assert (one.speech, one.host, one.port) == (Speech.LMTP, str(socket), 0)
        assert one.capabilities.pipelining
    [gone] = seen(LmtpTransport(path=socket))
    assert (gone.stage, gone.reached) == (Stage.CONNECT, False)
    with SmtpServer(lmtp=True) as server:
        [one] = seen(LmtpTransport("127.0.0.1", server.port))
        assert (one.port, one.stage) == (server.port, None)


def test_several_carriers(tmp_path):
    """Each looks at its own server; those that see nothing are left out."""
    with SmtpServer() as one, SmtpServer() as other:
        both = seen(
            failover(to(one), weighted({to(other): 1, EmlTransport(tmp_path): 2}))
        )
        assert [found.port for found in both] == [one.port, other.port]
        assert one.transactions == other.transactions == []


def test_a_server_that_says_nothing():
    """It is not waited for longer than for a letter, nor for minutes."""
    with SmtpServer() as server:
        server.stall("connect", 5)
        relay = SmtpTransport("127.0.0.1", server.port, tls=PLAIN, timeout=0.2)
        [one] = seen(relay)

    assert one.stage is Stage.CONNECT
    assert not one.permanent
    assert look_timeouts(None) == Timeouts.of(30)
    assert look_timeouts(300) == Timeouts.of(30)


def test_a_look_that_takes_too_long():
    """However it is drawn out, an end is put to it."""

    async def never():
        raise TimeoutError

    [one] = [asyncio.run(look(KNOWN, never, lambda _: never()))]
    assert one.stage is Stage.CONNECT
    assert "in time" in one.reason


def test_a_look_that_is_broken_off():
    """The line is cut, and the error is whoever's it is."""
    lines: list[Connection] = []

    async def begin(line):
        lines.append(line)
        await line.run(opening(Opening("[127.0.0.1]", Security.PLAINTEXT)))
        raise asyncio.CancelledError

    async def main(port):
        with contextlib.suppress(asyncio.CancelledError):
            await look(KNOWN, lambda: dial("127.0.0.1", port, Timeouts.of(5)), begin)
        return lines[0].alive

    with SmtpServer() as server:
        assert not asyncio.run(main(server.port))


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_line_that_breaks_in_the_handshake(tls):
    """A server that is not old is not taken for one."""

    async def script(peer):
        if tls == "starttls":
            await peer.say("220 hello")
            await peer.line()
            await peer.say("250-me", "250 STARTTLS")
            await peer.line()
            await peer.say("220 go")
        await asyncio.sleep(0.01)
        peer.cut()

    async def main():
        async with listening(script) as port:
            return await SmtpTransport("127.0.0.1", port, tls=tls).probe()

    [one] = run(main())
    assert (one.stage, one.permanent, one.flaw) == (Stage.STARTTLS, False, None)
