"""P4, asked: DMARC of the domain in From."""

from __future__ import annotations

from safesend.net.resolver import Resolver
from safesend.preflight.dmarc_findings import dmarc_findings
from safesend.preflight.dmarc_look import look
from safesend.preflight.question import Question
from safesend.preflight.report import Finding
from safesend.preflight.steps import along

__all__ = ["check_dmarc"]


async def check_dmarc(question: Question, resolver: Resolver) -> list[Finding]:
    """Whose policy holds for From, and whether DKIM or MAIL FROM counts for it."""
    return dmarc_findings(await along(look(question), resolver))
