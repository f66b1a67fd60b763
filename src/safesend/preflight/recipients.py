"""P9: the domains of the list: which of them take no mail, which are misspelt."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import dns.name

from safesend.net.resolver import Answer, Resolver, Unanswered
from safesend.policies.providers import Providers, builtin
from safesend.preflight.neighbours import misspelt
from safesend.preflight.question import Question
from safesend.preflight.recipient_domains import Fate, judge_domains, judge_spelling
from safesend.preflight.report import Finding

__all__ = ["check_recipients", "fate_of"]

_MOST = 10_000
"""Domains that are asked for: those with the most rows."""
_AT_ONCE = 100
_LONGEST = 60.0
"""Seconds in which they are asked for; those that are left then are not."""


async def check_recipients(
    question: Question,
    resolver: Resolver,
    *,
    providers: Providers | None = None,
    most: int = _MOST,
    longest: float = _LONGEST,
) -> list[Finding]:
    """Whether each domain of the list takes mail, and looks like what was meant.

    Of more than `most` domains, or than can be asked for within the `longest` time of
    so many seconds, those with the most rows are asked for. Domains of
    `providers` are taken for well written, and what is close to one for a mistake.
    """
    rows = question.recipients
    asked = sorted(rows, key=lambda domain: (-rows[domain], domain))[:most]
    known = builtin() if providers is None else providers
    fates, meant = await asyncio.gather(
        _fates(asked, question.sender, resolver, longest),
        asyncio.to_thread(misspelt, rows, known.domains),
    )
    return [*judge_domains(rows, fates), *judge_spelling(rows, meant)]


async def _fates(
    domains: list[str], sender: str, resolver: Resolver, longest: float
) -> Mapping[str, Fate]:
    turns, clock = asyncio.Semaphore(_AT_ONCE), resolver.clock
    end = clock.monotonic() + longest

    async def find(domain: str) -> Fate | None:
        async with turns:
            if clock.monotonic() > end:
                return None
            try:
                return await fate_of(domain, resolver)
            except Unanswered:
                return Fate.UNKNOWN

    fates = zip(domains, await asyncio.gather(*map(find, domains)), strict=True)
    found = {domain: fate for domain, fate in fates if fate is not None}
    if Fate.GONE in found.values() and not await _is_honest(sender, resolver):
        return {
            domain: Fate.DENIED if fate is Fate.GONE else fate
            for domain, fate in found.items()
        }
    return found


async def _is_honest(sender: str, resolver: Resolver) -> bool:
    """A network that asks for a login first says of every name that there is none.

    So DNS is believed only where it knows at least the domain that the mail is from.
    """
    try:
        return (await resolver.ask(sender, "MX")).exists
    except Unanswered:
        return False


async def fate_of(domain: str, resolver: Resolver) -> Fate:
    """What becomes of mail to it: RFC 5321 section 5.1; RFC 7505 section 3.

    Raises `Unanswered`.
    """
    answer = await resolver.ask(domain, "MX")
    if not answer.exists:
        return Fate.GONE
    if answer.records:
        return Fate.CLOSED if _is_null(answer) else Fate.OPEN
    for kind in ("A", "AAAA"):
        if (await resolver.ask(domain, kind)).records:
            return Fate.OPEN
    return Fate.NOWHERE


def _is_null(answer: Answer) -> bool:
    return all(record.exchange == dns.name.root for record in answer.records)
