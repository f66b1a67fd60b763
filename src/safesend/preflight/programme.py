"""The checks that ask DNS or a page, each by its number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from safesend.net.resolver import Resolver
from safesend.preflight.addresses import check_addresses
from safesend.preflight.dkim import check_dkim
from safesend.preflight.dmarc import check_dmarc
from safesend.preflight.extras import check_extras
from safesend.preflight.question import Question
from safesend.preflight.recipients import check_recipients
from safesend.preflight.report import Finding
from safesend.preflight.sender_domains import check_sender_domains
from safesend.preflight.spf import check_spf
from safesend.preflight.tls_policies import check_policies
from safesend.preflight.unsubscribe import check_unsubscribe

__all__ = ["EARLY", "LATE", "Ask"]

Ask: TypeAlias = Callable[[Question, Resolver], Awaitable[list[Finding]]]

EARLY: Mapping[str, Ask] = {
    "P1": check_spf,
    "P2": check_dkim,
    "P4": check_dmarc,
    "P5": check_sender_domains,
    "P6": check_addresses,
    "P11": check_unsubscribe,
    "P14": check_extras,
}
"""They need to know nothing of the list, and begin while it is read."""

LATE: Mapping[str, Ask] = {"P9": check_recipients, "P10": check_policies}
"""They ask for the domains of the list."""
