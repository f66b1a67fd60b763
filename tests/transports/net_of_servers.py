"""A small internet on loopback: a nameserver, and mail servers with one port."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import attrs

from safesend.testing import SmtpServer
from safesend.transports import MxTransport
from servers.dns import DnsServer, Zone, run_dns
from servers.process import free_port

__all__ = ["DEAD", "Internet", "internet"]

DEAD = "127.0.0.99"
"""An address that takes no connection and says nothing."""


@attrs.define
class Internet:
    """Servers are added by address; zones are the nameserver's own."""

    dns: DnsServer
    port: int
    stack: contextlib.ExitStack
    servers: dict[str, SmtpServer] = attrs.field(factory=dict)

    def server(self, address: str, **options: Any) -> SmtpServer:
        """A scripted mail server at this address."""
        server = SmtpServer(**options)
        server.host, server.port = address, self.port
        self.servers[address] = self.stack.enter_context(server)
        return server

    def host(self, name: str, *addresses: str) -> None:
        """A host's addresses in DNS."""
        self.dns.zones[name] = Zone(
            a=tuple(one for one in addresses if ":" not in one),
            aaaa=tuple(one for one in addresses if ":" in one),
        )

    def domain(self, name: str, *exchangers: tuple[int, str], **zone: Any) -> None:
        """A domain's MX records in DNS."""
        self.dns.zones[name] = Zone(mx=exchangers, **zone)

    def transport(self, **options: Any) -> MxTransport:
        """Direct delivery inside of this internet."""
        settings = {
            "helo": "client.example.org",
            "port": self.port,
            "nameservers": f"127.0.0.1:{self.dns.port}",
            "timeout": 20.0,
            **options,
        }
        return MxTransport(**settings)

    def black_hole(self) -> None:
        """Make `DEAD` drop what comes: its queue is full, and nobody takes from it."""
        hole = self.stack.enter_context(socket.socket())
        hole.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        hole.bind((DEAD, self.port))
        hole.listen(0)
        for _ in range(4):
            filler = self.stack.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect((DEAD, self.port))


@contextlib.contextmanager
def internet() -> Iterator[Internet]:
    """One for a test."""
    with contextlib.ExitStack() as stack:
        dns = stack.enter_context(run_dns({"example.org": Zone()}))
        yield Internet(dns, free_port(), stack)
