"""MTA-STS policies of recipients' domains: fetched when needed, kept while they hold.

RFC 8461. A policy that holds outlives everything that may befall its record and its
page: whoever can suppress these must not be rid of it (section 10.2).
"""

from __future__ import annotations

import asyncio
import logging
import ssl

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.errors import RemoteProtocolError
from safesend.net.page import PageNotHad, get_page
from safesend.net.resolver import Resolver, Unanswered
from safesend.net.tls import client_context
from safesend.policies.mta_sts import LARGEST, Policy, policy_id, read_policy

__all__ = ["PolicyShelf"]

_LOG = logging.getLogger("safesend")

_PATH = "/.well-known/mta-sts.txt"
_PAUSE = 300.0
"""Seconds before a policy that could not be had is fetched again (section 3.3)."""
_REMEMBERED = 10_000
"""Domains; the one that was looked up longest ago is forgotten first."""


@attrs.frozen
class _Held:
    """What is known of one domain.

    `identity` is the id in the record under which it was fetched. While the id is
    `tried`, nothing is fetched before `again`.
    """

    policy: Policy | None = None
    identity: str = ""
    until: float = float("-inf")
    tried: str = ""
    again: float = float("-inf")


@attrs.define(eq=False)
class PolicyShelf:
    """The policies of domains. It may be used from one event loop after the other.

    `context` is for the HTTPS pages: it must verify certificates and names, and does
    by default, by the system's authorities. `port` is for tests.
    """

    resolver: Resolver
    context: ssl.SSLContext | None = attrs.field(default=None, repr=False)
    port: int = 443
    timeout: float = 60.0
    clock: Clock = SYSTEM
    _held: dict[str, _Held] = attrs.field(init=False, factory=dict, repr=False)

    _under_way: dict[tuple[asyncio.AbstractEventLoop, str], asyncio.Task[_Held]] = (
        attrs.field(init=False, factory=dict, repr=False)
    )

    async def policy(self, domain: str) -> Policy | None:
        """The policy that holds for a domain now; None: there is none.

        Section 3.3: a policy that cannot be had is none, unless one is held.
        """
        domain = domain.lower().removesuffix(".")
        held = self._held.pop(domain, _Held())
        self._keep(domain, held)
        identity = await self._identity(domain)
        if identity is not None and self._is_old(held, identity):
            held = await self._renewed(domain, identity)
        return held.policy if self.clock.monotonic() < held.until else None

    async def fetch(self, domain: str) -> Policy:
        """The policy as the domain's page has it now, whatever is kept.

        Raises `PageNotHad`, and `RemoteProtocolError` where the page is no policy.
        """
        return read_policy(await self._page(domain))

    def _is_old(self, held: _Held, identity: str) -> bool:
        now = self.clock.monotonic()
        if now < held.until and held.identity == identity:
            return False
        return identity != held.tried or now >= held.again

    async def announced(self, domain: str) -> str | None:
        """The id of the policy that the domain says to have. Raises `Unanswered`."""
        answer = await self.resolver.ask(f"_mta-sts.{domain}", "TXT")
        texts = (b"".join(record.strings) for record in answer.records)
        return policy_id(text.decode("ascii", "replace") for text in texts)

    async def _identity(self, domain: str) -> str | None:
        try:
            return await self.announced(domain)
        except Unanswered:
            return None

    async def _renewed(self, domain: str, identity: str) -> _Held:
        """Fetched once, however many wait for it."""
        key = asyncio.get_running_loop(), domain
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._renew(domain, identity))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        # Not awaited itself: who gives up must not stop the others.
        await asyncio.wait([task])
        return task.result()

    async def _renew(self, domain: str, identity: str) -> _Held:
        try:
            policy = await self.fetch(domain)
        except (PageNotHad, RemoteProtocolError) as error:
            _LOG.warning("the MTA-STS policy of %s cannot be had: %s", domain, error)
            again = self.clock.monotonic() + _PAUSE
            before = self._held.get(domain, _Held())
            held = attrs.evolve(before, tried=identity, again=again)
        else:
            held = _Held(policy, identity, self.clock.monotonic() + policy.max_age)
        self._keep(domain, held)
        return held

    async def _page(self, domain: str) -> bytes:
        if self.context is None:
            self.context = client_context()
        return await get_page(
            self.resolver,
            f"mta-sts.{domain}",
            _PATH,
            port=self.port,
            context=self.context,
            patience=self.timeout,
            limit=LARGEST,
        )

    def _keep(self, domain: str, held: _Held) -> None:
        self._held[domain] = held
        if len(self._held) > _REMEMBERED:
            del self._held[next(iter(self._held))]
