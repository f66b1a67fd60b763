"""Calls the hosts of a way, one after the other, until one takes letters."""

from __future__ import annotations

import asyncio
import ipaddress
import random
from collections.abc import Awaitable, Callable
from itertools import chain, zip_longest

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.delivery import Deferred, Outcome, Refused, Stage
from safesend.errors import TransportError
from safesend.net.connection import Connection
from safesend.net.demand import Demand
from safesend.net.dial import dial
from safesend.net.reach import Contexts, reach
from safesend.net.resolver import Resolver, Unanswered
from safesend.smtp import Opening, Security, SmtpSession, Timeouts
from safesend.smtp.dsn import NOTIFY
from safesend.transports.mx_map import Way
from safesend.transports.mx_plan import (
    in_order,
    lost_way,
    manners,
    no_address,
    unknown_way,
)
from safesend.transports.smtp_session import OpenSmtp

__all__ = ["Caller", "Unreachable"]

_CONNECT = 10.0
"""Seconds for one address. There are others, and lanes are few."""
_SHUNNED = 300.0
"""Seconds for which a host that did not answer is left alone (RFC 5321, 4.5.4.1)."""
_MOST_TRIES = 8
"""Addresses that are tried for one session (RFC 5321 section 5.1: at least two)."""
_NO_PATH = "5.7.30"
"""REQUIRETLS is not offered (RFC 8689 section 4.2.1)."""
_IN_VAIN = 20
"""Hosts that nobody reached, and no other: then it is not the hosts."""
_RELAYED = 25
_SERVER_SAID = frozenset({Stage.CONNECT, Stage.EHLO})


