"""A look before sending: what is asked of DNS, of servers and of the list, at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import threading
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

import attrs

from safesend.clock import SYSTEM
from safesend.engine.census import Census, take_census
from safesend.engine.declaration import Declaration, planned
from safesend.engine.plan import Plan
from safesend.errors import ConfigurationError
from safesend.ledger.base import Ledger
from safesend.net.resolver import Resolver
from safesend.preflight.dkim import new_selector
from safesend.preflight.dkim_plan import check_dkim_plan
from safesend.preflight.letters import check_letters
from safesend.preflight.mailing_list import check_list
from safesend.preflight.profiles import standings
from safesend.preflight.programme import EARLY, LATE, Ask
from safesend.preflight.question import Question
from safesend.preflight.record import AGAIN
from safesend.preflight.relay import check_relays
from safesend.preflight.report import Finding, Grade
from safesend.preflight.result import Preflight
from safesend.preflight.titles import TITLES, chosen
from safesend.preflight.ways_to_leave import ways_to_leave
from safesend.suppression import SuppressionList
from safesend.transports import Probing, Switching, Transport, open_transport
from safesend.transports.mx import MxTransport
from safesend.transports.mx_settings import Nameservers, read_nameservers

__all__ = ["Look", "look_ahead"]

T = TypeVar("T")
_RELAYS = frozenset({"smtp", "smtps", "smtp+insecure-plaintext"})
_Findings: TypeAlias = list[Finding]


def _addresses(given: Iterable[str]) -> tuple[str, ...]:
    """IP addresses, each in its one spelling. Raises `ConfigurationError`."""
    found = [given] if isinstance(given, str) else [*given]
    try:
        return tuple(map(_address, found))
    except ValueError:
        raise ConfigurationError(
            f"{', '.join(map(str, found))}: give the IP addresses from which the mail"
            " leaves, such as 192.0.2.25"
        ) from None


def _address(given: str) -> str:
    """What others see of it: an IPv4 address in IPv6's dress is the former."""
    if "%" in str(given):
        raise ValueError("nobody else can see the interface")
    address = ipaddress.ip_address(given)
    return str(getattr(address, "ipv4_mapped", None) or address)


