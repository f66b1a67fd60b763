"""A nameserver on loopback, over UDP and TCP, that answers as badly as it is told.

It reads and writes through dnspython's messages; when to answer, what and whether at
all is its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import cast

import attrs
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

__all__ = ["DnsServer", "Zone", "run_dns"]


@attrs.frozen(kw_only=True)
class Zone:
    """What is said of one name. `mx` are pairs of preference and host."""

    mx: tuple[tuple[int, str], ...] = ()
    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    txt: tuple[str, ...] = ()
    tlsa: tuple[str, ...] = ()
    ptr: tuple[str, ...] = ()
    cname: str = ""
    """The name that this is another name of; its zone is told as well."""
    ttl: int = 300
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    silent: bool = False
    lost: int = 0
    """So many questions get no answer; later ones do."""
    delay: float = 0.0
    truncated: bool = False
    """Over UDP only that there is more: who wants it must ask over TCP."""
    junk: bytes = b""
    """Sent in place of an answer."""
    soa: bool = True
    """Whether an empty answer says how long it holds (RFC 2308)."""
    secure: bool = False
    """Answers have the AD bit for who asks with AD or DO (RFC 6840 section 5.8)."""
    failing: tuple[str, ...] = ()
    """Kinds of records that end in SERVFAIL, whatever is said of the others."""

    def records(self, kind: str) -> list[str]:
        """What a zone file would have of this kind."""
        return {
            "MX": [f"{preference} {host}." for preference, host in self.mx],
            "A": [*self.a],
            "AAAA": [*self.aaaa],
            "TXT": [f'"{text}"' for text in self.txt],
            "TLSA": [*self.tlsa],
            "PTR": [f"{host}." for host in self.ptr],
        }.get(kind, [])


_LARGEST = 65_535
_NOBODY = Zone(rcode=dns.rcode.NXDOMAIN)


@attrs.define(eq=False)
class DnsServer:
    """A running nameserver: its port, what it tells, and what it was asked."""

    zones: dict[str, Zone]
    port: int = 0
    queries: list[tuple[str, str]] = attrs.field(factory=list)
    """Protocol and name of each question, in order."""
    questions: list[tuple[str, str]] = attrs.field(factory=list)
    """Name and kind of each."""
    most_at_once: int = 0
    _at_once: int = 0

    def asked(self, name: str, kind: str = "") -> int:
        """How often the name was asked for, for records of this kind."""
        return sum(name == one and kind in {"", it} for one, it in self.questions)

    def _zone(self, name: str) -> Zone:
        """Its own, or what is said of everybody beside it (RFC 4592)."""
        wild = "*." + name.partition(".")[2]
        return self.zones.get(name) or self.zones.get(wild, _NOBODY)

    async def answer(self, protocol: str, wire: bytes) -> bytes | None:
        """What is written back, after its delay; None for nothing at all."""
        query = dns.message.from_wire(wire)
        name = _text(query.question[0].name)
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        self.queries.append((protocol, name))
        self.questions.append((name, kind))
        zone = self._zone(name)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(zone.delay)
        self._at_once -= 1
        if zone.silent or self.asked(name) <= zone.lost:
            return None
        if zone.junk:
            return wire[:2] + zone.junk
        response = dns.message.make_response(query)
        if zone.truncated and protocol == "udp":
            response.flags |= dns.flags.TC
        else:
            self._fill(response, query.question[0].name, zone, kind)
            if self._is_proved(zone) and (
                query.flags & dns.flags.AD or query.ednsflags & dns.flags.DO
            ):
                response.flags |= dns.flags.AD
        try:
            return response.to_wire(max_size=0 if protocol == "udp" else _LARGEST)
        except dns.exception.TooBig:  # there is more; who wants it asks over TCP
            response = dns.message.make_response(query)
            response.flags |= dns.flags.TC
            return response.to_wire()

    def _is_proved(self, zone: Zone) -> bool:
        """An alias is proved where its end is as well."""
        if zone.secure and zone.cname:
            return self._is_proved(self._zone(zone.cname))
        return zone.secure

    def _fill(
        self,
        response: dns.message.Message,
        name: dns.name.Name,
        zone: Zone,
        kind: str,
    ) -> None:
        response.set_rcode(dns.rcode.SERVFAIL if kind in zone.failing else zone.rcode)
        if zone.cname:
            response.answer.append(_record(name, zone.ttl, "CNAME", f"{zone.cname}."))
            other = dns.name.from_text(zone.cname)
            self._fill(response, other, self._zone(zone.cname), kind)
        elif records := zone.records(kind):
            response.answer.append(_record(name, zone.ttl, kind, *records))
        elif zone.soa:
            says = f"ns.test. hostmaster.test. 1 3600 600 86400 {zone.ttl}"
            response.authority.append(_record(name, zone.ttl, "SOA", says))


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _record(name: dns.name.Name, ttl: int, kind: str, *data: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(name, ttl, "IN", kind, *data)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: DnsServer) -> None:
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        task = asyncio.get_running_loop().create_task(self._reply(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reply(self, data: bytes, addr: tuple[str, int]) -> None:
        if (wire := await self._server.answer("udp", data)) is not None:
            self._transport.sendto(wire, addr)


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _bound(
    server: DnsServer, talk: Talk
) -> tuple[asyncio.Server, asyncio.BaseTransport]:
    """Both sockets, on one port that was free for both."""
    loop = asyncio.get_running_loop()
    while True:
        streams = await asyncio.start_server(talk, "127.0.0.1", 0)
        server.port = streams.sockets[0].getsockname()[1]
        try:
            datagrams, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(server), local_addr=("127.0.0.1", server.port)
            )
        except OSError:
            streams.close()
        else:
            return streams, datagrams


async def _serve(
    server: DnsServer, ready: threading.Event, stop: asyncio.Event
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            length = int.from_bytes(await reader.readexactly(2), "big")
            wire = await server.answer("tcp", await reader.readexactly(length))
            if wire is not None:
                writer.write(len(wire).to_bytes(2, "big") + wire)
                await writer.drain()
        writer.close()

    streams, datagrams = await _bound(server, talk)
    ready.set()
    await stop.wait()
    datagrams.close()
    streams.close()


@contextlib.contextmanager
def run_dns(zones: dict[str, Zone]) -> Iterator[DnsServer]:
    """A nameserver in a thread of its own; the zones may be changed while it runs."""
    server, ready, stop = DnsServer(zones), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    def work() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(_serve(server, ready, stop))

    thread = threading.Thread(target=work, name="nameserver")
    thread.start()
    try:
        assert ready.wait(60), "the nameserver did not start"
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(60)
