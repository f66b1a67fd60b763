"""P1, asked: SPF of the domain in MAIL FROM."""

from __future__ import annotations

import asyncio
import ipaddress

from safesend.net.resolver import Resolver
from safesend.preflight.address_names import is_inside
from safesend.preflight.question import Question
from safesend.preflight.report import Finding
from safesend.preflight.spf_findings import spf_findings
from safesend.preflight.spf_host import check_host
from safesend.preflight.spf_macros import Sender
from safesend.preflight.spf_relays import known_includes
from safesend.preflight.spf_survey import survey
from safesend.preflight.steps import along

__all__ = ["check_spf"]


async def check_spf(question: Question, resolver: Resolver) -> list[Finding]:
    """The record's form, cost and reach, and whether it covers our addresses."""
    domain = question.envelope
    helo = question.helo or domain
    addresses = map(ipaddress.ip_address, question.addresses)
    senders = [
        Sender(domain=domain, ip=one, helo=helo)
        for one in addresses
        if not is_inside(one)  # P6 asks for the one that others see
    ]
    found, verdicts = await asyncio.gather(
        along(survey(domain), resolver),
        asyncio.gather(*(along(check_host(one), resolver) for one in senders)),
    )
    told = {one.ip: verdict for one, verdict in zip(senders, verdicts, strict=True)}
    return spf_findings(found, told, known_includes(question.relays))