def _zones(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


def _carrier(given: Transport | str | None) -> Transport | None:
    return open_transport(given) if isinstance(given, str) else given


@attrs.frozen(kw_only=True)
class Look:
    """How to look, and at what. `tell` is called with each check that is done.

    One question to DNS may take `timeout` seconds, and all questions of one check
    `patience`: nameservers of others may answer as slowly as they like.
    """

    transport: Transport | None = attrs.field(default=None, converter=_carrier)
    ledger: Ledger | str | Path | None = None
    suppression: SuppressionList | str | Path | None = None
    nameservers: Nameservers = attrs.field(default=None, converter=read_nameservers)
    timeout: float = 5.0
    patience: float = 120.0
    addresses: tuple[str, ...] = attrs.field(default=(), converter=_addresses)
    blocklists: tuple[str, ...] = attrs.field(default=(), converter=_zones)
    only: frozenset[str] = attrs.field(default=None, converter=chosen)
    tell: Callable[[str], None] = lambda _: None

    @property
    def carriers(self) -> list[Transport]:
        """Those that carry."""
        if isinstance(self.transport, Switching):
            return [*self.transport.carriers.values()]
        return [] if self.transport is None else [self.transport]

    @property
    def direct(self) -> MxTransport | None:
        """The one that goes straight to the recipients' servers, if there is one."""
        found = (one for one in self.carriers if isinstance(one, MxTransport))
        return next(found, None)

    def resolver(self) -> Resolver:
        """One that asks whom direct delivery asks, unless others are named."""
        servers, trusted = self.nameservers, self.nameservers.near
        if servers.addresses is None and self.direct is not None:
            servers, trusted = self.direct.nameservers, self.direct.trusts_ad
        return Resolver(
            servers.addresses,
            port=servers.port,
            timeout=self.timeout,
            trust_ad=trusted,
        )


async def look_ahead(letter: Declaration, look: Look) -> Preflight:
    """Ask all of it at once. Nothing is sent, nothing is written.

    Raises what compiling the letter, and reading the list, the ledger and the
    suppression list raise; what DNS and servers say, or do not say, is no error.
    """
    began = SYSTEM.monotonic()
    plan = planned(letter, None, confirm_changes=True, rehearsed=True)
    question = _question(letter, look)
    stopped = threading.Event()
    census = asyncio.ensure_future(
        asyncio.to_thread(_counted, plan, question.sender, look, stopped)
    )
    try:
        found = await _together(_jobs(question, look, census))
        counted = await census
    finally:
        stopped.set()  # no thread can be cancelled
        census.cancel()
    findings = tuple(one for some in found for one in some)
    return Preflight(
        campaign=plan.name,
        people=counted.list.people,
        findings=findings,
        profiles=standings(findings, counted.domains),
        seconds=SYSTEM.monotonic() - began,
    )


def _counted(plan: Plan, sender: str, look: Look, stopped: threading.Event) -> Census:
    return take_census(
        plan,
        sender,
        ledger=look.ledger,
        suppression=look.suppression,
        stopped=stopped.is_set,
    )


def _question(letter: Declaration, look: Look) -> Question:
    """What is asked about, as far as it is known before the list was read."""
    direct = look.direct
    own = () if direct is None else (direct.source_address,)
    bounces = letter.envelope_sender or letter.sender.wire
    ways = ways_to_leave(letter.template.headers)
    return Question(
        sender=letter.sender.domain,
        envelope=bounces.rpartition("@")[2],
        dkim=letter.dkim,
        unsubscribe=letter.unsubscribe_link or ways.link,
        one_click=letter.unsubscribe_link is not None or ways.one_click,
        unsubscribe_mailbox=ways.mailbox,
        selector=new_selector(_year(), letter.dkim),
        addresses=look.addresses or tuple(filter(None, own)),
        helo=None if direct is None else direct.helo,
        relays=tuple(filter(None, map(_host, look.carriers))),
        blocklists=look.blocklists,
    )


def _year() -> int:
    return dt.datetime.fromtimestamp(SYSTEM.now(), dt.UTC).year


def _host(carrier: Transport) -> str:
    """The host of a relay or of a provider, by the carrier's name; "" for no relay."""
    try:
        place = urlsplit(carrier.name)
        host = place.hostname or ""
    except ValueError:  # a carrier of others may be called anything
        return ""
    if place.scheme == "ses":
        return f"email.{host}.amazonaws.com"
    return host if place.scheme in _RELAYS else ""


def _jobs(
    question: Question, look: Look, census: asyncio.Future[Census]
) -> list[Awaitable[_Findings]]:
    """Each check that is wished for, in order."""
    resolver = look.resolver()

    async def listed() -> Question:
        counted = await asyncio.shield(census)
        return attrs.evolve(
            question,
            recipients=counted.domains,
            largest=counted.largest,
            needs_utf8=counted.needs_utf8,
        )

    async def early(name: str, ask: Ask) -> _Findings:
        return await _in_time(look, name, ask(question, resolver))

    async def late(name: str, ask: Ask) -> _Findings:
        return await _in_time(look, name, ask(await listed(), resolver))

    async def plan() -> _Findings:
        return await asyncio.to_thread(check_dkim_plan, question)

    async def relays() -> _Findings:
        carrier = look.transport
        seen = await carrier.probe() if isinstance(carrier, Probing) else ()
        named = carrier is not None
        found = check_relays(await listed(), seen, named=named)
        return [one for one in found if one.check in look.only]

    async def the_list() -> _Findings:
        return check_list((await asyncio.shield(census)).list)

    async def letters() -> _Findings:
        return check_letters((await asyncio.shield(census)).letters)

    jobs: dict[str, Callable[[], Awaitable[_Findings]]] = {
        **{name: partial(early, name, ask) for name, ask in EARLY.items()},
        **{name: partial(late, name, ask) for name, ask in LATE.items()},
        "P3": plan,
        "P7 P8": relays,
        "P12": the_list,
        "P13": letters,
    }
    wished = {name: job for name, job in jobs.items() if look.only & {*name.split()}}
    order = [*TITLES]
    ranked = sorted(wished, key=lambda name: order.index(name.partition(" ")[0]))
    return [_told(name, wished[name], look.tell) for name in ranked]


async def _in_time(look: Look, name: str, asking: Awaitable[_Findings]) -> _Findings:
    try:
        async with asyncio.timeout(look.patience):
            return await asking
    except TimeoutError:
        reason = f"it was not done within {look.patience:g} seconds: DNS is too slow"
        what, unknown = TITLES[name], Grade.UNKNOWN
        return [
            Finding(check=name, what=what, grade=unknown, reason=reason, publish=AGAIN)
        ]


async def _told(
    name: str, job: Callable[[], Awaitable[_Findings]], tell: Callable[[str], None]
) -> _Findings:
    found = await job()
    tell(name)
    return found


async def _together(work: Iterable[Awaitable[T]]) -> list[T]:
    """All of it at once; the first error ends the rest, and is raised."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
