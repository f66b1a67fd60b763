"""Which hosts take the mail of a domain: MX records, asked for and remembered.

A resolver is told the names of domains, never an address. What it does not say is
unknown, and no error: who asks must do without.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import attrs
import dns.asyncbackend
import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver
import dns.rrset

from safesend.clock import SYSTEM, Clock
from safesend.errors import ConfigurationError

__all__ = ["MxLookup"]

Hosts: TypeAlias = tuple[str, ...]

_LEAST, _MOST = 60.0, 86_400.0
"""Seconds that an answer is kept, whatever its time to live says."""
_UNKNOWN = 30.0
"""Seconds before what was unknown is asked for again."""
_REMEMBERED = 10_000
"""Domains; the oldest is forgotten first."""
_SILENCES, _PAUSE = 10, 60.0
"""So many times without any answer, and nobody is asked for so many seconds."""


@attrs.frozen
class _Known:
    """What was found out of a domain, good until a date."""

    hosts: Hosts | None
    until: float


@attrs.define(eq=False)
class _Memory:
    """The latest answers. Several threads may use it."""

    _known: dict[str, _Known] = attrs.field(factory=dict)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def get(self, name: str, now: float) -> _Known | None:
        with self._lock:
            known = self._known.get(name)
        return known if known is not None and now < known.until else None

    def keep(self, name: str, known: _Known) -> None:
        with self._lock:
            self._known.pop(name, None)
            self._known[name] = known
            if len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]


@attrs.define(eq=False)
class _Breaker:
    """Where nobody answers, waiting for each domain in turn would hold up everything.

    After the pause the first silence begins the next one; an answer ends it all.
    """

    _silences: int = 0
    _until: float = float("-inf")

    def is_shut(self, now: float) -> bool:
        return now < self._until

    def note(self, now: float, *, silent: bool) -> None:
        self._silences = self._silences + 1 if silent else 0
        if self._silences >= _SILENCES:
            self._until = now + _PAUSE


@attrs.define(eq=False)
class _Desk:
    """What is under way in one event loop. Nothing of it outlives the calls there."""

    turns: asyncio.Semaphore
    callers: int = 0
    resolver: dns.asyncresolver.Resolver | None = None
    under_way: dict[str, asyncio.Task[Hosts | None]] = attrs.field(factory=dict)


def _addresses(
    _: MxLookup, __: attrs.Attribute[Sequence[str] | None], value: Sequence[str] | None
) -> None:
    if value is None:
        return
    try:
        found = [] if isinstance(value, str) else [*map(ipaddress.ip_address, value)]
    except ValueError:
        found = []
    if not found:
        raise ConfigurationError(
            f"nameservers={value!r}: give a list of IP addresses, ['192.0.2.53'], or"
            " None for those of the system"
        )


def _positive(_: MxLookup, what: attrs.Attribute[Any], value: float) -> None:
    if value <= 0:
        raise ConfigurationError(f"{what.name}={value}: it must be more than nothing")


@attrs.define(eq=False)
class MxLookup:
    """Asks DNS for MX hosts, and keeps the answers for as long as they are good.

    `nameservers` are IP addresses, by default those of the system; `timeout` is the
    seconds spent on one domain, all tries included; `concurrency` is how many domains
    are asked for at once. It may be used from one event loop after the other.
    """

    nameservers: Sequence[str] | None = attrs.field(default=None, validator=_addresses)
    port: int = 53
    timeout: float = attrs.field(default=5.0, validator=_positive)
    concurrency: int = attrs.field(default=50, validator=_positive)
    clock: Clock = SYSTEM
    _memory: _Memory = attrs.field(init=False, factory=_Memory, repr=False)
    _breaker: _Breaker = attrs.field(init=False, factory=_Breaker, repr=False)
    _desks: dict[asyncio.AbstractEventLoop, _Desk] = attrs.field(
        init=False, factory=dict, repr=False
    )

    async def hosts(self, domains: Iterable[str]) -> dict[str, Hosts | None]:
        """The MX hosts of each domain, the preferred first, in lower case.

        () where the domain has none: it says so (RFC 7505), it takes mail itself (RFC
        5321 section 5.1), or it does not exist. None where nobody could tell. Nothing
        is raised.
        """
        names = {domain: domain.lower().removesuffix(".") for domain in domains}
        said: dict[str, Hosts | None] = {}
        begun: dict[str, asyncio.Task[Hosts | None]] = {}
        now = self.clock.monotonic()
        with self._desk() as desk:
            for name in names.values():
                if (known := self._memory.get(name, now)) is not None:
                    said[name] = known.hosts
                else:
                    begun[name] = self._begun(name, desk)
            if begun:
                await asyncio.wait(begun.values())
        said.update((name, task.result()) for name, task in begun.items())
        return {domain: said[name] for domain, name in names.items()}

    @contextlib.contextmanager
    def _desk(self) -> Iterator[_Desk]:
        # Locks, tasks and sockets belong to a loop, and `asyncio.run` makes a new one.
        loop = asyncio.get_running_loop()
        desk = self._desks.setdefault(loop, _Desk(asyncio.Semaphore(self.concurrency)))
        desk.callers += 1
        try:
            yield desk
        finally:
            desk.callers -= 1
            if not desk.callers:
                del self._desks[loop]
                for task in desk.under_way.values():
                    task.cancel()

    def _begun(self, name: str, desk: _Desk) -> asyncio.Task[Hosts | None]:
        task = desk.under_way.get(name)
        if task is None:
            task = asyncio.create_task(self._find(name, desk))
            desk.under_way[name] = task
            task.add_done_callback(lambda _: desk.under_way.pop(name, None))
        return task

    async def _find(self, name: str, desk: _Desk) -> Hosts | None:
        async with desk.turns:
            if self._breaker.is_shut(self.clock.monotonic()):
                return None
            hosts: Hosts | None
            try:
                if desk.resolver is None:
                    desk.resolver = self._resolver()
                hosts, ttl = await _asked(desk.resolver, name)
            except (dns.exception.DNSException, OSError, ValueError) as error:
                hosts, kept, silent = None, _UNKNOWN, _is_silence(error)
            else:
                kept, silent = min(max(ttl, _LEAST), _MOST), False
            now = self.clock.monotonic()
            self._breaker.note(now, silent=silent)
        self._memory.keep(name, _Known(hosts, now + kept))
        return hosts

    def _resolver(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=self.nameservers is None)
        if self.nameservers is not None:
            resolver.nameservers = list(self.nameservers)
        resolver.port = self.port
        resolver.lifetime = self.timeout
        resolver.timeout = self.timeout / 2  # a datagram that is lost is sent again
        resolver.use_edns()  # long answers need no TCP (RFC 6891)
        return resolver


async def _asked(
    resolver: dns.asyncresolver.Resolver, domain: str
) -> tuple[Hosts, float]:
    """The hosts, and how many seconds they are good for."""
    name = dns.name.from_text(domain)
    try:
        answer = await resolver.resolve(
            name,
            dns.rdatatype.MX,
            raise_on_no_answer=False,
            search=False,
            backend=dns.asyncbackend.get_backend("asyncio"),
        )
    except dns.resolver.NXDOMAIN as error:
        response: dns.message.QueryMessage = error.kwargs["responses"][name]
        return (), response.resolve_chaining().minimum_ttl
    return _hosts(answer.rrset), answer.chaining_result.minimum_ttl


def _hosts(records: dns.rrset.RRset | None) -> Hosts:
    found = sorted(
        (record.preference, record.exchange.to_text(omit_final_dot=True).lower())
        for record in records or ()
        # RFC 7505 section 3: the root as the only host says that no mail is taken.
        if record.exchange != dns.name.root
    )
    return tuple(host for _, host in found)


def _is_silence(error: Exception) -> bool:
    """Nobody said anything, not even that something is wrong with the domain."""
    if not isinstance(error, dns.resolver.NoNameservers | dns.resolver.LifetimeTimeout):
        return False
    return all(response is None for *_, response in error.kwargs["errors"])
