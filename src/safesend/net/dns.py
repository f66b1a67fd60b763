"""Which hosts take the mail of a domain, as far as DNS tells.

What it does not say is unknown, and no error: who asks must do without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import attrs
import dns.name

from safesend.clock import SYSTEM, Clock
from safesend.net.resolver import Answer, Resolver, Unanswered

__all__ = ["MxLookup"]

Hosts: TypeAlias = tuple[str, ...]


@attrs.define(eq=False)
class MxLookup:
    """Asks DNS for MX hosts, and keeps the answers for as long as they are good.

    `nameservers` are IP addresses, by default those of the system; `timeout` is the
    seconds spent on one domain, all tries included; `concurrency` is how many domains
    are asked for at once. It may be used from one event loop after the other.
    """

    nameservers: Sequence[str] | None = None
    port: int = 53
    timeout: float = 5.0
    concurrency: int = 50
    clock: Clock = SYSTEM
    _resolver: Resolver = attrs.field(init=False, repr=False)

    @_resolver.default
    def _made(self) -> Resolver:
        return Resolver(
            self.nameservers,
            port=self.port,
            timeout=self.timeout,
            concurrency=self.concurrency,
            clock=self.clock,
        )

    async def hosts(self, domains: Iterable[str]) -> dict[str, Hosts | None]:
        """The MX hosts of each domain, the preferred first, in lower case.

        () where the domain has none: it says so (RFC 7505), it takes mail itself (RFC
        5321 section 5.1), or it does not exist. None where nobody could tell. Nothing
        is raised.
        """
        names = list(dict.fromkeys(domains))
        found = await asyncio.gather(*map(self._found, names))
        return dict(zip(names, found, strict=True))

    async def _found(self, domain: str) -> Hosts | None:
        try:
            return _hosts(await self._resolver.ask(domain, "MX"))
        except Unanswered:
            return None


def _hosts(answer: Answer) -> Hosts:
    found = sorted(
        (record.preference, record.exchange.to_text(omit_final_dot=True).lower())
        for record in answer.records
        # RFC 7505 section 3: the root as the only host says that no mail is taken.
        if record.exchange != dns.name.root
    )
    return tuple(host for _, host in found)
