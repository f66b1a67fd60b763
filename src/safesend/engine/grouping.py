"""Under which provider a row is enrolled: the table first, then, if wanted, DNS.

Only domains that the table does not know are looked up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from safesend.policies.providers import Providers, builtin

if TYPE_CHECKING:
    from safesend.net.dns import MxLookup

__all__ = ["Grouping"]


@attrs.frozen
class Grouping:
    """Names the provider of domains. Without `lookup` no network is used."""

    providers: Providers = attrs.field(factory=builtin)
    lookup: MxLookup | None = None

    def names(self, domains: Iterable[str]) -> Mapping[str, str]:
        """The provider of each domain; the domain itself where none is known.

        Blocks while DNS is asked; not to be called where an event loop runs.
        """
        named = {domain: self.providers.of(domain) for domain in domains}
        unknown = [domain for domain, name in named.items() if name == domain.lower()]
        if self.lookup is None or not unknown:
            return named
        for domain, hosts in asyncio.run(self.lookup.hosts(unknown)).items():
            named[domain] = self.providers.of_mx(hosts or ()) or named[domain]
        return named
