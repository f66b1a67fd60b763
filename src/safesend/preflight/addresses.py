"""P6: the addresses from which mail leaves, and the name that is said in EHLO."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import dns.reversename

from safesend.net.resolver import Resolver, Unanswered
from safesend.preflight.address_names import (
    Listing,
    NamedAddress,
    judge_address,
    judge_helo,
    judge_listings,
)
from safesend.preflight.question import Question
from safesend.preflight.report import Finding, Grade, skipped

__all__ = ["check_addresses"]

_NOT_KNOWN = "it is not known from which address the mail leaves"
_NAME_IT = (
    "name the address from which your mail server sends (--address 203.0.113.25, or"
    " addresses= of campaign.preflight), which whoever runs it knows"
)
_MOST_NAMES = 10
"""Names of one address that are looked up (RFC 7208 section 5.5 has the same)."""


async def check_addresses(question: Question, resolver: Resolver) -> list[Finding]:
    """PTR and its way back, the name of EHLO, block lists: of our own addresses.

    Skipped where a relay sends, and nobody said from which addresses.
    """
    if question.helo is None and not question.addresses:
        return [skipped("P6", "PTR", _NOT_KNOWN, _NAME_IT)]
    work = [_address(one, question, resolver) for one in question.addresses]
    if question.helo is not None:
        work.append(_helo(question.helo, question.addresses, resolver))
    lists = [
        _listing(address, zone, resolver)
        for zone in question.blocklists
        for address in question.addresses
    ]
    found, listed = await asyncio.gather(asyncio.gather(*work), asyncio.gather(*lists))
    unknown = [] if question.addresses else [_no_address()]
    return [*unknown, *found, *judge_listings(listed)]


def _no_address() -> Finding:
    return Finding(
        check="P6",
        what="PTR",
        grade=Grade.UNKNOWN,
        reason=_NOT_KNOWN,
        publish=(
            "name the address of this machine in the internet (--address"
            " 203.0.113.25), as the mail servers of others see it"
        ),
    )


async def _address(address: str, question: Question, resolver: Resolver) -> Finding:
    try:
        names = await _names(address, resolver)
        back = await asyncio.gather(*(_addresses(name, resolver) for name in names))
    except Unanswered as error:
        return _unanswered("PTR", address, error)
    named = NamedAddress(address, dict(zip(names, back, strict=True)))
    return judge_address(named, question.helo or f"mail.{question.sender}")


async def _names(address: str, resolver: Resolver) -> list[str]:
    answer = await resolver.ask(_reverse(address), "PTR")
    return sorted(_text(record.target) for record in answer.records)[:_MOST_NAMES]


async def _addresses(name: str, resolver: Resolver) -> tuple[str, ...]:
    answers = await asyncio.gather(*(resolver.ask(name, k) for k in ("A", "AAAA")))
    return tuple(one.address for answer in answers for one in answer.records)


async def _helo(helo: str, addresses: Sequence[str], resolver: Resolver) -> Finding:
    try:
        found = await _addresses(helo, resolver)
    except Unanswered as error:
        return _unanswered("EHLO", helo, error)
    return judge_helo(helo, found, addresses)


async def _listing(address: str, zone: str, resolver: Resolver) -> Listing:
    """RFC 5782 section 2: whoever is listed has an address there, and a text why."""
    name = f"{_reverse(address).removesuffix(_tail(address))}{zone.strip('.')}"
    try:
        said = await resolver.ask(name, "A")
        why = await resolver.ask(name, "TXT") if said.records else None
    except Unanswered as error:
        return Listing(address, zone, None, (str(error),))
    texts = () if why is None else why.texts
    return Listing(address, zone, tuple(r.address for r in said.records), texts)


def _reverse(address: str) -> str:
    """As it is asked for: 25.113.0.203.in-addr.arpa."""
    return _text(dns.reversename.from_address(address))


def _tail(address: str) -> str:
    return "ip6.arpa" if ":" in address else "in-addr.arpa"


def _text(name: Any) -> str:
    text: str = name.to_text(omit_final_dot=True)
    return text.lower()


def _unanswered(what: str, about: str, error: Unanswered) -> Finding:
    return Finding(
        check="P6",
        what=what,
        about=about,
        grade=Grade.UNKNOWN,
        reason="DNS could not tell now",
        seen=(str(error),),
        publish="look again; if it stays so, the nameservers of the zone need care",
    )
