"""A page is had whole, from the right host and in time, or not at all."""

from __future__ import annotations

import asyncio

import pytest

from safesend.net.page import PageNotHad, Place, get_page
from safesend.net.resolver import Resolver
from safesend.smtp.seen import TlsFlaw
from servers.dns import Zone, run_dns

from .pages import answer, serving, web_server
from .peer import authority, listening, run

HOST, PATH = "web.test", "/.well-known/mta-sts.txt"


@pytest.fixture
def dns():
    with run_dns({HOST: Zone(a=("127.0.0.1",))}) as server:
        yield server


async def asked(server, port, limit=1000, patience=20.0, dns_patience=10.0):
    """The page, or why it was not had."""
    try:
        return await get_page(
            Resolver(["127.0.0.1"], port=server.port, timeout=dns_patience),
            HOST,
            PATH,
            context=authority().client(),
            limit=limit,
            patience=patience,
            port=port,
        )
    except PageNotHad as error:
        return str(error)


def served(server, **how):
    """What is had of a server that answers so."""

    async def main():
        async with serving(HOST, **how) as port:
            return await asked(server, port)

    return run(main())


def test_a_page(dns):
    """It is asked for by its name, of a server that is to close the line."""
    requests = []

    assert served(dns, page=b"hello\n", asked=requests) == b"hello\n"
    assert requests[0].startswith(f"GET {PATH} HTTP/1.1\r\nHost: {HOST}:".encode())
    assert b"Connection: close\r\n" in requests[0]


def test_a_line_that_is_kept_open_is_not_waited_for(dns):
    """What was said to come has come; the server was asked to close, and does not."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"

    async def kept(peer):
        await peer.reader.readuntil(b"\r\n\r\n")
        peer.writer.write(head + b"content-LENGTH: 5\r\n\r\nhel")
        await peer.writer.drain()
        peer.writer.write(b"lo")
        await peer.writer.drain()
        await peer.reader.read()

    async def main():
        async with listening(kept, authority().server(HOST)) as port:
            return await asked(dns, port, patience=60.0)

    assert run(main()) == b"hello"


def test_a_page_of_a_real_web_server(dns):
    """One that we did not write; what is not there is not had."""
    with web_server(HOST, {PATH: b"hello"}) as port:
        assert run(asked(dns, port)) == b"hello"
    with web_server(HOST, {}) as port:
        assert "404" in run(asked(dns, port))


def test_a_page_in_chunks(dns):
    """HTTP has more than one way to say how long a page is."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\n"
    chunks = b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"

    assert served(dns, raw=head + chunks) == b"hello"
    assert served(dns, raw=head + b"\r\nhello") == b"hello"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (answer(b"x", status="301 Moved\r\nLocation: https://web.test/"), "301"),
        (answer(b"x", status="204 Empty"), "204"),
        (answer(b"x", kind="text/html"), "no text/plain"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "no text/plain"),
        (answer(b"x" * 1001), "longer than 1000"),
        (answer(b"x" * 30_000), "longer than 1000"),
        (answer(b"hello")[:-2], "whole"),
        (answer(b"hello").replace(b"th: 5", b"th: -5"), ""),
        (b"220 mx.example.org ESMTP\r\n", "in HTTP"),
        (b"", "in HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500, "in HTTP"),
        (
            answer(b"zz\r\nhello").replace(
                b"Content-Length: 9", b"Transfer-Encoding: chunked"
            ),
            "in HTTP",
        ),
    ],
)
def test_what_is_no_page(dns, raw, reason):
    """Redirects, other types, too much, too little, no HTTP."""
    had = served(dns, raw=raw)
    if reason:
        assert reason in had


def test_a_page_without_end(dns):
    """After a little more than the limit nobody listens any more."""
    sent = 0

    async def script(peer):
        nonlocal sent
        await peer.reader.readuntil(b"\r\n\r\n")
        peer.writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while not peer.writer.is_closing():
            peer.writer.write(b"x" * 4096)
            await peer.writer.drain()
            sent += 4096

    async def main():
        async with listening(script, authority().server(HOST)) as port:
            return await asked(dns, port)

    assert "longer" in run(main())
    assert sent < 20_000_000


def test_a_page_that_drips(dns):
    """All of it must come in time, not only the next octet."""

    async def script(peer):
        await peer.reader.readuntil(b"\r\n\r\n")
        while not peer.writer.is_closing():
            peer.writer.write(b"x")
            await asyncio.sleep(0.02)

    async def main():
        async with listening(script, authority().server(HOST)) as port:
            return await asked(dns, port, patience=1.5)

    assert "in time" in run(main())


@pytest.mark.parametrize(
    "context",
    [
        lambda: authority().server("other.test"),
        lambda: authority().server(HOST, expired=True),
    ],
)
def test_a_page_of_somebody_else(dns, context):
    """The certificate is for the host, and holds."""
    assert "not to be trusted" in served(dns, page=b"x", context=context())


def test_no_line(dns):
    """No address, nobody there, no TLS: the page is not had."""

    async def plain(peer):
        await peer.say("220 hello")

    async def main():
        async with listening(plain) as port:
            return await asked(dns, port)

    assert "no line" in run(main())
    assert "no line" in run(asked(dns, 9))
    dns.zones[HOST] = Zone()
    assert "no line" in run(asked(dns, 9))
    dns.zones[HOST] = Zone(silent=True)
    assert "answer" in run(asked(dns, 9, dns_patience=0.5))


def test_the_next_address(dns):
    """A dead one is passed over."""
    dns.zones[HOST] = Zone(a=("127.0.0.2", "127.0.0.1"))

    assert served(dns, page=b"hello") == b"hello"


def posted(server, dns_patience=10.0, **how):
    """What is answered to a form, or why nothing is."""

    async def main():
        async with serving(HOST, **how) as port:
            nameservers = ["127.0.0.1"]
            resolver = Resolver(nameservers, port=server.port, timeout=dns_patience)
            place = Place(resolver, HOST, authority().client(), 1000, 20.0, port)
            try:
                return await place.post("/leave?a=b", "List-Unsubscribe=One-Click")
            except PageNotHad as error:
                return error

    return run(main())


def test_a_form(dns):
    """It is sent whole, and whatever is answered is told."""
    requests = []
    answered = posted(dns, page=b"done", asked=requests)

    assert (answered.status, answered.text, answered.whole) == (200, b"done", True)
    assert requests[0].startswith(b"POST /leave?a=b HTTP/1.1\r\n")
    assert b"\r\nContent-Length: 26\r\n" in requests[0]
    away = answer(b"x", status="302 Found\r\nLocation: /other")
    assert posted(dns, raw=away).fields["Location"] == "/other"
    assert posted(dns, raw=answer(b"", status="503 No")).status == 503


def test_an_answer_that_is_too_long(dns):
    """Its beginning is told, and that it was not all."""
    long = posted(dns, page=b"x" * 30_000)
    assert (long.status, long.whole) == (200, False)

    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    cut = posted(dns, raw=head + b"2\r\nhe\r\nff\r\nllo")
    assert (cut.status, cut.text, cut.whole) == (200, b"he", False)


def test_why_nothing_was_had(dns):
    """A flaw of its TLS; or that it may be had another time."""
    flawed = posted(dns, context=authority().server("other.test"))
    assert (flawed.flaw, flawed.later) == (TlsFlaw.NAME, False)
    assert "in HTTP" in str(posted(dns, raw=b"220 hello\r\n"))
    dns.zones[HOST] = Zone(silent=True)
    assert posted(dns, dns_patience=0.5).later
