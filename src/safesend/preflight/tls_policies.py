"""P10: what recipients' domains ask of TLS, and whether it can be met (DANE, MTA-STS).

By DNS and the policies' pages only: nobody's mail server is connected to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import attrs
import dns.name

from safesend.errors import RemoteProtocolError, TransportError
from safesend.net.demand import DemandFinder, Means, Proof
from safesend.net.page import PageNotHad
from safesend.net.policy_shelf import PolicyShelf
from safesend.net.resolver import Resolver, Unanswered
from safesend.preflight.domain_policies import Dane, Protection, judge_policies
from safesend.preflight.question import Question
from safesend.preflight.report import Finding, skipped

__all__ = ["check_policies"]

_NOT_DIRECT = (
    "nothing is delivered to these domains from here: what they ask of TLS is for the"
    " server to meet that takes the mail"
)
_DIRECT = (
    "leave it to that server; for direct delivery name it:"
    " --via 'mx://?helo=mail.example.org'"
)
_MOST = 2_000
"""Domains that are asked for: those with the most rows."""
_AT_ONCE = 50
_MOST_HOSTS = 16
_LONGEST = 60.0
"""Seconds in which they are asked for; those that are left then are not."""
_PATIENCE = 10.0
"""Seconds for a policy's page: a domain that cannot show it has none."""


async def check_policies(
    question: Question,
    resolver: Resolver,
    *,
    shelf: PolicyShelf | None = None,
    most: int = _MOST,
    longest: float = _LONGEST,
) -> list[Finding]:
    """For direct delivery: whether the domains of the list let mail in over TLS.

    Skipped where a relay passes the mail on. `shelf` fetches the policies, by default
    with the system's authorities. DANE is seen by a resolver with `trust_ad` only.
    """
    if question.helo is None:
        return [skipped("P10", "TLS policies", _NOT_DIRECT, _DIRECT)]
    rows = question.recipients
    asked = sorted(rows, key=lambda domain: (-rows[domain], domain))[:most]
    shelf = shelf or PolicyShelf(resolver, timeout=_PATIENCE)
    look = _Look(resolver, shelf, resolver.clock.monotonic() + longest)
    looks = await asyncio.gather(*map(look.at, asked))
    found = [one for one in looks if one is not None]
    return list(judge_policies(rows, found, dane_seen=resolver.trust_ad))


@attrs.define(eq=False)
class _Look:
    """Asks for each domain what a sender has to ask."""

    resolver: Resolver
    shelf: PolicyShelf
    until: float
    _turns: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def at(self, domain: str) -> Protection | None:
        """What protects mail to a domain; None where there is no time to ask."""
        async with self._turns:
            if self.resolver.clock.monotonic() > self.until:
                return None
            try:
                return await self._seen(domain)
            except Unanswered as error:
                return Protection(domain, trouble=str(error))

    async def _seen(self, domain: str) -> Protection:
        answer = await self.resolver.ask(domain, "MX")
        hosts = [
            record.exchange.to_text(omit_final_dot=True).lower()
            for record in sorted(answer.records, key=lambda one: one.preference)
            if record.exchange != dns.name.root
        ]
        if not answer.records and answer.exists:
            hosts = [answer.name or domain]
        if not hosts:  # P9 tells of domains that take no mail
            return Protection(domain)
        seen = Protection(domain, tuple(hosts))
        dane = await self._dane(domain, hosts, secure=answer.secure)
        return attrs.evolve(await self._policy(seen), dane=dane)

    async def _policy(self, seen: Protection) -> Protection:
        if await self.shelf.announced(seen.domain) is None:
            return seen
        try:
            policy = await self.shelf.fetch(seen.domain)
        except (PageNotHad, RemoteProtocolError) as error:
            return attrs.evolve(seen, missed=str(error))
        return attrs.evolve(seen, policy=policy)

    async def _dane(
        self, domain: str, hosts: list[str], *, secure: bool
    ) -> Mapping[str, Dane]:
        if not secure:
            return {}
        means = (Means.DANE, Means.OPPORTUNISTIC)
        finder = DemandFinder(self.resolver, self.shelf, means)

        async def one(host: str) -> Dane:
            try:
                demand = await finder.find(domain, host, secure=True)
            except TransportError:
                return Dane.SILENT
            if demand.proof is Proof.RECORDED:
                return Dane.GOOD
            return Dane.NONE if demand.otherwise is not None else Dane.UNUSABLE

        first = hosts[:_MOST_HOSTS]
        return dict(zip(first, await asyncio.gather(*map(one, first)), strict=True))
