"""The ways to recipients' domains, found out from DNS and kept while they hold."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.errors import TransportError
from safesend.net.demand import Demand, DemandFinder
from safesend.net.resolver import Answer, Resolver, Unanswered
from safesend.transports.mx_plan import (
    Exchanger,
    Plan,
    lost_way,
    plan_of,
    site_name,
    unknown_way,
)

__all__ = ["NOWHERE", "MxMap", "Way"]

NOWHERE = "mx:nowhere:"
"""The route of all domains without a server: nothing of it leaves."""

_AT_ONCE = 50
_PATIENCE = 20.0
"""Seconds for finding the ways of a batch: one slow domain must not hold up all."""
_UNKNOWN = 30.0
"""Seconds before what DNS did not tell is asked for again."""
_MOST_HOSTS = 16
_REMEMBERED = 50_000


@attrs.frozen
class Way:
    """Where the mail of a domain goes, and what a line to each host must prove.

    `barred` are the hosts that must not be used, each with the reason.
    """

    route: str
    plan: Plan
    demands: dict[str, Demand] = attrs.field(factory=dict)
    barred: dict[str, str] = attrs.field(factory=dict)
    until: float = 0.0


@attrs.define(eq=False)
class MxMap:
    """What was found out. `own` are the names by which a mail server may mean us."""

    resolver: Resolver
    finder: DemandFinder
    port: int
    own: frozenset[str]
    clock: Clock = SYSTEM
    patience: float = _PATIENCE
    _ways: dict[str, Way] = attrs.field(init=False, factory=dict)
    _sites: dict[str, Way] = attrs.field(init=False, factory=dict)

    def way(self, domain: str) -> Way | None:
        """The way to a domain, if it was looked up."""
        return self._ways.get(domain)

    def site(self, route: str) -> Way | None:
        """The way that a route goes."""
        return self._sites.get(route)

    async def learn(self, domains: Iterable[str], sender: str = "") -> None:
        """Find the ways that are not known, or not any more.

        `sender` is the domain that the mail comes from: where DNS says that not even
        that one exists, it is not believed when it says so of others.
        """
        now = self.clock.monotonic()
        wanted = [
            domain
            for domain in dict.fromkeys(domains)
            if (known := self._ways.get(domain)) is None or known.until <= now
        ]
        if not wanted:
            return
        turns = asyncio.Semaphore(_AT_ONCE)
        tasks = {
            asyncio.create_task(self._find(one, sender, turns)): one for one in wanted
        }
        try:
            _, late = await asyncio.wait(tasks, timeout=self.patience)
        except asyncio.CancelledError:
            await _ended(tasks)
            raise
        await _ended(late)
        for task, domain in tasks.items():
            self._keep(domain, self._lost(domain) if task in late else task.result())

    def _keep(self, domain: str, way: Way) -> None:
        for known, name in ((self._ways, domain), (self._sites, way.route)):
            known.pop(name, None)
            known[name] = way
            if len(known) > _REMEMBERED:
                del known[next(iter(known))]

    def _lost(self, domain: str) -> Way:
        outcome = unknown_way(f"{domain}: its way could not be found in time")
        return self._nowhere(Plan(outcome=outcome), _UNKNOWN)

    def _nowhere(self, plan: Plan, ttl: float) -> Way:
        return Way(NOWHERE, plan, until=self.clock.monotonic() + ttl)

    async def _find(self, domain: str, sender: str, turns: asyncio.Semaphore) -> Way:
        async with turns:
            try:
                answer = await self.resolver.ask(domain, "MX")
                if sender and not answer.exists:
                    await self._must_be_honest(sender)
            except Unanswered as error:
                return self._nowhere(Plan(outcome=unknown_way(str(error))), _UNKNOWN)
            plan = plan_of(
                domain,
                answer.name,
                _exchangers(answer),
                exists=answer.exists,
                secure=answer.secure,
                own=self.own,
            )
            if plan.outcome is not None:
                return self._nowhere(plan, answer.ttl)
            return await self._secured(domain, plan, answer.ttl)

    async def _must_be_honest(self, sender: str) -> None:
        """A network that asks for a login first says of every name that there is none.

        Raises `Unanswered`.
        """
        if not (await self.resolver.ask(sender, "MX")).exists:
            raise Unanswered(f"{sender}: DNS says that not even the sender's exists")

    async def _secured(self, domain: str, plan: Plan, ttl: float) -> Way:
        hosts = plan.hosts[:_MOST_HOSTS]
        demands: dict[str, Demand] = {}
        barred: dict[str, str] = {}

        async def ask(host: str) -> None:
            try:
                demands[host] = await self.finder.find(
                    domain, host, secure=plan.secure, port=self.port
                )
            except TransportError as error:
                barred[host] = str(error)

        await asyncio.gather(*map(ask, hosts))
        if not demands:
            outcome = lost_way(barred[hosts[0]], "4.7.5")
            return self._nowhere(Plan(outcome=outcome), min(ttl, _UNKNOWN))
        words = [f"{host} {_words(demands.get(host))}" for host in sorted(hosts)]
        route = site_name(plan.groups, words)
        return Way(route, plan, demands, barred, self.clock.monotonic() + ttl)


def _exchangers(answer: Answer) -> list[Exchanger]:
    return [
        (record.preference, record.exchange.to_text(omit_final_dot=True).rstrip("."))
        for record in answer.records
    ]


def _words(demand: Demand | None) -> str:
    """All that makes two demands equal, and nothing that does not."""
    if demand is None:
        return "barred"
    otherwise = "" if demand.otherwise is None else f" or {_words(demand.otherwise)}"
    return f"{demand.proof!r} {demand.name} {demand.records!r}{otherwise}"


async def _ended(tasks: Iterable[asyncio.Task[Way]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
