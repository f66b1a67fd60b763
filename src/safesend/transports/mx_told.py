"""The session of a route on which no server can be had: it tells why."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable

import attrs

from safesend.delivery import Outcome
from safesend.message.envelope import Envelope

__all__ = ["ToldSession"]


@attrs.define
class ToldSession:
    """Gives each envelope what `tell` says of it, and lets nothing leave.

    It serves once: who comes later finds out anew.
    """

    tell: Callable[[Envelope], Outcome]
    usable: bool = True

    async def deliver(self, envelopes: Iterable[Envelope]) -> AsyncIterator[Outcome]:
        """One outcome for each envelope taken."""
        self.usable = False
        for envelope in envelopes:
            yield self.tell(envelope)

    async def close(self) -> None:
        """There is nothing to let go of."""
        self.usable = False
