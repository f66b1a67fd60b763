"""A carrier of another kind, with a look at the clock when its line stands and answers.

For what is timed on one connection from its first message to its last: opening it costs
everybody the same, and is left out for everybody.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import attrs

from safesend.delivery import Outcome
from safesend.message.envelope import Envelope
from safesend.transports import Limits, Session, Transport
from safesend.transports.base import PromptSession

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

    def told(self, outcome: Outcome) -> Outcome:
        """An outcome came in."""
        self.ended = time.perf_counter()
        return outcome

    async def connect(self, route: str) -> Session:
        """A line of `inner`, which is as prompt as it is."""
        line = await self.inner.connect(route)
        self.began = self.began or time.perf_counter()
        kind = _PromptLine if isinstance(line, PromptSession) else _Line
        return kind(line, self)


@attrs.define(eq=False)
class _Line:
    inner: Any
    watch: Timed

    @property
    def usable(self) -> bool:
        return bool(self.inner.usable)

    @property
    def security(self) -> str:
        return str(getattr(self.inner, "security", ""))

    async def deliver(self, envelopes: Iterable[Envelope]) -> AsyncIterator[Outcome]:
        async for outcome in self.inner.deliver(envelopes):
            yield self.watch.told(outcome)

    async def close(self) -> None:
        await self.inner.close()


@attrs.define(eq=False)
class _PromptLine(_Line):
    async def deliver_telling(
        self, envelopes: Iterable[Envelope], tell: Callable[[Outcome], None]
    ) -> None:
        told = self.watch.told
        await self.inner.deliver_telling(envelopes, lambda one: tell(told(one)))
