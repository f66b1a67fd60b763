"""Questions to DNS: asked once, remembered for as long as the answers are good.

A resolver is told names of domains and hosts, never an address.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import threading
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import attrs
import dns.asyncbackend
import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

from safesend.clock import SYSTEM, Clock
from safesend.errors import ConfigurationError, SafesendError

__all__ = ["Answer", "Resolver", "Unanswered"]

_Question: TypeAlias = tuple[str, str]
"""A name and a kind of record."""

_LEAST, _MOST = 60.0, 86_400.0
"""Seconds that an answer is kept, whatever its time to live says."""
_UNKNOWN = 30.0
"""Seconds before what was unknown is asked for again."""
_REMEMBERED = 50_000
"""Questions; the oldest is forgotten first."""
_SILENCES, _PAUSE = 10, 60.0
"""So many times without any answer, and nobody is asked for so many seconds."""
_DATAGRAM = 1232
"""Bytes of an answer that no path cuts in pieces (DNS flag day 2020)."""


class Unanswered(SafesendError):
    """DNS could not tell now; it may later. Says which name and why."""


@attrs.frozen
class Answer:
    """What DNS says of a name, an empty answer included.

    `records` are dnspython's; `exists` is false where there is no such name (NXDOMAIN);
    `secure` where a resolver that is believed has proved it by DNSSEC; `ttl` is for how
    many seconds it holds; `name` is the one at the end of all aliases.
    """

    records: tuple[Any, ...] = ()
    exists: bool = True
    secure: bool = False
    ttl: float = 0.0
    name: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """TXT records, each of them whole: its texts with nothing between them.

        Octets that are no UTF-8 are told apart by U+FFFD: no record that is read
        for us has any.
        """
        return tuple(
            b"".join(record.strings).decode("utf-8", "replace")
            for record in self.records
        )


@attrs.frozen
class _Known:
    """An answer, or why there was none, good until a date."""

    said: Answer | str
    until: float


@attrs.define(eq=False)
class _Memory:
    """The latest answers. Several threads may use it."""

    _known: dict[_Question, _Known] = attrs.field(factory=dict)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def get(self, question: _Question, now: float) -> Answer | str | None:
        with self._lock:
            known = self._known.get(question)
        if known is None or known.until <= now:
            return None
        if isinstance(known.said, str):
            return known.said
        return attrs.evolve(known.said, ttl=known.until - now)

    def keep(self, question: _Question, known: _Known) -> None:
        with self._lock:
            self._known.pop(question, None)
            self._known[question] = known
            if len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]


@attrs.define(eq=False)
class _Breaker:
    """Where nobody answers, waiting for each name in turn would hold up everything.

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
    under_way: dict[_Question, asyncio.Task[Answer | str]] = attrs.field(factory=dict)


