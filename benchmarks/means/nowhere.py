"""A carrier that takes every message and keeps none: what is timed is all the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import attrs

from safesend.delivery import Accepted, Outcome
from safesend.message.envelope import Envelope
from safesend.transports import Limits, Session

__all__ = ["Nowhere"]

_TURN = 64
"""Outcomes after which others get their turn in the event loop."""


@attrs.frozen
class Nowhere:
    """Accepts at once. It reads no octet of a message, and writes none."""

    name: str = "nowhere:"

    def route(self, envelope: Envelope) -> str:  # noqa: ARG002 - all of it goes one way
        """Always the same."""
        return self.name

    async def connect(self, route: str) -> Session:  # noqa: ARG002 - there is but one
        """Never fails."""
        return _Line()

    def limits(self) -> Limits | None:
        """None."""
        return None


class _Line:
    usable = True

    async def deliver(self, envelopes: Iterable[Envelope]) -> AsyncIterator[Outcome]:
        for number, _ in enumerate(envelopes, 1):
            yield Accepted(code=250, enhanced="2.0.0", text="Ok")
            if number % _TURN == 0:
                await asyncio.sleep(0)

    async def close(self) -> None:
        """There is nothing to let go of."""
