"""`safesend send`: one worker among others, or several processes on one machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import attrs

from safesend.clock import SYSTEM
from safesend.engine.content import Way
from safesend.engine.declaration import Declaration, planned
from safesend.engine.events import Listener, listener
from safesend.engine.keeping import Keeping
from safesend.engine.options import Options
from safesend.engine.plan import Plan
from safesend.engine.posting import post
from safesend.engine.report import Report
from safesend.engine.sync import from_sync
from safesend.errors import ConfigurationError
from safesend.fleet.crew import Crew
from safesend.fleet.order import Order
from safesend.fleet.secrets import Secrets
from safesend.ledger.base import Ledger
from safesend.policies.retry import duration
from safesend.policies.throttle import Throttle
from safesend.transports.base import Transport

__all__ = ["Processes", "send"]

_OVER_A_NET = frozenset(
    {"smtp", "smtps", "smtp+insecure-plaintext", "lmtp", "mx", "ses"}
)
_SLOW = 500.0
"""Messages a second that one process sends anyhow."""


@attrs.frozen(kw_only=True)
class Processes:
    """How many, and what they need.

    `wanted`: None for as many as there are processors, where that pays. `place` is
    where the ledger lies, with the password of a database. `secrets` are as they go
    over to them: see `Order`.
    """

    wanted: int | None
    place: str
    ways: Sequence[Way]
    secrets: Secrets

    def crew(self, options: Options, tell: Listener) -> Crew | None:
        """Those who help; None where nobody is to. Raises `ConfigurationError`."""
        if self.wanted is not None and self.wanted > 1 and not self.ways:
            raise ConfigurationError(
                "several processes need a carrier that each of them can open: name it"
                " by its URL, --via smtp://mail.example.org:587"
            )
        count = self.wanted
        if count is None and not self._pays(options.throttle):
            count = 1
        if count == 1:
            return None
        given = options.deadline
        deadline = None if given is None else SYSTEM.now() + duration(given)

        def order(campaign: str, lanes: int) -> Order:
            left = None if deadline is None else max(0.0, deadline - SYSTEM.now())
            return Order(
                ledger=self.place,
                campaign=campaign,
                secrets=self.secrets,
                lanes=lanes,
                seconds=left,
            )

        return Crew(count, order, tell)

    def _pays(self, throttle: Throttle | str | None) -> bool:
        if isinstance(throttle, str):
            throttle = Throttle(throttle)
        if throttle is not None and throttle.rate is not None and throttle.rate < _SLOW:
            return False
        schemes = {urlsplit(way.url).scheme for way in self.ways}
        return bool(schemes) and schemes <= _OVER_A_NET


def send(
    letter: Declaration,
    carrier: Transport,
    ledger: Ledger,
    options: Options,
    *,
    processes: Processes,
    on_event: Iterable[Listener],
) -> Report:
    """What `Campaign.send` does, so that others can join; with some who do at once."""

    def made(idempotency: str | None) -> Plan:
        return planned(
            letter,
            None,
            confirm_changes=options.confirm_changes,
            idempotency=idempotency,
        )

    crew = processes.crew(options, listener(on_event))
    heard = listener(on_event) if crew is None else crew.hear
    keeping = Keeping(letter, processes.ways)
    kept = (ledger, letter.name)
    return from_sync(
        lambda: post(made, carrier, kept, heard, options, keeping=keeping, company=crew)
    )