class Unreachable(Exception):
    """No session could be had on a way; `outcome` is what each envelope is told."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@attrs.define
class _Tries:
    """How the attempts at one session went."""

    left: int = _MOST_TRIES
    addresses: int = 0
    unanswered: str = ""
    barred: str = ""
    error: TransportError | None = None

    def failed(self, error: TransportError) -> None:
        """What a server said is worth more than silence; of words the last count."""
        if self.error is None or error.code is not None or self.error.code is None:
            self.error = error


@attrs.define(eq=False)
class Caller:
    """Opens sessions. What was found out about hosts is kept for a while."""

    resolver: Resolver
    contexts: Contexts
    helo: str
    port: int
    timeout: float | None
    source_address: str | None
    max_messages: int | None
    tls_path: bool = False
    notify: str | None = NOTIFY
    chance: random.Random = attrs.field(factory=random.Random)
    clock: Clock = SYSTEM
    _shunned: dict[str, tuple[float, TransportError]] = attrs.field(
        init=False, factory=dict
    )
    _silent: set[str] = attrs.field(init=False, factory=set)
    _reached: bool = attrs.field(init=False, default=False)

    async def session(self, way: Way, domain: str) -> OpenSmtp:
        """A session with the first host that takes us.

        Raises `Unreachable`; `TransportError` where so many hosts were tried in vain
        that it must be our own network.
        """
        tries = _Tries()
        for host in in_order(way.plan.groups, self.chance):
            if host in way.barred:
                tries.barred = way.barred[host]
            elif host in way.demands and tries.left > 0:
                session = await self._at(host, way, tries)
                if session is not None:
                    return session
        raise Unreachable(self._outcome(tries, way, domain))

    async def _at(self, host: str, way: Way, tries: _Tries) -> OpenSmtp | None:
        until, trouble = self._shunned.get(host, (0.0, None))
        if trouble is not None and self.clock.monotonic() < until:
            tries.addresses += 1
            tries.failed(trouble)
            return None
        try:
            addresses = await self._addresses(host)
        except Unanswered as error:
            tries.unanswered = str(error)
            return None
        silence: TransportError | None = None
        for address in addresses[: tries.left]:
            tries.addresses, tries.left = tries.addresses + 1, tries.left - 1
            try:
                return await self._open(address, way.demands[host], self._most(way))
            except TransportError as error:
                named = _named(host, error)
                tries.failed(named)
                mute = error.stage == Stage.CONNECT and error.code is None
                silence = named if mute else None
        if silence is not None:
            self._shun(host, silence)
        return None

    def _most(self, way: Way) -> int | None:
        """Messages on one connection: what a person said, or less."""
        said = (self.max_messages, manners(way.route).per_connection)
        return min((one for one in said if one is not None), default=None)

    async def _open(self, address: str, demand: Demand, most: int | None) -> OpenSmtp:
        timeouts = _timeouts(self.timeout)
        settings = Opening(
            self.helo, Security.STARTTLS, None, timeouts, tls_path=self.tls_path
        )
        connect = self._line(address, timeouts)
        connection, offered = await reach(demand, connect, settings, self.contexts)
        self._reached = True
        smtp = SmtpSession(
            offered,
            timeouts=timeouts,
            max_messages=most,
            notify=self.notify,
        )
        return OpenSmtp(connection, smtp)

    def _line(
        self, address: str, timeouts: Timeouts
    ) -> Callable[[], Awaitable[Connection]]:
        async def connect() -> Connection:
            try:
                async with asyncio.timeout(min(_CONNECT, timeouts.greeting)):
                    return await dial(address, self.port, timeouts, self.source_address)
            except TimeoutError:
                reason = f"{address}: no connection in time"
            raise TransportError(reason, stage=Stage.CONNECT)

        return connect

    async def _addresses(self, host: str) -> list[str]:
        """Of both kinds in turn, as either network may be down (RFC 8305)."""
        six, four = await asyncio.gather(
            self.resolver.ask(host, "AAAA"),
            self.resolver.ask(host, "A"),
            return_exceptions=True,
        )
        found: list[list[str]] = []
        for answer in (six, four):
            if isinstance(answer, Unanswered):
                found.append([])
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found.append([record.address for record in answer.records])
        usable = [one for one in chain(*zip_longest(*found)) if one and self._fits(one)]
        if not usable:
            for answer in (six, four):
                if isinstance(answer, Unanswered):
                    raise answer
        return usable

    def _fits(self, text: str) -> bool:
        address = ipaddress.ip_address(text)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped  # ::ffff:127.0.0.1 leads there as well
        if address.is_unspecified or address.is_multicast:
            return False
        if address.is_loopback and self.port == _RELAYED:
            return False  # this machine itself: the mail would come back to it
        source = self.source_address
        return source is None or (
            ipaddress.ip_address(source).version == address.version
        )

    def _shun(self, host: str, trouble: TransportError) -> None:
        self._shunned[host] = (self.clock.monotonic() + _SHUNNED, trouble)
        if self._reached:
            return
        self._silent.add(host)
        if len(self._silent) >= _IN_VAIN:
            raise TransportError(
                f"none of {len(self._silent)} mail servers answers on port {self.port},"
                f" the last: {trouble}. Most likely your provider lets nothing out to"
                " this port: ask for it, or send through a relay",
                stage=Stage.CONNECT,
                permanent=True,
            )

    def _outcome(self, tries: _Tries, way: Way, domain: str) -> Outcome:
        if tries.error is not None:
            return self._said(tries.error)
        if tries.barred:
            return lost_way(tries.barred, "4.7.5")
        if tries.unanswered:
            return unknown_way(tries.unanswered)
        return no_address(domain, implicit=way.plan.implicit)

    def _said(self, error: TransportError) -> Outcome:
        """What each envelope is told: the server's words, if it had any."""
        if error.enhanced == _NO_PATH:
            return Refused(Stage.MAIL, enhanced=_NO_PATH, text=str(error))
        if error.code is None or error.stage not in _SERVER_SAID:
            tls = error.stage == Stage.STARTTLS
            return lost_way(str(error), "4.7.5" if tls else "4.4.1")
        # One odd server among many that took our name says nothing of the name.
        stage = Stage.CONNECT if self._reached else Stage(error.stage)
        kind = Refused if error.permanent else Deferred
        return kind(stage, error.code, error.enhanced, str(error))


def _timeouts(seconds: float | None) -> Timeouts:
    """RFC 5321's, but that a greeting must come within a minute: lanes are few."""
    if seconds is not None:
        return Timeouts.of(seconds)
    return attrs.evolve(Timeouts(), greeting=60.0)


def _named(host: str, error: TransportError) -> TransportError:
    text = str(error)
    return TransportError(
        text if text.startswith(host) else f"{host}: {text}",
        stage=error.stage,
        code=error.code,
        enhanced=error.enhanced,
        permanent=error.permanent,
    )
