"""A carrier of another kind, with a look at the clock when its line stands and answers.

For what is timed on one connection from its first message to its last: opening it costs
everybody the same, and is left out for everybody.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable

import attrs

from safesend.delivery import Outcome
from safesend.message.envelope import Envelope
from safesend.transports import Limits, Session, Transport

__all__ = ["Timed"]


@attrs.define(eq=False)
class Timed:
    """`inner`, timed from its first line on to the last outcome."""

    inner: Transport
    began: float = 0.0
    ended: float = 0.0

    @property
    def name(self) -> str:
        """That of `inner`."""
        return self.inner.name

    @property
    def seconds(self) -> float:
        """From when the line stood to the last answer."""
        return self.ended - self.began

    def route(self, envelope: Envelope) -> str:
        """As `inner` says."""
        return self.inner.route(envelope)

    def limits(self) -> Limits | None:
        """As `inner` says."""
        return self.inner.limits()

    async def connect(self, route: str) -> Session:
        """A line of `inner`."""
        line = await self.inner.connect(route)
        self.began = self.began or time.perf_counter()
        return _Line(line, self)


@attrs.define(eq=False)
class _Line:
    inner: Session
    watch: Timed

    @property
    def usable(self) -> bool:
        return self.inner.usable

    @property
    def security(self) -> str:
        return str(getattr(self.inner, "security", ""))

    async def deliver(self, envelopes: Iterable[Envelope]) -> AsyncIterator[Outcome]:
        async for outcome in self.inner.deliver(envelopes):
            self.watch.ended = time.perf_counter()
            yield outcome

    async def close(self) -> None:
        await self.inner.close()