def _addresses(
    _: Resolver, __: attrs.Attribute[Sequence[str] | None], value: Sequence[str] | None
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


def _positive(_: Resolver, what: attrs.Attribute[Any], value: float) -> None:
    if value <= 0:
        raise ConfigurationError(f"{what.name}={value}: it must be more than nothing")


@attrs.define(eq=False)
class Resolver:
    """Asks DNS, and keeps the answers for as long as they are good.

    `nameservers` are IP addresses, by default those of the system; `timeout` is the
    seconds spent on one question, all tries included; `concurrency` is how many are
    asked at once. With `trust_ad` what the nameserver says of DNSSEC is believed: it
    must validate, and nobody may sit between it and us. It may be used from one event
    loop after the other.
    """

    nameservers: Sequence[str] | None = attrs.field(default=None, validator=_addresses)
    port: int = 53
    timeout: float = attrs.field(default=5.0, validator=_positive)
    concurrency: int = attrs.field(default=50, validator=_positive)
    trust_ad: bool = False
    clock: Clock = SYSTEM
    _memory: _Memory = attrs.field(init=False, factory=_Memory, repr=False)
    _breaker: _Breaker = attrs.field(init=False, factory=_Breaker, repr=False)
    _desks: dict[asyncio.AbstractEventLoop, _Desk] = attrs.field(
        init=False, factory=dict, repr=False
    )

    async def ask(self, name: str, kind: str) -> Answer:
        """The records of one kind ("MX", "A", "TLSA") that a name has.

        Equal questions at the same time are asked once. Raises `Unanswered`.
        """
        question = name.lower().removesuffix("."), kind
        said = self._memory.get(question, self.clock.monotonic())
        if said is None:
            said = await self._learned(question)
        if isinstance(said, str):
            raise Unanswered(f"{name}: {said}")
        return said

    async def _learned(self, question: _Question) -> Answer | str:
        with self._desk() as desk:
            task = desk.under_way.get(question)
            if task is None:
                task = asyncio.create_task(self._find(question, desk))
                desk.under_way[question] = task
                task.add_done_callback(lambda _: desk.under_way.pop(question, None))
            # Not awaited itself: who gives up must not stop the others.
            await asyncio.wait([task])
        return task.result()

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

    async def _find(self, question: _Question, desk: _Desk) -> Answer | str:
        async with desk.turns:
            if self._breaker.is_shut(self.clock.monotonic()):
                return "no nameserver answers"
            said: Answer | str
            try:
                if desk.resolver is None:
                    desk.resolver = self._resolver()
                said = await _asked(desk.resolver, question, trust=self.trust_ad)
            except (dns.exception.DNSException, OSError, ValueError) as error:
                said, kept, silent = _why(error), _UNKNOWN, _is_silence(error)
            else:
                kept, silent = said.ttl, False
            now = self.clock.monotonic()
            self._breaker.note(now, silent=silent)
        self._memory.keep(question, _Known(said, now + kept))
        return said

    def _resolver(self) -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=self.nameservers is None)
        if self.nameservers is not None:
            resolver.nameservers = list(self.nameservers)
        resolver.port = self.port
        resolver.lifetime = self.timeout
        resolver.timeout = self.timeout / 2  # a datagram that is lost is sent again
        if self.trust_ad:  # RFC 6840 section 5.7: AD in a question asks for it
            resolver.flags = dns.flags.RD | dns.flags.AD
            resolver.use_edns(0, dns.flags.DO, _DATAGRAM)
        else:
            resolver.use_edns()  # long answers need no TCP (RFC 6891)
        return resolver


async def _asked(
    resolver: dns.asyncresolver.Resolver, question: _Question, *, trust: bool
) -> Answer:
    name = dns.name.from_text(question[0])
    response: dns.message.QueryMessage
    try:
        answer = await resolver.resolve(
            name,
            dns.rdatatype.from_text(question[1]),
            raise_on_no_answer=False,
            search=False,
            backend=dns.asyncbackend.get_backend("asyncio"),
        )
    except dns.resolver.NXDOMAIN as error:
        response, records = error.kwargs["responses"][name], ()
    else:
        assert isinstance(answer.response, dns.message.QueryMessage)
        response, records = answer.response, tuple(answer.rrset or ())
    chain = response.resolve_chaining()
    return Answer(
        records,
        exists=response.rcode() != dns.rcode.NXDOMAIN,
        secure=trust and bool(response.flags & dns.flags.AD),
        ttl=min(max(chain.minimum_ttl, _LEAST), _MOST),
        name=chain.canonical_name.to_text(omit_final_dot=True).lower(),
    )


def _why(error: Exception) -> str:
    """What went wrong, in words that name no server of ours."""
    if isinstance(error, dns.resolver.LifetimeTimeout) or _is_silence(error):
        return "no nameserver answers in time"
    if isinstance(error, dns.resolver.NoNameservers):
        return "its nameservers do not answer"
    return "DNS could not be asked for it"


def _is_silence(error: Exception) -> bool:
    """Nobody said anything, not even that something is wrong with the name."""
    if not isinstance(error, dns.resolver.NoNameservers | dns.resolver.LifetimeTimeout):
        return False
    return all(response is None for *_, response in error.kwargs["errors"])
